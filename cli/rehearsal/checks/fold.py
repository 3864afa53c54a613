"""Registration's log, folded: what every decision changed, one after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cli.rehearsal.brief import PoolKey
from cli.rehearsal.evidence import LIVE, REGISTRATION, Evidence, Record


@dataclass(frozen=True)
class Standing:
    mode: str
    status: str
    reason: str | None = None

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


@dataclass(frozen=True)
class State:
    """One registration at one version."""

    version: int = 0
    delegation: str | None = None
    category: str = "attendee"
    parts: Mapping[str, Standing] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return any(standing.is_live for standing in self.parts.values())

    def confirmed(self) -> frozenset[PoolKey]:
        return frozenset((part, one.mode) for part, one in self.parts.items() if one.status == "confirmed")

    def live(self) -> frozenset[PoolKey]:
        return frozenset((part, one.mode) for part, one in self.parts.items() if one.is_live)


NOBODY = State()


@dataclass(frozen=True)
class Step:
    """One decision on one registration; the facts that tell of it are one step."""

    record: Record
    registration_id: str
    before: State
    after: State

    @property
    def counts(self) -> bool:
        """Whom staff adds takes no public place."""
        return self.after.category == "attendee"


def steps(evidence: Evidence, gathering: str) -> Iterator[Step]:
    known: dict[str, State] = {}
    for record in evidence.log(REGISTRATION, gathering):
        if "parts" not in record.value:
            continue
        registration_id = record.value["registration_id"]
        before, after = known.get(registration_id, NOBODY), state_of(record)
        if after.version > before.version:
            known[registration_id] = after
            yield Step(record, registration_id, before, after)


def final(evidence: Evidence, gathering: str) -> dict[str, State]:
    return {step.registration_id: step.after for step in steps(evidence, gathering)}


def state_of(record: Record) -> State:
    value = record.value
    parts = {one["part"]: Standing(one["mode"], one["status"], one.get("reason")) for one in value["parts"]}
    return State(value["version"], value.get("delegation"), value.get("category", "attendee"), parts)
