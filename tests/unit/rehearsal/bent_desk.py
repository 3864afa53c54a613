"""Bent histories of what is kept for somebody, of rooms and of meetings: S9 to S13, S18, S19, N1, N3, N8 and N9."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cli.rehearsal.evidence import SCHEDULING
from tests.unit.rehearsal.bending import bend, change, drop, with_desks
from tests.unit.rehearsal.definition import G
from tests.unit.rehearsal.history import (
    ADA,
    BEN,
    CLEO,
    LATER_TIME,
    OCTOBER,
    OFFERED_AT,
    SLOT_1,
    SLOT_2,
    TABLE_TIME,
    Story,
    address,
    part,
    reg,
    stamp,
)


def answering(story: Story, path: str, **other: Any) -> None:
    """What was answered there was something else."""
    story.journal = [
        replace(one, answer={**one.answer, **other}) if one.path.endswith(path) else one for one in story.journal
    ]


@bend("S9")
def an_offer_that_never_ends(story: Story) -> None:
    drop(story, lambda one: one.topic == "slot-offer-ended")


@bend("S9")
def an_offer_that_ends_twice(story: Story) -> None:
    last = next(one for one in story.records if one.topic == "slot-offer-ended")
    story.records.append(replace(last, headers={**last.headers, "ce_id": "again", "ce_sequence": "99"}))


@bend("S9")
def an_offer_taken_without_a_booking(story: Story) -> None:
    change(story, lambda one: one.topic == "slot-offer-ended", outcome="accepted")


@bend("S9")
def an_offer_that_lapses_before_its_time(story: Story) -> None:
    late = stamp(OFFERED_AT + timedelta(minutes=30, seconds=1))
    change(story, lambda one: one.topic == "slot-offered", expires_at=late)


@bend("S9")
def an_offer_that_stands_an_hour_too_long(story: Story) -> None:
    change(story, lambda one: one.topic == "slot-offered", expires_at=stamp(OFFERED_AT + timedelta(minutes=90)))


@bend("S9")
def one_slot_offered_to_two(story: Story) -> None:
    story.offers(ADA, "two", SLOT_2, None, OFFERED_AT + timedelta(days=30))
    story.offers(BEN, "two", SLOT_2, None, OFFERED_AT + timedelta(days=30))


@bend("S9")
def a_slot_given_away_while_it_is_offered(story: Story) -> None:
    story.offers(CLEO, "two", SLOT_2, None)
    story.books(ADA, "two", SLOT_2)


@bend("S9")
def a_slot_given_away_while_its_form_is_filled_in(story: Story) -> None:
    story.holds(ADA, "two", SLOT_2, OFFERED_AT)
    story.books(CLEO, "two", SLOT_2, OFFERED_AT + timedelta(minutes=1))


@bend("S9")
def a_form_that_takes_for_ever(story: Story) -> None:
    answering(story, "/holds", expires_at=stamp(OCTOBER + timedelta(hours=1)))


@bend("S10")
def two_meetings_at_one_table(story: Story) -> None:
    story.introduces(BEN, CLEO, TABLE_TIME, 1)


@bend("S10")
def a_meeting_that_the_export_does_not_know(story: Story) -> None:
    story.lines = [line for line in story.lines if line["kind"] != "meeting"]


@bend("S10")
def an_open_offer_shown_as_free(story: Story) -> None:
    story.offers(CLEO, "two", SLOT_2, None)


@bend("S10")
def an_absent_expert_shown_as_free(story: Story) -> None:
    blocked(story)


@bend("S10")
def an_expert_who_is_back_shown_as_away(story: Story) -> None:
    given_back(story)
    story.free_slots -= {("two", SLOT_2)}


@bend("S10")
def an_expert_who_takes_nobody_more_shown_as_free(story: Story) -> None:
    with_desks(story, per_expert=1)


@bend("S11")
def a_meeting_during_the_working_groups(story: Story) -> None:
    change(story, lambda one: one.topic == "room-assigned", starts_at=stamp(TABLE_TIME), ends_at=stamp(LATER_TIME))


@bend("S11")
def a_meeting_during_a_session_that_nobody_may_miss(story: Story) -> None:
    early = {"starts_at": stamp(TABLE_TIME.replace(hour=8)), "ends_at": stamp(TABLE_TIME.replace(hour=9))}
    change(story, lambda one: one.topic == "meeting-scheduled", **early)


@bend("S11")
def a_meeting_and_a_visit_to_an_expert_at_once(story: Story) -> None:
    then = {"starts_at": stamp(SLOT_1), "ends_at": stamp(SLOT_1 + timedelta(minutes=20))}
    change(story, lambda one: one.topic == "meeting-scheduled", **then)


@bend("S12")
def a_meeting_between_two_slots(story: Story) -> None:
    story.introduces(ADA, CLEO, TABLE_TIME + timedelta(minutes=5), None)


@bend("S12")
def a_meeting_at_a_table_that_is_not_there(story: Story) -> None:
    change(story, lambda one: one.topic == "meeting-scheduled", table=2)


@bend("S12")
def a_meeting_with_an_expert_who_is_away(story: Story) -> None:
    blocked(story)
    story.books(CLEO, "two", SLOT_2, OFFERED_AT)


@bend("S12")
def a_meeting_with_an_expert_who_is_not_back_yet(story: Story) -> None:
    given_back(story)
    story.books(CLEO, "two", SLOT_2, OFFERED_AT - timedelta(minutes=1))


@bend("S12")
def a_diary_that_is_an_hour_off(story: Story) -> None:
    entry = {"starts_at": stamp(TABLE_TIME), "starts_local": "2021-11-22T16:30:00+02:00"}
    entry |= {"ends_at": stamp(LATER_TIME), "ends_local": "2021-11-22T16:00:00+01:00"}
    answering(story, "/diary", meetings=[entry])


@bend("S13")
def one_more_than_the_working_group_takes(story: Story) -> None:
    change(story, lambda one: one.topic == "room-assigned", room="oak")


@bend("S13")
def two_rooms_for_one_person(story: Story) -> None:
    change(story, lambda one: one.topic == "room-assigned", registration_id=reg(ADA))


@bend("S13")
def somebody_without_a_room(story: Story) -> None:
    drop(story, lambda one: one.topic == "room-assigned" and one.value["registration_id"] == reg(CLEO))


@bend("S13")
def a_room_for_somebody_who_does_not_come(story: Story) -> None:
    gone = [part("hall", "remote", "cancelled")]
    story.decides(reg(CLEO), 2, gone, "leaving", LATER_TIME, topic="registration-cancelled")


@bend("S13")
def a_wish_that_was_not_met_and_nobody_says_why(story: Story) -> None:
    places = [{"registration_id": reg(BEN), "room": "elm", "missed": []}]
    answering(story, "/proposals/p", result={"places": places})


@bend("S13")
def another_room_in_the_export(story: Story) -> None:
    story.lines = [{**line, "room": "oak"} if line["kind"] == "assignment" else line for line in story.lines]


@bend("S19")
def one_more_than_the_expert_takes_at_two_desks(story: Story) -> None:
    with_desks(story, per_expert=1, expert="One of them")


@bend("S19")
def an_offer_of_an_expert_who_takes_nobody_more(story: Story) -> None:
    with_desks(story, per_expert=1)
    story.offers(CLEO, "two", SLOT_2, None)


@bend("S19")
def turned_away_by_an_expert_who_takes_more(story: Story) -> None:
    story.refuses(CLEO, "two", SLOT_2, "limit-reached")


@bend("S19")
def turned_away_from_time_that_was_given_back(story: Story) -> None:
    given_back(story)
    story.refuses(CLEO, "two", SLOT_2, "slot-taken", OFFERED_AT + timedelta(hours=1))


@bend("S18")
def a_meeting_against_a_no(story: Story) -> None:
    story.introduces(BEN, CLEO, LATER_TIME, None)


@bend("S18")
def a_meeting_that_nobody_asked_for(story: Story) -> None:
    story.introduces(ADA, CLEO, LATER_TIME, None)


@bend("S18")
def a_meeting_that_took_place_before_it_began(story: Story) -> None:
    change(story, lambda one: one.topic == "meeting-scheduled", starts_at=stamp(LATER_TIME))


@bend("S18")
def a_meeting_that_took_place_twice(story: Story) -> None:
    story.introduces(ADA, BEN, TABLE_TIME, 1, "meeting-held")


@bend("S18")
def a_result_sheet_that_boasts(story: Story) -> None:
    answering(story, "/partnering/result", meetings=2)


@bend("N1")
def one_of_two_is_not_told_of_their_meeting(story: Story) -> None:
    mine = ("meeting-scheduled", reg(BEN))
    story.lines = [line for line in story.lines if (line.get("template"), line.get("registration_id")) != mine]


@bend("N1")
def the_other_side_is_not_told_of_a_cancellation(story: Story) -> None:
    value: dict[str, Any] = {"meeting_id": "m", "registration_ids": [reg(ADA), reg(BEN)], "by": reg(ADA)}
    value |= {"starts_at": stamp(TABLE_TIME), "ends_at": stamp(LATER_TIME), "table": 1}
    story.says("meeting-cancelled", "meetings/m@2", value, "regret", TABLE_TIME, ce_source=SCHEDULING)


@bend("N3")
def a_mail_about_a_meeting_of_others(story: Story) -> None:
    story.mails = [
        replace(mail, text=f"You meet {CLEO}") if f"Table 1 with {BEN}" in mail.text else mail for mail in story.mails
    ]


@bend("N8")
def a_link_for_somebody_in_the_room(story: Story) -> None:
    story.mails = [
        replace(mail, text="https://example.org/v1/join/oak") if mail.to == (address(ADA),) else mail
        for mail in story.mails
    ]


@bend("N8")
def no_link_for_somebody_afar(story: Story) -> None:
    story.mails = [replace(mail, text=mail.text.replace("/v1/join/", "")) for mail in story.mails]


@bend("N8")
def another_table_than_the_one_that_was_given(story: Story) -> None:
    story.mails = [replace(mail, text=mail.text.replace("Table 1", "Table 2")) for mail in story.mails]


@bend("N8")
def another_table_in_the_reminder(story: Story) -> None:
    name = reminder(story, "matching")["message_id"]
    story.mails = [replace(mail, text="Table 2") if mail.message_id == name else mail for mail in story.mails]


@bend("N9")
def nobody_is_reminded(story: Story) -> None:
    story.lines = [line for line in story.lines if line.get("template") != "reminder"]


@bend("N9")
def somebody_is_reminded_twice(story: Story) -> None:
    story.tells(reg(ADA), "reminder", reminder(story, "submission")["cause_id"], address(ADA), sent_at=SLOT_1)


@bend("N9")
def what_was_booked_late_is_reminded_of(story: Story) -> None:
    story.books(ADA, "two", SLOT_2, SLOT_2 - timedelta(hours=24))
    story.tells(reg(ADA), "reminder", story.lines[-1]["cause_id"], address(ADA), sent_at=SLOT_2)


@bend("N9")
def a_reminder_comes_too_early(story: Story) -> None:
    reminder(story, "submission")["sent_at"] = stamp(SLOT_1 - timedelta(hours=24, seconds=1))


@bend("N9")
def a_reminder_is_forgotten(story: Story) -> None:
    reminder(story, "submission")["status"] = "scheduled"


@bend("N9")
def who_was_told_of_a_move_is_reminded_of_the_old_time(story: Story) -> None:
    booked = next(one for one in story.records if one.topic == "slot-booked")
    about = booked.subject.partition("@")[0]
    story.says("slot-moved", f"{about}@2", booked.value, "moving", OCTOBER, ce_source=SCHEDULING)
    story.tells(booked.value["registration_id"], "slot-moved", "moving", address(ADA))
    story.tells(booked.value["registration_id"], "reminder", "moving", address(ADA), sent_at=SLOT_1)


def reminder(story: Story, of: str) -> dict[str, Any]:
    """The first one that came of this."""
    return next(one for one in story.lines if one.get("template") == "reminder" and one["cause_id"].startswith(of))


def blocked(story: Story) -> None:
    """The second expert is away in the second slot."""
    body = {"starts_at": stamp(SLOT_2), "ends_at": stamp(SLOT_2 + timedelta(minutes=10))}
    story.asks("POST", f"/v1/gatherings/{G}/desks/two/blocks", body, 201, {"id": "ill"}, OCTOBER)


def given_back(story: Story) -> None:
    """The second expert comes after all."""
    blocked(story)
    story.asks("DELETE", f"/v1/gatherings/{G}/desks/two/blocks/ill", None, 200, {}, OFFERED_AT)
