"""How it is seen from outside that a process does its work again: an answer that only it can have given."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cli.rehearsal.journal import Exchange
from tests.faults.sink import Delivery

OK, CREATED, TAKEN, UNKNOWN = 200, 201, 409, 500
RECENT = 2000  # answers; the ones before them cannot be to what was asked after a fault


def _is_decided(one: Exchange) -> bool:
    return one.method == "POST" and one.path.endswith("/registrations") and one.status == CREATED


def _is_booked(one: Exchange) -> bool:
    return "/bookings" in one.path and one.status in {OK, CREATED, TAKEN}


def _is_scanned(one: Exchange) -> bool:
    return "/check-ins" in one.path and one.status == OK


def _is_answered(one: Exchange) -> bool:
    return one.status is not None and one.status < UNKNOWN


SIGNS: Mapping[str, Callable[[Exchange], bool]] = {
    "gateway": _is_answered,
    "registration": _is_decided,
    "scheduling": _is_booked,
    "checkin": _is_scanned,
}
MAILS = "notifications"
DONE_BY: Mapping[str, Sequence[str]] = {name: (name,) for name in (*SIGNS, MAILS)}  # servers: by all who answer


def done(journal: Sequence[Exchange], deliveries: Sequence[Delivery], since: datetime) -> set[str]:
    """Who has done something that was asked since then; a mail counts when it is handed over."""
    recent = [one for one in journal[-RECENT:] if one.sent_at >= since]
    found = {name for name, is_sign in SIGNS.items() if any(map(is_sign, recent))}
    return found | {MAILS for one in deliveries[-1:] if one.at > since}
