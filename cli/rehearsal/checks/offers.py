"""S9: what is kept for somebody is taken, lapses or is withdrawn, one of the three; meanwhile nobody else has it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import SCHEDULING, Evidence, Record
from cli.rehearsal.journal import Exchange

OFFERED, ENDED = "slot-offered", "slot-offer-ended"
GIVEN = frozenset({"slot-booked", "slot-moved"})
FORM_LASTS = timedelta(minutes=5)
SLACK = timedelta(seconds=2)  # between a request and its decision
MADE = 201


def kept_until_one_end(evidence: Evidence) -> Verdict:
    bench = Bench()
    ends = max((one.answered_at for one in evidence.journal), default=None)
    for gathering in evidence.briefs:
        _offers(bench, evidence, gathering)
        for offer in still_open(evidence, gathering):
            words = f"{offer.subject} still stands, long after it has lapsed"
            bench.expect(ends is None or ends < _at(offer.value["expires_at"]) + SLACK, words)
    for one in evidence.journal:
        if one.method == "POST" and one.path.endswith("/holds") and one.status == MADE:
            _form(bench, evidence, one)
    return bench.verdict


def _offers(bench: Bench, evidence: Evidence, gathering: str) -> None:
    log, open_ = evidence.log(SCHEDULING, gathering), dict[str, Record]()
    desks, taken = evidence.briefs[gathering].desks, {_taking(record) for record in log if record.topic in GIVEN}
    for record in log:
        value = record.value
        if record.topic == OFFERED:
            lasts = _at(value["expires_at"]) - record.time
            most = timedelta(minutes=desks[value["desk"]].offer_minutes) + SLACK
            bench.expect(timedelta(0) < lasts <= most, f"{record.subject} stands for {lasts}")
            rivals = [one for one in open_.values() if one.value["slot_id"] == value["slot_id"]]
            bench.expect(not rivals, f"{value['slot_id']} is offered to two at once")
            open_[value["offer_id"]] = record
        elif record.topic == ENDED:
            began = open_.pop(value["offer_id"], None)
            bench.expect(began is not None, f"{record.subject} ended, and was not open")
            was_taken = _taking(record) in taken
            has_lapsed = value["outcome"] == "lapsed"
            words = f"{record.subject} ended as {value['outcome']}, and was taken: {was_taken}"
            # Who comes too late, and finds that nobody else waits, books the slot as anybody may.
            bench.expect(has_lapsed or (value["outcome"] == "accepted") == was_taken, words)
            is_early = has_lapsed and began is not None and record.time < _at(began.value["expires_at"])
            bench.expect(not is_early, f"{record.subject} lapsed before its time")
        elif record.topic in GIVEN:
            kept = [one for one in open_.values() if one.value["slot_id"] == value["slot_id"]]
            bench.expect(not kept, f"{value['slot_id']} was given to {value['registration_id']} and offered to another")


def _taking(record: Record) -> tuple[str, str, str]:
    return record.cause, record.value["registration_id"], record.value["slot_id"]


def still_open(evidence: Evidence, gathering: str) -> Iterator[Record]:
    """Offers that have no end."""
    log = evidence.log(SCHEDULING, gathering)
    ended = {record.value["offer_id"] for record in log if record.topic == ENDED}
    yield from (one for one in log if one.topic == OFFERED and one.value["offer_id"] not in ended)


def _form(bench: Bench, evidence: Evidence, hold: Exchange) -> None:
    """A slot kept while its form is filled in; it is let go of by booking anything, or by another hold."""
    who, slot, until = (hold.answer[name] for name in ("registration_id", "slot_id", "expires_at"))
    lasts = _at(until) - hold.answered_at
    bench.expect(lasts <= FORM_LASTS + SLACK, f"{slot} is kept for {who} for {lasts}")
    given = [record for record in evidence.of(*GIVEN) if record.time >= hold.answered_at]
    others = (
        one.sent_at
        for one in evidence.journal
        if one.path == hold.path and one.sent_at > hold.answered_at and one.body["registration_id"] == who
    )
    own = (record.time for record in given if record.value["registration_id"] == who)
    freed = min([_at(until), *others, *own])
    for record in given:
        is_theirs = record.value["slot_id"] != slot or record.value["registration_id"] == who
        bench.expect(is_theirs or record.time >= freed, f"{slot} was kept for {who} and given to another")


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)


INVARIANTS = (Invariant("S9", "a hold or offer ends in one way, and is nobody else's", kept_until_one_end),)
