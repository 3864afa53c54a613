"""All that a judge may look at: the rehearsal's journal, the topics, the mails, and what the gateway shows then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cli.rehearsal.brief import Brief
from cli.rehearsal.journal import Exchange
from cli.rehearsal.people import canaries

REGISTRATION, SCHEDULING = "/services/registration", "/services/scheduling"
INTAKE = frozenset({"registration-submitted", "slot-requested"})
# what is nobody else's business has no outcome topic
PRIVATE = frozenset(f"foyer.{kind}" for kind in ("preference-submitted", "profile-submitted", "hold-requested"))
PRIVATE |= frozenset(f"foyer.{kind}" for kind in ("wait-requested", "question-asked", "question-backed"))
# only a change of a meeting is told
ON_MEETINGS = frozenset(f"foyer.{kind}" for kind in ("meeting-requested", "meeting-release-requested", "meeting-noted"))
LIVE = frozenset({"confirmed", "waitlisted", "awaiting-selection"})


@dataclass(frozen=True)
class Record:
    """One record of a topic, its headers and its value as they came."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    value: Mapping[str, Any]

    @property
    def id(self) -> str:
        return self.headers["ce_id"]

    @property
    def type(self) -> str:
        return self.headers["ce_type"]

    @property
    def subject(self) -> str:
        return self.headers["ce_subject"]

    @property
    def cause(self) -> str:
        return self.headers.get("ce_causationid", "")

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.headers["ce_time"])

    @property
    def sequence(self) -> int:
        return int(self.headers.get("ce_sequence", 0))


@dataclass(frozen=True)
class Mail:
    """One mail that the sink took."""

    to: tuple[str, ...]
    message_id: str
    subject: str
    text: str  # every readable part of it


@dataclass(frozen=True)
class Holder:
    """Who holds a registration from one of its versions on, by the address they gave."""

    since: int
    address: str

    @property
    def person(self) -> str:
        """One mailbox, however it is spelt."""
        local, _, domain = self.address.casefold().partition("@")
        return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True)
class Invited:
    """Whom an invitation was meant for."""

    email: str
    code: str


@dataclass(frozen=True)
class Evidence:
    """What happened, seen from outside. Everything derived from it is derived once."""

    briefs: Mapping[str, Brief]
    journal: Sequence[Exchange] = ()
    records: Sequence[Record] = ()
    mails: Sequence[Mail] = ()
    exports: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    obligations: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    occupancy: Mapping[tuple[str, str, str], int] = field(default_factory=dict)  # confirmed per pool, shown at the end
    free_slots: Mapping[str, frozenset[tuple[str, datetime]]] = field(default_factory=dict)  # shown as free at the end
    invited: Mapping[str, Invited] = field(default_factory=dict)  # by invitation

    @cached_property
    def first_copies(self) -> list[Record]:
        """A repeat is harmless and says nothing new."""
        seen: dict[tuple[str, str], Record] = {}
        for record in self.records:
            seen.setdefault((record.topic, record.id), record)
        return list(seen.values())

    @cached_property
    def intake(self) -> dict[str, Record]:
        return {record.id: record for record in self.first_copies if record.topic in INTAKE}

    @cached_property
    def intake_by_request(self) -> dict[str, Record]:
        """Also the repeats: one submission may have come in several requests."""
        records = (record for record in self.records if record.topic in INTAKE)
        return {record.headers.get("ce_correlationid", ""): record for record in records}

    @cached_property
    def outcomes(self) -> list[Record]:
        return [record for record in self.first_copies if record.topic not in INTAKE]

    @cached_property
    def caused(self) -> dict[str, list[Record]]:
        """Outcomes by the id of what led to them."""
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self.outcomes:
            found[record.cause].append(record)
        return found

    def of(self, *topics: str) -> list[Record]:
        return [record for record in self.outcomes if record.topic in topics]

    def log(self, source: str, gathering: str) -> list[Record]:
        """One owner's facts about one gathering, in the one order that they have."""
        return self._logs[source, gathering]

    @cached_property
    def _logs(self) -> dict[tuple[str, str], list[Record]]:
        logs: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self.outcomes:
            logs[record.headers.get("ce_source", ""), record.key].append(record)
        for facts in logs.values():
            facts.sort(key=lambda record: record.sequence)
        return logs

    def exported(self, kind: str) -> list[Mapping[str, Any]]:
        return [line for lines in self.exports.values() for line in lines if line["kind"] == kind]

    @cached_property
    def holders(self) -> dict[str, list[Holder]]:
        """Registration → who held it, oldest first; also who was refused, for they may be written to."""
        found: dict[str, list[Holder]] = defaultdict(list)
        for one in self.journal:
            address = _address_in(one)
            if address is None:
                continue
            if one.method == "PATCH" and one.accepted:
                found[one.path.rpartition("/")[2]].append(Holder(one.answer["version"], address))
            elif one.method == "POST" and (submission := self.intake_by_request.get(one.id)) is not None:
                found[submission.value["registration_id"]].append(Holder(0, address))
            elif one.method == "POST" and one.accepted and "category" in one.body:  # staff asked the owner itself
                found[one.answer["id"]].append(Holder(0, address))
        return {registration_id: sorted(held, key=lambda one: one.since) for registration_id, held in found.items()}

    def holder(self, registration_id: str, version: int) -> Holder | None:
        """Who held it when it had this version."""
        known = [one for one in self.holders.get(registration_id, ()) if one.since <= version]
        return known[-1] if known else None

    @cached_property
    def everybody(self) -> frozenset[str]:
        """The canaries of all who ever took part."""
        held = (one.address for holders in self.holders.values() for one in holders)
        return canaries(" ".join([*held, *(one.email for one in self.invited.values())]))


def _address_in(one: Exchange) -> str | None:
    attendee = one.body.get("attendee") if isinstance(one.body, dict) else None
    address = attendee.get("email") if isinstance(attendee, dict) else None
    if not isinstance(address, str):
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"  # the domain has one spelling, the mailbox is as they wrote it
