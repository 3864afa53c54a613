"""The embedded Apache Kafka: one broker that is its own controller (KRaft), from the jars that the pom names."""

import asyncio
import base64
import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.process import CannotStart, Program, listens

POM = Path(__file__).resolve().parents[1] / "kafka" / "pom.xml"
JARS = POM.parent / "target" / "lib"
OLDEST_JAVA = 17
INSTALL = "apt-get install default-jre-headless maven"
# four of these matter (measured): the group coordinator's linger (an offset commit takes 0.8 ms, not 6), both broker
# session times (back 5 s after kill -9, not 12), and the first rebalance's delay
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://{bind}:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
group.coordinator.append.linger.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=5
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


def settings(port: int, controller: int, advertised: int, logs: str, bind: str = "127.0.0.1") -> str:
    """The broker's properties file."""
    return SETTINGS.format(port=port, controller=controller, advertised=advertised, logs=logs, bind=bind)


def missing() -> str | None:
    """What this machine lacks to run Apache Kafka, in words; None when it lacks nothing."""
    java = _java_version()
    if java is None:
        return "Java is missing"
    if java < OLDEST_JAVA:
        return f"Java {java} is too old, Apache Kafka needs {OLDEST_JAVA}"
    if not JARS.is_dir() and shutil.which("mvn") is None:
        return "Maven is missing"
    return None


def _java_version() -> int | None:
    java = shutil.which("java")
    if java is None:
        return None
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', answer)
    return int(found.group(1)) if found else None


async def fetch_jars() -> None:
    """Lay the jars beside the pom, once per checkout."""
    if (JARS / "complete").exists():
        return
    print("Fetching Apache Kafka with Maven; the first time on a machine, 43 MB are downloaded", flush=True)
    await _run("mvn", "-B", "-ntp", "-f", str(POM), "dependency:copy-dependencies")
    (JARS / "complete").touch()


async def program(directory: Path, port: int, controller: int, advertised: int | None = None) -> Program:
    """The broker over `directory`, formatted first if it is new. Behind a proxy, `advertised` is the proxy's port."""
    logs, file = directory / "logs", directory / "server.properties"
    directory.mkdir(parents=True, exist_ok=True)
    file.write_text(settings(port, controller, advertised or port, str(logs)))
    if not (logs / "meta.properties").exists():
        await _format(file)
    heap = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    command = (*_java(*heap), "kafka.Kafka", str(file))
    return Program("kafka", command, port, partial(answers, port))


def _java(*options: str) -> tuple[str, ...]:
    return ("java", *options, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{JARS}/*")


async def _format(file: Path) -> None:
    cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    # One argument, for one cluster in sixty-four begins with a dash and would be read as an option.
    await _run(
        *_java(), "kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}", "-c", str(file)
    )


async def _run(*command: str) -> None:
    """Run a tool to its end; what it says is shown only if it fails."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    if process.returncode:
        raise CannotStart(f"{output.decode(errors='replace')}\nThis failed: {' '.join(command)}")


async def answers(port: int) -> bool:
    """Whether the broker serves metadata, which it does some time after its port is open."""
    if not await listens(port):
        return False
    admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=3000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError):
        return False
    else:
        return True
    finally:
        await admin.close()
