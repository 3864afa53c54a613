"""Handing one mail to the mail server, over a few connections, and what its answer means."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from services.notifications.mails.headers import as_sent
from services.notifications.settings import NotificationsSettings
from shared.errors import Unavailable
from shared.telemetry import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """The server answered 250: the mail is its own now."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: a 4xx, or no answer after the mail was handed over. It goes again as the very same mail."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: a 5xx for this recipient or this mail."""

    reason: str


Answer = Taken | Later | Refused
PERMANENT = range(500, 600)


class Outbound:
    """One mail server. Raises `Unavailable` while nobody can be reached there: then no mail is to blame."""

    def __init__(self, settings: NotificationsSettings) -> None:
        host, _, port = settings.smtp.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._settings = settings
        self._lines = asyncio.Semaphore(settings.smtp_connections)
        self._idle: list[aiosmtplib.SMTP] = []

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> Answer:
        async with self._lines:
            client = await self._client()
            answer: Answer | None = None
            try:
                answer = await self._hand_over(client, message, sender, recipient)
            finally:
                if isinstance(answer, Taken | Refused):
                    self._idle.append(client)
                else:  # whatever state this connection is in, the next mail gets a new one
                    client.close()
            return answer

    async def rest(self) -> None:
        """Nothing to send for now: say goodbye on the idle connections."""
        idle, self._idle = self._idle, []
        for client in idle:
            try:
                await client.quit()
            except aiosmtplib.SMTPException:
                client.close()

    async def _client(self) -> aiosmtplib.SMTP:
        while self._idle:
            client = self._idle.pop()
            try:
                await client.rset()
            except aiosmtplib.SMTPException:
                client.close()
            else:
                return client
        return await self._connect()

    async def _connect(self) -> aiosmtplib.SMTP:
        settings = self._settings
        password = settings.smtp_password
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=settings.smtp_timeout,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",  # or not at all: never in clear
            username=settings.smtp_user,
            password=password.get_secret_value() if password is not None else None,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            raise Unavailable(f"the mail server cannot be used: {_brief(error)}") from error
        return client

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> Answer:
        wide = not recipient.isascii()
        raw = as_sent(message, wide=wide)
        try:
            await client.sendmail(sender, [recipient], raw, mail_options=["SMTPUTF8"] if wide else [])
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            return _meaning(refusal.recipients[0])
        except aiosmtplib.SMTPSenderRefused as refusal:  # ours to mend, not the recipient's fault
            log.warning("the mail server refuses our sender address", code=refusal.code)
            return Later(_brief(refusal))
        except aiosmtplib.SMTPNotSupported as error:  # an address in another script, a server of ASCII only
            return Refused(_brief(error))
        except aiosmtplib.SMTPResponseException as answer:
            return _meaning(answer)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Later(_brief(error))
        return Taken()


def _meaning(answer: aiosmtplib.SMTPResponseException) -> Answer:
    return Refused(_brief(answer)) if answer.code in PERMANENT else Later(_brief(answer))


def _brief(error: Exception) -> str:
    """For staff and logs: the code and the kind, not the server's words, which may quote an address."""
    code = getattr(error, "code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
