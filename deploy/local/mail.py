"""The embedded mail sink: takes every mail, writes it to a file and one line to a log, sends nothing on."""

import argparse
import asyncio
import itertools
import json
import signal
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.clock import Clock, timestamp


class Sink:
    """An aiosmtpd handler. A mail is on disk before its 250 is said."""

    def __init__(self, log: Path, directory: Path, clock: Clock) -> None:
        self._log = log
        self._directory = directory
        self._clock = clock
        self._numbers = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        name = f"{time.time_ns()}-{next(self._numbers)}"
        eml = self._directory / f"{name}.eml"
        content = envelope.original_content or b""
        eml.write_bytes(content)
        with self._log.open("a") as log:
            log.write(json.dumps(self._line(envelope, content, eml)) + "\n")
        return f"250 OK queued as {name}"

    def _line(self, envelope: Envelope, content: bytes, eml: Path) -> dict[str, object]:
        mail = message_from_bytes(content, _class=EmailMessage, policy=default)
        return {
            "received_at": timestamp(self._clock.wall()),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message_id": mail["Message-ID"],
            "subject": mail["Subject"],
            "eml": str(eml),
        }


async def serve(port: int, log: Path, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    sink = Sink(log, directory, Clock())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="mail.foyer", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail server that keeps what it takes.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True, help="one JSON line per mail")
    parser.add_argument("--directory", type=Path, required=True, help="one .eml file per mail")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.log, options.directory))


if __name__ == "__main__":
    main()
