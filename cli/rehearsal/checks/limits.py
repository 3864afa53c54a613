"""S19: an expert takes as many as they say, at whichever of their desks, and turns nobody away without need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from cli.rehearsal.brief import Brief
from cli.rehearsal.checks.absences import absences
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import SCHEDULING, Evidence, Record

TAKEN = frozenset({"slot-booked", "slot-moved"})
KEPT_FOR_A_FORM = "/holds"
Said = Mapping[str, Any]


@dataclass
class Desks:
    """Who is booked and who has an offer, at one point of the log."""

    brief: Brief
    booked: dict[str, Said] = field(default_factory=dict)
    offered: dict[str, Said] = field(default_factory=dict)

    def hear(self, record: Record) -> None:
        value = record.value
        match record.topic:
            case "slot-booked" | "slot-moved":
                self.booked[value["booking_id"]] = value
            case "slot-released":
                self.booked.pop(value["booking_id"], None)
            case "slot-offered":
                self.offered[value["offer_id"]] = value
            case "slot-offer-ended":
                self.offered.pop(value["offer_id"], None)

    def bookings(self, desk: str) -> list[Said]:
        """Of its expert."""
        theirs = self.brief.desks_of(desk)
        return [one for one in self.booked.values() if one["desk"] in theirs]

    def offers(self, desk: str) -> list[Said]:
        theirs = self.brief.desks_of(desk)
        return [one for one in self.offered.values() if one["desk"] in theirs]


def an_expert_has_an_end(evidence: Evidence) -> Verdict:
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        slots = {
            f"{one.desk}-{starts:%Y%m%dT%H%MZ}": (one.desk, starts)
            for one in brief.desks.values()
            for starts, _ in one.slots()
        }
        desks = Desks(brief)
        for _, decision in groupby(evidence.log(SCHEDULING, gathering), key=lambda record: record.cause):
            given = []
            for record in decision:
                desks.hear(record)
                given += [record.value["desk"]] if record.topic in TAKEN else []
                if record.topic == "slot-refused" and record.value["slot_id"] in slots:
                    _turned_away(bench, evidence, desks, record, *slots[record.value["slot_id"]])
            _within(bench, desks, given)
    return bench.verdict


def _within(bench: Bench, desks: Desks, given: list[str]) -> None:
    """After a decision: nobody was taken in too many, and who has an offer could still take it."""
    for desk in given:
        most, booked = desks.brief.desks[desk].per_expert, len(desks.bookings(desk))
        if most is not None:
            bench.expect(booked <= most, f"who sits at {desk} takes {most}, and has {booked} bookings")
    for name, one in desks.offered.items():
        most, booked = desks.brief.desks[one["desk"]].per_expert, len(desks.bookings(one["desk"]))
        if most is not None:
            bench.expect(booked < most, f"offers/{name} stands, and who sits at {one['desk']} has {booked} bookings")


def _turned_away(
    bench: Bench, evidence: Evidence, desks: Desks, record: Record, desk: str, starts_at: datetime
) -> None:
    said, terms = record.value, desks.brief.desks[desk]
    who, words = said["registration_id"], f"{said['slot_id']} was refused as {said['reason']}, and was to be had"
    if said["reason"] == "limit-reached":
        own = sum(one["registration_id"] == who and one["desk"] == desk for one in desks.booked.values())
        others = [one for one in desks.offers(desk) if one["registration_id"] != who]
        taken = len(desks.bookings(desk)) + len(others)
        is_full = terms.per_expert is not None and taken >= terms.per_expert
        bench.expect(is_full or (terms.per_person is not None and own >= terms.per_person), words)
    elif said["reason"] == "slot-taken":
        ends_at = next(until for since, until in terms.slots() if since == starts_at)
        over = [one for one in absences(evidence, desks.brief, desk) if one.covers(starts_at, ends_at)]
        if over and all(one.is_over(record.time) for one in over):
            theirs = [*desks.bookings(desk), *desks.offers(desk)]
            is_held = any(_at(one["starts_at"]) < ends_at and starts_at < _at(one["ends_at"]) for one in theirs)
            bench.expect(is_held or said["slot_id"] in _in_forms(evidence, record.time), words)


def _in_forms(evidence: Evidence, at: datetime) -> Iterator[str]:
    """Slots that are kept while their forms are filled in."""
    for one in evidence.journal:
        if one.path.endswith(KEPT_FOR_A_FORM) and one.accepted and one.sent_at <= at < _at(one.answer["expires_at"]):
            yield one.answer["slot_id"]


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)


INVARIANTS = (Invariant("S19", "an expert takes as many as they say, and nobody less", an_expert_has_an_end),)
