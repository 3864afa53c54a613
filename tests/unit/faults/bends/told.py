"""Bent commands and facts: what was asked, what was answered, what the log says of it."""

from dataclasses import replace

from tests.faults.checker.case import Recovery
from tests.unit.faults.bends.registry import breaks
from tests.unit.faults.history import History
from tests.unit.rehearsal.history import ADA, BEN, CLEO, DAN, OCTOBER, part, reg


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
