"""Real servers for the tests that ask for them: in containers where an engine has the images, else embedded."""

import asyncio
import shutil
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deploy.local import kafka, mongod, ports, process
from deploy.local.process import Program

PATIENCE = 60.0  # seconds for a server to come up


@asynccontextmanager
async def running_mongo(directory: Path) -> AsyncIterator[str]:
    """A replica set of one; gives its URL."""
    port = ports.any_free()
    image = _local_image("mongo")
    if image is None:
        server = _embedded(mongod.program(directory / "mongod", port), directory)
    else:
        options = f"--replSet {mongod.REPLICA_SET} --bind_ip_all --port {port}"
        container = _container(image, port).with_command(f"{options} --setParameter transactionLifetimeLimitSeconds=3")
        server = _contained(container, lambda: mongod.is_primary(port))
    async with server:
        yield mongod.url(port)


@asynccontextmanager
async def running_kafka(directory: Path) -> AsyncIterator[str]:
    """A broker without topics; gives its address."""
    port, controller = ports.choose(("kafka", "kafka-controller"), {}).values()
    image = _local_image("apache/kafka")
    if image is None:
        await kafka.fetch_jars()
        server = _embedded(await kafka.program(directory / "kafka", port, controller), directory)
    else:
        container = _container(image, port)
        for line in kafka.settings(port, controller, port, "/tmp/logs", bind="0.0.0.0").splitlines():  # noqa: S104, S108  inside the container
            name, _, value = line.partition("=")
            container.with_env(f"KAFKA_{name.replace('.', '_').upper()}", value)
        server = _contained(container, lambda: kafka.answers(port))
    async with server:
        yield f"127.0.0.1:{port}"


async def started(program: Program, directory: Path) -> Process:
    """Once it serves. What does not in time is ended, and the end of its log says why."""
    log = directory / f"{program.name}.log"
    running = await process.start(program, log)
    try:
        async with asyncio.timeout(PATIENCE):
            await process.until_ready(program)
    except BaseException as error:
        await process.stop(running)
        error.add_note(f"{program.name} does not serve (exit code {running.returncode}): {log.read_text()[-2000:]}")
        raise
    return running


@asynccontextmanager
async def _embedded(program: Program, directory: Path) -> AsyncIterator[None]:
    running = await started(program, directory)
    try:
        yield
    finally:
        await process.stop(running)


@asynccontextmanager
async def _contained(container: Any, ready: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    with container:
        async with asyncio.timeout(PATIENCE):
            await process.until_ready(Program("container", (), 0, ready))
        yield


def _local_image(name: str) -> str | None:
    """A tag of the image that this machine's engine already has; nothing is pulled."""
    if shutil.which("docker") is None:
        return None
    command = ("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name)
    tags = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.split()
    return max(tags, default=None)


def _container(image: str, port: int) -> Any:
    """The server listens inside on the port that it has outside, so the address it advertises is true for both."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  slow, and seldom needed

    return DockerContainer(image).with_bind_ports(port, port)
