"""Check-in's language: tickets, the door's verdicts, and who was there. Never what somebody showed."""

from datetime import datetime
from typing import ClassVar

from shared.messages.base import Message, Value


class _Fact(Message):
    source: ClassVar[str] = "/services/checkin"


class TicketIssued(_Fact):
    """The ticket of one registration at one of its versions; an older one of the same registration is void."""

    registration_id: str
    version: int
    doors: tuple[str, ...]

    def subject(self) -> str:
        return f"tickets/{self.registration_id}"


class TicketRevoked(_Fact):
    registration_id: str
    version: int

    def subject(self) -> str:
        return f"tickets/{self.registration_id}"


class RequirementResult(Value):
    requirement_id: str
    satisfied: bool
    method: str  # automatic | manual
    checked_at: datetime
    controller_id: str


class AttendeeAdmitted(_Fact):
    registration_id: str
    door: str
    part: str
    scan_id: str
    admitted_at: datetime
    requirements: tuple[RequirementResult, ...] = ()
    override: bool = False

    def subject(self) -> str:
        return f"admissions/{self.scan_id}"


class EntryRefused(_Fact):
    """`registration_id` of `None`: the ticket was forged or is nobody's."""

    registration_id: str | None
    door: str
    scan_id: str
    reason: str
    refused_at: datetime
    requirements: tuple[RequirementResult, ...] = ()

    def subject(self) -> str:
        return f"admissions/{self.scan_id}"


class AttendanceRecorded(_Fact):
    """Somebody was there: `in-person` by a door, `remote` by the join button; once per part and mode."""

    registration_id: str
    part: str
    mode: str
    attended_at: datetime

    def subject(self) -> str:
        return f"attendance/{self.registration_id}/{self.part}/{self.mode}"
