"""Invitations that nobody took up are chased once, while there is still time to."""

from datetime import datetime, timedelta
from typing import Final

from shared.messages.gathering import Definition

CHASED_BEFORE: Final = timedelta(days=3)  # the end of registration
RESTS_FOR: Final = timedelta(days=1)  # nobody is reminded of what came yesterday


def chased_if_issued_by(definition: Definition, now: datetime) -> datetime | None:
    """Until when an invitation was issued that is to be chased now; nothing where no deadline is near."""
    near = any(
        pool.invitation is not None
        and not pool.cancelled
        and now < definition.closes_at(part.part, mode) <= now + CHASED_BEFORE
        for part in definition.parts
        for mode, pool in part.modes.items()
    )
    return now - RESTS_FOR if near else None
