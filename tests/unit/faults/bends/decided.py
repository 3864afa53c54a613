"""Bent decisions: places, slots, doors, and the order in which they are told."""

from dataclasses import replace
from datetime import timedelta

from cli.rehearsal.journal import Shown
from tests.faults.checker.case import Fault
from tests.unit.faults.bends.registry import breaks, swap
from tests.unit.faults.history import History, copies_of
from tests.unit.rehearsal.history import ADA, CLEO, DAN, DOOR_DAY, OCTOBER, SLOT_1, address, fresh_test, part, reg


@breaks("E4")
def one_fact_is_dropped(history: History) -> None:
    history.story.records.remove(history.record("selection-published"))


@breaks("E4")
def a_fact_is_told_again_under_a_new_id(history: History) -> None:
    fact = history.record("selection-published")
    history.story.records.append(replace(fact, headers={**fact.headers, "ce_id": "another"}))


@breaks("E4")
def two_versions_are_swapped(history: History) -> None:
    first, second = (history.record("registration-confirmed", registration_id=reg(who)) for who in (CLEO, ADA))
    records = history.story.records
    one, other = records.index(first), records.index(second)
    records[one], records[other] = second, first


@breaks("E4")
def one_byte_of_a_repeat_is_another(history: History) -> None:
    copies = copies_of(history.story.records)
    fact = next(one for one in copies if one.topic == "registration-confirmed")
    history.copies = [*copies, replace(fact, offset=10_000, value=fact.value + b" ")]


@breaks("E4")
def a_gathering_is_told_in_two_partitions(history: History) -> None:
    copies = copies_of(history.story.records)
    history.copies = [*copies[:-1], replace(copies[-1], partition=1)]


@breaks("E4")
def a_version_is_left_out(history: History) -> None:
    fact = history.record("registration-confirmed", registration_id=reg(ADA), version=2)
    swap(history, fact, replace(fact, value={**fact.value, "version": 3}))


@breaks("S1")
def one_more_than_the_room_holds(history: History) -> None:
    place = [part("hall", "in-person", "confirmed")]
    history.story.decides(reg(CLEO), 2, place, "nobody", DOOR_DAY)
    history.story.decides(reg(DAN), 1, place, "nobody", DOOR_DAY)


@breaks("S2")
def one_more_than_a_delegation_may_have(history: History) -> None:
    place = [part("hall", "in-person", "confirmed")]
    history.story.decides(reg(CLEO), 2, place, "nobody", DOOR_DAY, delegation="north")


@breaks("S3")
def who_owes_somebody_is_not_reported(history: History) -> None:
    history.story.obligations = []


@breaks("S5")
def a_late_submission_is_let_in(history: History) -> None:
    history.story.registers(DAN, [part("hall", "in-person", "awaiting-selection")], at=DOOR_DAY)


@breaks("S6")
def one_person_holds_two(history: History) -> None:
    story = history.story
    story.registers(DAN, [part("hall", "remote", "confirmed")])
    asked = next(one for one in story.journal if one.key == f"key-of-{DAN}")
    story.journal[story.journal.index(asked)] = replace(asked, body={"attendee": {"email": address(CLEO).upper()}})


@breaks("S7")
def a_place_is_lost(history: History) -> None:
    history.availability[0] |= {"confirmed": 1}


@breaks("S8")
def a_promotion_is_out_of_order(history: History) -> None:
    story, waits = history.story, [part("visit-1", "in-person", "waitlisted")]
    for who in (CLEO, DAN):
        story.decides(reg(who), 2 if who == CLEO else 1, waits, f"waiting-{reg(who)}", OCTOBER)
    story.decides(reg(DAN), 2, [part("visit-1", "in-person", "confirmed")], "somebody-left", OCTOBER)


@breaks("S8")
def somebody_waits_for_a_place_that_is_free(history: History) -> None:
    history.story.decides(reg(CLEO), 2, [part("visit-1", "in-person", "waitlisted")], "waiting", OCTOBER)


@breaks("S10")
def a_slot_has_two_holders(history: History) -> None:
    history.story.books(CLEO, "one", SLOT_1)


@breaks("S11")
def one_person_has_two_meetings_at_once(history: History) -> None:
    history.story.books(ADA, "two", SLOT_1)


@breaks("S12")
def a_meeting_lies_beside_the_grid(history: History) -> None:
    history.story.books(CLEO, "one", SLOT_1 + timedelta(minutes=5))


@breaks("S14")
def a_ticket_admits_twice(history: History) -> None:
    admitted = history.record("attendee-admitted")
    value = {**admitted.value, "scan_id": "another-scan"}
    history.story.says(
        "attendee-admitted", "admissions/another-scan", value, "x", DOOR_DAY, ce_source="/services/checkin"
    )


@breaks("S15")
def somebody_without_a_place_is_admitted(history: History) -> None:
    admitted = history.record("attendee-admitted")
    swap(history, admitted, replace(admitted, value={**admitted.value, "registration_id": reg(CLEO)}))


@breaks("S15")
def a_forged_ticket_is_admitted_while_a_clock_is_wrong(history: History) -> None:
    history.faults.append(Fault("c4", "clock of registration", OCTOBER, OCTOBER))
    history.story.scans(ADA, Shown(None, has_id_document=True, proof=fresh_test(), is_forged=True), "admitted")


@breaks("S16")
def somebody_is_admitted_without_a_certificate(history: History) -> None:
    calls = [one for one in history.story.journal if one.shown is not None and one.shown.proof is not None]
    for call in calls:
        at = history.story.journal.index(call)
        history.story.journal[at] = replace(call, shown=replace(call.shown, proof=None) if call.shown else None)


@breaks("S14")
def an_uploaded_scan_is_answered_otherwise_the_second_time(history: History) -> None:
    journal = history.story.journal
    last = next(one for one in reversed(journal) if one.path.endswith("/batch"))
    result = {**last.answer["results"][0], "outcome": "admitted", "reason": None}
    journal[journal.index(last)] = replace(last, answer={"results": [result]})


@breaks("S16")
def a_device_let_somebody_in_with_a_test_of_72_hours_and_a_second(history: History) -> None:
    shown, late = history.uploaded["offline-scan"], timedelta(hours=72, seconds=1)
    old = replace(shown.proof, since=DOOR_DAY - late) if shown.proof else None
    history.uploaded["offline-scan"] = replace(shown, proof=old)
    refused = history.record("entry-refused", scan_id="offline-scan")
    value = {**refused.value, "admitted_at": refused.value["refused_at"]}
    swap(history, refused, replace(refused, topic="attendee-admitted", value=value))


@breaks("S17")
def an_uploaded_scan_appears_twice(history: History) -> None:
    fact = history.record("entry-refused", scan_id="offline-scan")
    history.story.records.append(replace(fact, headers={**fact.headers, "ce_id": "once more"}))


@breaks("S17")
def an_uploaded_scan_is_dropped(history: History) -> None:
    history.story.lines.remove(history.line("admission", id="offline-scan"))


@breaks("S17")
def a_conflict_is_not_flagged(history: History) -> None:
    history.line("admission", id="offline-scan")["outcome"] = "refused"
    for one in history.story.journal:
        if one.path.endswith("/batch"):
            one.answer["results"][0]["outcome"] = "refused"
