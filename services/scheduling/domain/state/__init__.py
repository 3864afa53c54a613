"""What a decision needs to know: the gathering's grid, and of people and bookings only those that a batch names."""

from services.scheduling.domain.state.diary import Diary, Gathering, Ledger
from services.scheduling.domain.state.having import (
    CONFIRMED,
    Act,
    Answer,
    Block,
    Booking,
    Hold,
    Registration,
    Star,
    Waiter,
)
from services.scheduling.domain.state.words import (
    OfferOutcome,
    OfferReason,
    Purpose,
    Reason,
    ReleaseReason,
    Side,
    Status,
)

__all__ = [
    "CONFIRMED",
    "Act",
    "Answer",
    "Block",
    "Booking",
    "Diary",
    "Gathering",
    "Hold",
    "Ledger",
    "OfferOutcome",
    "OfferReason",
    "Purpose",
    "Reason",
    "Registration",
    "ReleaseReason",
    "Side",
    "Star",
    "Status",
    "Waiter",
]
