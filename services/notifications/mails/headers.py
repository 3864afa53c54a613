"""Headers: one line each, and read as they were written."""

import re
from email.header import Header
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Final

BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class _Kinds(HeaderRegistry):
    """The library makes a new class for every header it meets, sixty a mail: here it makes one for each name."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, type] = {}

    def __getitem__(self, name: str) -> type:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = super().__getitem__(name)
        return known


class _Lines(EmailPolicy):
    """The library folds a long subject after its colon, or with a space too many: some readers show it."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        text = str(value)
        folded = text if text.isascii() else Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode()


LINES: Final = _Lines(linesep="\r\n", header_factory=_Kinds())
WIDE_LINES: Final = LINES.clone(utf8=True)


def as_sent(message: EmailMessage, *, wide: bool) -> bytes:
    """`wide` for an address in another script, which takes a server that knows SMTPUTF8."""
    return message.as_bytes(policy=WIDE_LINES if wide else LINES)


def one_line(words: str) -> str:
    """What would break a header, or hide in it, becomes a space."""
    return BREAKS.sub(" ", words).strip()
