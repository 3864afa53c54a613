"""Calendars to subscribe to: their addresses are their keys, signed, so that nobody guesses or alters one."""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.tokens import Tokens

SUFFIX: Final = ".ics"
PARTS: Final = 4


class Kind(StrEnum):
    PERSON = "person"
    EXPERT = "expert"
    ROOM = "room"


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
