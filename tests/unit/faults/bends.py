"""Defects as they would look from outside, each bending one thing of a good history."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from cli.rehearsal.evidence import Record
from tests.faults.checker.case import Recovery
from tests.unit.faults.history import CERTIFICATE, FAY, LATER, History, copies_of
from tests.unit.rehearsal.history import ADA, BEN, CLEO, DAN, DOOR_DAY, OCTOBER, SLOT_1, address, part, reg

Bend = Callable[[History], None]
BENT: list[tuple[str, Bend]] = []


def breaks(id_: str) -> Callable[[Bend], Bend]:
    def remember(bend: Bend) -> Bend:
        BENT.append((id_, bend))
        return bend

    return remember


def _swap(history: History, old: Record, new: Record) -> None:
    records = history.story.records
    records[records.index(old)] = new


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
    _swap(history, fact, replace(fact, value={**fact.value, "version": 3}))


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
    _swap(history, admitted, replace(admitted, value={**admitted.value, "registration_id": reg(CLEO)}))


@breaks("S16")
def somebody_is_admitted_without_a_certificate(history: History) -> None:
    calls = [one for one in history.story.journal if one.shown is not None and one.shown.proof is not None]
    for call in calls:
        at = history.story.journal.index(call)
        history.story.journal[at] = replace(call, shown=replace(call.shown, proof=None) if call.shown else None)


@breaks("D1")
def an_outcome_has_no_command(history: History) -> None:
    history.story.decides(reg(DAN), 1, [part("hall", "remote", "confirmed")], "nobody", OCTOBER)


@breaks("D1")
def a_command_has_no_outcome(history: History) -> None:
    history.story.records.remove(history.record("registration-confirmed", registration_id=reg(CLEO)))


@breaks("D2")
def a_repeat_is_answered_otherwise(history: History) -> None:
    asked = [one for one in history.story.journal if one.key == f"key-of-{CLEO}" and one.status == 201]
    at = history.story.journal.index(asked[-1])
    history.story.journal[at] = replace(asked[-1], answer={**asked[-1].answer, "id": "another"})


@breaks("D3")
def another_body_is_accepted_under_the_same_key(history: History) -> None:
    refused = next(one for one in history.story.journal if one.status == 422)
    answer = {"id": "another", "accepted_at": OCTOBER.isoformat()}
    history.story.journal[history.story.journal.index(refused)] = replace(refused, status=201, answer=answer)


@breaks("D4")
def a_refused_request_had_an_effect(history: History) -> None:
    asked = next(one for one in history.story.journal if one.key == f"key-of-{BEN}")
    history.story.journal[history.story.journal.index(asked)] = replace(asked, status=409)


@breaks("D5")
def a_lost_answer_stays_lost(history: History) -> None:
    journal = history.story.journal
    journal.append(replace(journal[0], id="lost-too", key="never-answered"))


@breaks("D5")
def a_lost_request_had_its_effect_twice(history: History) -> None:
    fact = history.record("registration-confirmed", registration_id=reg(CLEO))
    submission = history.record("registration-submitted", registration_id=reg(ADA))
    twice = {**fact.headers, "ce_causationid": submission.id}
    value = {**fact.value, "registration_id": reg(ADA)}
    for number in (1, 2):
        history.story.records.append(replace(fact, headers={**twice, "ce_id": f"twice-{number}"}, value=value))


@breaks("E1")
def a_state_was_never_told(history: History) -> None:
    history.line("registration", id=reg(CLEO))["version"] = 7


@breaks("E2")
def a_fact_has_no_state(history: History) -> None:
    history.story.lines.remove(history.line("registration", id=reg(CLEO)))


@breaks("E2")
def a_booking_is_told_and_not_shown(history: History) -> None:
    history.story.lines.remove(history.line("booking"))


@breaks("E3")
def what_came_again_changed_something(history: History) -> None:
    history.replays = [replace(history.replays[0], after="another digest")]


@breaks("E3")
def what_came_again_was_mailed_again(history: History) -> None:
    history.replays = [replace(history.replays[0], new_mails=3)]


@breaks("E5")
def a_field_is_missing(history: History) -> None:
    history.required = ["a field that nobody writes"]


@breaks("E7")
def poison_is_passed_over(history: History) -> None:
    history.letters = []


@breaks("E7")
def poison_is_changed(history: History) -> None:
    history.letters = [replace(history.letters[0], value=b"{}")]


@breaks("E7")
def a_good_record_is_parked(history: History) -> None:
    letter = history.letters[0]
    headers = tuple((name, b"7" if name == "dlq_original_offset" else content) for name, content in letter.headers)
    history.letters.append(replace(letter, offset=1, headers=headers))


@breaks("E8")
def a_record_is_never_read(history: History) -> None:
    history.recovery = Recovery(4.0, {("checkin", "registration-confirmed", 0): 3})


@breaks("E8")
def a_place_has_no_ticket(history: History) -> None:
    history.story.records.remove(history.record("ticket-issued", registration_id=reg(BEN)))


@breaks("N1")
def a_mail_is_lost(history: History) -> None:
    history.story.mails.pop()


@breaks("N1")
def a_notification_is_lost(history: History) -> None:
    history.story.lines.remove(history.line("notification", registration_id=reg(ADA)))


@breaks("N2")
def a_mail_comes_twice_without_an_excuse(history: History) -> None:
    history.deliveries.append(replace(history.deliveries[-2], at=LATER))


@breaks("N2")
def a_mail_comes_again_under_another_id(history: History) -> None:
    history.deliveries.append(replace(history.deliveries[-2], message_id="<random@foyer>"))


@breaks("N3")
def a_mail_goes_to_somebody_else(history: History) -> None:
    mail = next(one for one in history.story.mails if one.to == (address(CLEO),))
    history.story.mails[history.story.mails.index(mail)] = replace(mail, to=(address(BEN),))


@breaks("N3")
def a_mail_speaks_of_somebody_else(history: History) -> None:
    mail = next(one for one in history.story.mails if one.to == (address(CLEO),))
    history.story.mails[history.story.mails.index(mail)] = replace(mail, text=f"Dear {BEN}")


@breaks("N5")
def not_now_was_understood_as_never(history: History) -> None:
    history.deliveries.append(replace(history.deliveries[3], code=451, at=LATER))


@breaks("N5")
def never_was_understood_as_not_now(history: History) -> None:
    history.deliveries.insert(0, replace(history.deliveries[3], code=554))


@breaks("N7")
def the_erased_are_written_to(history: History) -> None:
    late = next(one for one in history.deliveries if address(FAY) in one.to)
    history.deliveries.append(replace(late, at=LATER))


@breaks("P1")
def a_dead_letter_names_somebody(history: History) -> None:
    named = json.dumps({"email": address(ADA)}).encode()
    history.letters.append(replace(history.letters[0], offset=1, value=named))


@breaks("P1")
def the_erased_are_still_there(history: History) -> None:
    history.shelves["database registration people"] = address(FAY).encode()


@breaks("P3")
def a_certificate_is_kept(history: History) -> None:
    history.shelves["log checkin.log"] = CERTIFICATE.encode()


@breaks("U1")
def an_audit_entry_is_removed(history: History) -> None:
    history.story.lines.remove(history.line("audit"))


@breaks("L1")
def it_never_settles(history: History) -> None:
    history.recovery = Recovery(None)


@breaks("L2")
def somebody_saw_a_500(history: History) -> None:
    history.story.journal.append(replace(history.story.journal[0], id="oops", status=500))


@breaks("L2")
def somebody_waited_for_half_a_minute(history: History) -> None:
    history.story.journal.append(replace(history.story.journal[1], id="slow", took=30.0))


@breaks("T1")
def nothing_was_tested(history: History) -> None:
    story = history.story
    first: dict[str, Record] = {}
    for record in story.records:
        first.setdefault(record.id, record)
    story.records = list(first.values())
