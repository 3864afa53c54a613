"""Registration's rules, without I/O: who has a place, who waits, who is declined, and why."""

from services.registration.domain.answering import Claims
from services.registration.domain.deciding import Apply, Cancel, Change, Command, Decision, Outcome, decide
from services.registration.domain.model import (
    LIVE,
    Category,
    Count,
    Invitation,
    Ledger,
    PoolKey,
    Reason,
    Registration,
    Standing,
    State,
    Status,
)
from services.registration.domain.places import opening_counts
from services.registration.domain.selecting import Choice, Chosen, Objection, Owing, Select, propose, select
from services.registration.domain.staffing import Add, add, cancel_part, erase, move_part, retime_part
from services.registration.domain.waiting import (
    Vacancy,
    at_rest,
    full_delegations,
    newly_waiting,
    promote,
    quota,
    vacancies,
)

__all__ = [
    "LIVE",
    "Add",
    "Apply",
    "Cancel",
    "Category",
    "Change",
    "Choice",
    "Chosen",
    "Claims",
    "Command",
    "Count",
    "Decision",
    "Invitation",
    "Ledger",
    "Objection",
    "Outcome",
    "Owing",
    "PoolKey",
    "Reason",
    "Registration",
    "Select",
    "Standing",
    "State",
    "Status",
    "Vacancy",
    "add",
    "at_rest",
    "cancel_part",
    "decide",
    "erase",
    "full_delegations",
    "move_part",
    "newly_waiting",
    "opening_counts",
    "promote",
    "propose",
    "quota",
    "retime_part",
    "select",
    "vacancies",
]
