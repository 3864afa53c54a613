"""Calendars to subscribe to: their addresses are their keys, signed, so that nobody guesses or alters one."""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.messages.gathering.text import SLUG_PATTERN
from shared.tokens import Tokens

SUFFIX: Final = ".ics"
PARTS: Final = 4
SHORTENED: Final = 40  # characters of a room's name in its address


class Kind(StrEnum):
    PERSON = "person"
    EXPERT = "expert"
    ROOM = "room"


def in_an_address(name: str) -> str:
    """A room's name as it may stand in an address: its own where it is an id; no two names share one.

    No id has two hyphens in a row, and the digest tells apart what reads alike.
    """
    if re.fullmatch(SLUG_PATTERN, name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+", plain)
    return f"{'-'.join(words)[:SHORTENED] or 'room'}--{hashlib.sha256(name.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose calendar it is: a registration's, a desk's, a room's."""

    kind: Kind
    gathering_id: str
    of: str


class Feeds:
    def __init__(self, tokens: Tokens, public_url: str) -> None:
        self._tokens = tokens
        self._root = public_url.rstrip("/")

    def address(self, feed: Feed, generation: int = 0) -> str:
        """A colleague who takes a registration over gets another address; the former one is nobody's then."""
        mark = self._mark(feed, generation)
        return f"{self._root}/v1/feeds/{feed.kind}.{feed.gathering_id}.{feed.of}.{mark}{SUFFIX}"

    def read(self, code: str) -> tuple[Feed, str] | None:
        """What an address says it is of, and its mark."""
        parts = code.removesuffix(SUFFIX).split(".")
        if len(parts) != PARTS or parts[0] not in set(Kind):
            return None
        return Feed(Kind(parts[0]), parts[1], parts[2]), parts[3]

    def is_good(self, feed: Feed, mark: str, generation: int = 0) -> bool:
        return mark.isascii() and hmac.compare_digest(mark, self._mark(feed, generation))

    def _mark(self, feed: Feed, generation: int) -> str:
        return self._tokens.identity("feed", feed.kind, feed.gathering_id, feed.of, str(generation))
