"""The mail sink's log and its letters, as whoever they were sent to reads them."""

import asyncio
import email
import json
import re
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

from cli.rehearsal.evidence import Mail

FOLDED = re.compile(r"\r?\n[ \t]")  # calendars fold long lines
LOOK_EVERY = 0.2
ARRIVES_WITHIN = 60.0


class Mailbox:
    """Reads what has come since it last looked."""

    def __init__(self, log: Path, checkout: Path) -> None:
        self._log = log
        self._checkout = checkout
        self._read = 0
        self._mails: list[Mail] = []
        self._by_address: dict[str, list[Mail]] = {}

    def look(self) -> list[Mail]:
        if not self._log.exists():
            return self._mails
        with self._log.open("rb") as log:
            log.seek(self._read)
            content = log.read()
        whole = content[: content.rfind(b"\n") + 1]  # a line that is still being written waits for its end
        self._read += len(whole)
        for line in whole.splitlines():
            mail = self._open(json.loads(line))
            self._mails.append(mail)
            for address in mail.to:
                self._by_address.setdefault(address, []).append(mail)
        return self._mails

    def to(self, address: str) -> list[Mail]:
        self.look()
        return self._by_address.get(address, [])

    async def find(self, address: str, pattern: re.Pattern[str]) -> str | None:
        """The first group of the pattern in the newest mail that has it; nothing if none comes in time."""
        found: list[str] = []

        def looked() -> bool:
            texts = (mail.text for mail in reversed(self.to(address)))
            found.extend(match.group(1) for text in texts if (match := pattern.search(text)))
            return bool(found)

        await until(looked, ARRIVES_WITHIN)
        return found[0] if found else None

    def every(self, address: str, pattern: re.Pattern[str]) -> list[str]:
        """What the pattern finds in all that came, each once, the newest first."""
        texts = (mail.text for mail in reversed(self.to(address)))
        return list(dict.fromkeys(match.group(1) for text in texts for match in pattern.finditer(text)))

    def _open(self, line: dict[str, Any]) -> Mail:
        letter = email.message_from_bytes((self._checkout / line["eml"]).read_bytes())
        return Mail(tuple(line["to"]), line["message_id"] or "", line["subject"] or "", _text(letter))


async def until(looked: Callable[[], bool], within: float) -> bool:
    """Look again and again: nobody outside is told when something has happened."""
    for _ in range(int(within / LOOK_EVERY)):
        if looked():
            return True
        await asyncio.sleep(LOOK_EVERY)
    return looked()


def _text(letter: Message) -> str:
    parts = (part for part in letter.walk() if part.get_content_maintype() == "text")
    return "\n".join(FOLDED.sub("", _decoded(part)) for part in parts)


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode(errors="replace") if isinstance(content, bytes) else ""
