"""`Prefer` (RFC 7240): how long a caller would wait for what takes a while."""

import re
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request

WAIT = 5.0
LONGEST_WAIT = 10.0
WAIT_PREFERENCE = re.compile(r"wait\s*=\s*(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preference:
    """How long the caller would wait; `applied` echoes only what was asked for."""

    wait: float = WAIT
    applied: str | None = None


def preference_of(request: Request) -> Preference:
    return _understood(",".join(request.headers.getlist("prefer")))


@lru_cache(maxsize=256)
def _understood(given: str) -> Preference:
    """What is not understood is ignored."""
    given = given.lower()
    if found := WAIT_PREFERENCE.search(given):
        wait = min(float(found.group(1)), LONGEST_WAIT)
        return Preference(wait, f"wait={wait:.0f}")
    return Preference(0, "respond-async") if "respond-async" in given else Preference()
