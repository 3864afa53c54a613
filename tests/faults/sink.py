"""A mail server that can be made to misbehave, and writes down every reply it gave or withheld."""

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.clock import Clock, timestamp

SLOW = 2.0  # seconds before each answer of a slow server


class Manner(StrEnum):
    WELL = "well"
    SLOW = "slow"
    BUSY = "busy"  # 421 where the mail begins
    GREY = "grey"  # 450 for a recipient never seen before
    LATER = "later"  # 451 after the mail
    NO_SUCH = "no-such"  # 550 for the recipient
    NEVER = "never"  # 554 after the mail
    MUTE = "mute"  # the mail is taken, and its 250 is lost


@dataclass(frozen=True)
class Delivery:
    """One mail handed over to its last byte, and what was said to it. Times are Foyer's."""

    at: datetime
    to: tuple[str, ...]
    message_id: str
    code: int
    is_told: bool = True  # whether the reply went out


class Sink:
    """Lives in the driver: what a real server does to others is done here by a switch."""

    def __init__(self, log: Path, directory: Path, clock: Clock) -> None:
        self.deliveries: list[Delivery] = []
        self.turned_away: list[tuple[datetime, str, int]] = []  # recipients refused before the mail itself came
        self.manner = Manner.WELL
        self.port = 0
        self.hurt = 0  # replies given otherwise than well
        self.on_mail: Callable[[], None] = lambda: None  # called between the last byte of a mail and its reply
        self._log = log
        self._directory = directory
        self._clock = clock
        self._numbers = itertools.count(1)
        self._seen: set[str] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.foyer", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server is None:
            _drop(server)
        if self.manner is Manner.BUSY:
            return self._refuse("", 421, "4.3.2 come back later")
        if self.manner is Manner.SLOW:
            self.hurt += 1
            await asyncio.sleep(SLOW)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.manner is Manner.NO_SUCH:
            return self._refuse(address, 550, "5.1.1 no such mailbox")
        if self.manner is Manner.GREY and address not in self._seen:
            self._seen.add(address)
            return self._refuse(address, 450, "4.2.0 greylisted")
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        mail = message_from_bytes(content, _class=EmailMessage, policy=default)
        message_id, to = str(mail["Message-ID"]), tuple(envelope.rcpt_tos)
        answers = {Manner.LATER: (451, "4.3.0 try again"), Manner.NEVER: (554, "5.6.0 refused")}
        code, words = answers.get(self.manner, (250, f"OK queued as {next(self._numbers)}"))
        is_told = self.manner is not Manner.MUTE and self._server is not None
        if self.manner in {*answers, Manner.MUTE}:
            self.hurt += 1
        if code == 250:
            self._keep(to, mail, content)
        self.deliveries.append(Delivery(self._clock.now(), to, message_id, code, is_told))
        self.on_mail()
        if self.manner is Manner.SLOW:
            await asyncio.sleep(SLOW)
        if not is_told:
            _drop(server)
        return f"{code} {words}"

    def _refuse(self, address: str, code: int, words: str) -> str:
        self.hurt += 1
        self.turned_away.append((self._clock.now(), address, code))
        return f"{code} {words}"

    def _keep(self, to: tuple[str, ...], mail: EmailMessage, content: bytes) -> None:
        """On disk before its 250, as the embedded sink does."""
        eml = self._directory / f"{len(self.deliveries)}.eml"
        eml.write_bytes(content)
        line = {"received_at": timestamp(self._clock.now()), "to": to, "message_id": mail["Message-ID"]}
        line |= {"subject": mail["Subject"], "eml": str(eml.resolve())}
        with self._log.open("a") as log:
            log.write(json.dumps(line) + "\n")


def _drop(server: SMTP) -> None:
    """As if the machine had gone."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
