"""Bent histories of commands, mails and topics: D, N, E and P."""

from dataclasses import replace
from typing import Any

from cli.rehearsal.evidence import Mail
from tests.unit.rehearsal.bending import bend, change, drop
from tests.unit.rehearsal.history import (
    ADA,
    BEN,
    CLEO,
    DAN,
    OCTOBER,
    XIA,
    YANN,
    Story,
    address,
    part,
    reg,
    stamp,
)


@bend("D1")
def accepted_and_never_decided(story: Story) -> None:
    drop(story, lambda one: one.subject == f"registrations/{reg(CLEO)}@1")


@bend("D1")
def accepted_and_not_logged(story: Story) -> None:
    drop(story, lambda one: one.subject == f"submissions/submission-{reg(CLEO)}")


@bend("D1")
def decided_twice(story: Story) -> None:
    again = [part("hall", "remote", "cancelled")]
    story.decides(reg(CLEO), 2, again, f"submission-{reg(CLEO)}", OCTOBER)


@bend("D1")
def decided_though_nobody_asked(story: Story) -> None:
    story.decides("reg-ghost", 1, [part("hall", "remote", "confirmed")], "nothing", OCTOBER)


@bend("D1")
def accepted_and_given_up_on(story: Story) -> None:
    first = next(one for one in story.records if one.topic == "registration-submitted")
    story.records.append(replace(first, topic="registration.dead-letter"))


@bend("D2")
def another_answer_under_the_same_key(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    story.asks("POST", first.path, first.body, 201, {**first.answer, "id": "another"}, OCTOBER, key=first.key)


@bend("D2")
def a_second_effect_under_the_same_key(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    again = story.asks("POST", first.path, first.body, 201, first.answer, OCTOBER, key=first.key)
    intake = {"registration_id": "reg-second", "accepted_at": stamp(OCTOBER)}
    story.submits(again, "registration-submitted", intake, "submission-second")


@bend("D3")
def another_body_under_the_same_key_is_accepted(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    other = {"attendee": {"email": address(DAN)}}
    story.asks("POST", first.path, other, 201, {**first.answer, "id": "new"}, OCTOBER, key=first.key)


@bend("D3")
def a_stranger_is_told_the_first_ones_answer(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    other = {"attendee": {"email": address(DAN)}, "parts": []}
    story.asks("POST", first.path, other, 422, {"registration": first.answer}, OCTOBER, key=first.key)


@bend("D4")
def a_refused_request_that_had_an_effect(story: Story) -> None:
    path = f"/v1/registrations/{reg(CLEO)}"
    refused = story.asks("PATCH", path, {"parts": []}, 409, {"status": 409}, OCTOBER)
    intake = {"registration_id": reg(CLEO), "accepted_at": stamp(OCTOBER)}
    story.submits(refused, "registration-submitted", intake, "change")
    story.decides(reg(CLEO), 2, [part("hall", "remote", "confirmed")], "change", OCTOBER)


@bend("N1")
def a_fact_that_nobody_was_told_of(story: Story) -> None:
    story.lines = [line for line in story.lines if line.get("registration_id") != reg(CLEO)]


@bend("N1")
def a_mail_that_still_waits(story: Story) -> None:
    story.lines[-1]["status"] = "queued"


@bend("N1")
def a_mail_that_never_arrived(story: Story) -> None:
    story.mails.pop()


@bend("N1")
def the_newest_state_is_withheld(story: Story) -> None:
    newest = next(line for line in story.lines if line["registration_id"] == reg(CLEO))
    newest["status"] = "suppressed"


@bend("N1")
def who_was_there_does_not_get_the_article(story: Story) -> None:
    story.lines.pop()


@bend("N1")
def whoever_handed_a_place_on_is_not_told(story: Story) -> None:
    story.lines = [line for line in story.lines if line.get("template") != "handed-on"]


@bend("N1")
def whoever_handed_a_place_on_is_told_twice(story: Story) -> None:
    again = next(line for line in story.lines if line.get("template") == "handed-on")
    story.lines.insert(0, {**again, "id": "again", "message_id": "<again@foyer>", "status": "suppressed"})


@bend("N2")
def a_mail_that_came_twice(story: Story) -> None:
    story.mails.append(story.mails[0])


@bend("N2")
def a_mail_that_no_notification_knows(story: Story) -> None:
    story.mails.append(Mail((address(ADA),), "<unknown@foyer>", "News", "Dear Ada"))


@bend("N3")
def a_mail_to_somebody_else(story: Story) -> None:
    story.mails[1] = replace(story.mails[1], to=(address(CLEO),))


@bend("N3")
def a_mail_to_two_people(story: Story) -> None:
    story.mails[1] = replace(story.mails[1], to=(address(ADA), address(CLEO)))


def _handing_on(story: Story, **other: Any) -> None:
    name = next(line["message_id"] for line in story.lines if line.get("template") == "handed-on")
    story.mails = [replace(mail, **other) if mail.message_id == name else mail for mail in story.mails]


@bend("N3")
def what_is_said_of_a_place_handed_on_to_whom_it_now_is(story: Story) -> None:
    _handing_on(story, to=(address(YANN),), text="Dear colleague")


@bend("N3")
def whoever_handed_a_place_on_is_told_to_whom(story: Story) -> None:
    _handing_on(story, text=f"Dear {XIA}, it is now of {YANN}")


@bend("N3")
def a_mail_that_speaks_of_somebody_else(story: Story) -> None:
    story.mails[1] = replace(story.mails[1], text=f"Dear {CLEO.capitalize()}")


@bend("N3")
def somebody_elses_invitation(story: Story) -> None:
    story.mails[0] = replace(story.mails[0], text="Your code: CODE-BEN")


@bend("E4")
def a_number_is_missing(story: Story) -> None:
    drop(story, lambda one: one.subject == f"registrations/{reg(BEN)}@1")


@bend("E4")
def a_version_is_missing(story: Story) -> None:
    change(story, lambda one: one.subject == f"registrations/{reg(ADA)}@2", version=3)


@bend("E4")
def a_repeat_says_something_else(story: Story) -> None:
    first = next(one for one in story.records if one.topic == "slot-booked")
    story.records.append(replace(first, value={**first.value, "desk": "two"}))


@bend("E4")
def a_repeat_on_another_partition(story: Story) -> None:
    first = next(one for one in story.records if one.topic == "slot-booked")
    story.records.append(replace(first, partition=2))


@bend("P3")
def a_name_in_a_topic(story: Story) -> None:
    change(story, lambda one: one.topic == "slot-booked", topic=f"A question of {ADA.capitalize()}")


@bend("P3")
def a_certificate_in_the_export(story: Story) -> None:
    story.lines[0]["presented"] = "HC1:6BF"
