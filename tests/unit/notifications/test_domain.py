"""Who is told what, when, and when not any more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import (
    GIVE_UP_AFTER,
    Audience,
    Mailing,
    News,
    Notification,
    Progress,
    Registration,
    Suppression,
    Template,
    View,
    hear,
    next_try,
    suppression,
)
from shared.messages import Message
from shared.messages.checkin import AttendanceRecorded, AttendeeAdmitted, EntryRefused, TicketIssued, TicketRevoked
from shared.messages.gathering import Definition, Helpdesk
from shared.messages.registration import (
    AccessLinkRequested,
    AttendeeErased,
    GatheringPublished,
    InvitationIssued,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
)
from shared.messages.scheduling import (
    AgendaChange,
    AgendaChangeNoticed,
    AgendaPublished,
    SlotBooked,
    SlotMoved,
    SlotOffered,
    SlotOfferEnded,
    SlotReleased,
)
from tests.support.notifications import START, G, confirmed, fact, heard, part
from tests.unit.notifications.samples import BOOKED, DEFINITION, R

BOOKING: dict[str, Any] = {**BOOKED, "gathering_id": G}


def told(*messages: Message, view: View | None = None) -> list[Notification]:
    return list(hear(view or View(), [heard(message) for message in messages]).notifications)


def templates(*messages: Message) -> list[Template]:
    return [mail.template for mail in told(*messages)]


def known(*messages: Message) -> View:
    return hear(View(), [heard(message) for message in messages]).view


def published(version: int, definition: Definition = DEFINITION) -> GatheringPublished:
    return GatheringPublished(gathering_id=G, version=version, definition=definition)


def erased(who: str = R, version: int = 9) -> AttendeeErased:
    return AttendeeErased(gathering_id=G, registration_id=who, version=version, erased_at=START)


@pytest.mark.parametrize(
    ("statuses", "template"),
    [
        (["confirmed", "declined", "waitlisted"], Template.CONFIRMED),
        (["declined", "awaiting-selection", "waitlisted"], Template.AWAITING_SELECTION),
        (["declined", "waitlisted"], Template.WAITLISTED),
        (["declined"], Template.DECLINED),
    ],
)
def test_first_decision_is_named_after_its_best_news(statuses: list[str], template: Template) -> None:
    parts = [part(f"part-{number}", status) for number, status in enumerate(statuses)]
    for kind in (RegistrationConfirmed, RegistrationPending, RegistrationWaitlisted, RegistrationDeclined):
        assert templates(fact(kind, R, 1, *parts)) == [template]


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        (RegistrationConfirmed, Template.CONFIRMED),
        (RegistrationWaitlisted, Template.WAITLISTED),
        (RegistrationPending, Template.AWAITING_SELECTION),
        (RegistrationDeclined, Template.DECLINED),
        (RegistrationChanged, Template.CHANGED),
    ],
)
def test_later_decision_is_named_after_what_it_changed(kind: type[Message], template: Template) -> None:
    assert templates(fact(kind, R, 2, part())) == [template]


def test_facts_of_one_decision_are_one_mail_in_either_order() -> None:
    parts = (part(), part("partnering-event", "declined"))
    yes, no = fact(RegistrationConfirmed, R, 2, *parts), fact(RegistrationDeclined, R, 2, *parts)
    assert [mail.template for mail in told(yes, no)] == [Template.CONFIRMED]
    assert told(yes, no) == told(no, yes)


def test_cancelling_everything_and_cancelling_a_part_are_different_mails() -> None:
    gone = part("site-visit-1", "cancelled")
    assert templates(fact(RegistrationCancelled, R, 2, gone)) == [Template.CANCELLED]
    assert templates(fact(RegistrationCancelled, R, 2, gone, part())) == [Template.CHANGED]


def test_a_refused_change_and_a_substitution_have_mails_of_their_own() -> None:
    assert templates(fact(RegistrationChanged, R, 2, part(), refused="part-full")) == [Template.CHANGE_REFUSED]
    both = [Template.SUBSTITUTED, Template.HANDED_ON]
    assert templates(fact(RegistrationChanged, R, 2, part(), substituted=True)) == both


def test_whoever_handed_a_place_on_is_told_once_whatever_becomes_of_it() -> None:
    taken = fact(RegistrationChanged, R, 2, part(), substituted=True, generation=1)
    gone = fact(RegistrationCancelled, R, 3, part(status="cancelled"))
    [_, first] = told(taken)
    assert [mail.id for mail in told(taken, taken) if mail.template is Template.HANDED_ON] == [first.id]
    later = known(taken, gone).registrations[R]
    assert suppression(first, later, 0) is None
    assert suppression(first, replace(later, erased=True), 0) is Suppression.ERASED


def test_only_what_the_organisers_retimed_is_a_new_time() -> None:
    answers = fact(RegistrationChanged, R, 2, part())
    assert [mail.template for mail in told(answers, view=known(confirmed(R)))] == [Template.CHANGED]
    retimed = fact(RegistrationChanged, R, 2, part(), retimed=True)
    assert [mail.template for mail in told(retimed, view=known(confirmed(R)))] == [Template.RESCHEDULED]


@pytest.mark.parametrize("before", ["awaiting-selection", "waitlisted", "declined"])
def test_who_applied_in_person_and_got_the_livestream_is_told_why(before: str) -> None:
    applied = fact(RegistrationPending, R, 1, part(status=before), part("site-visit-1", "waitlisted"))
    instead = confirmed(R, 2, part(mode="remote"), part("site-visit-1"))
    [mail] = told(instead, view=known(applied))
    assert isinstance(mail.content, RegistrationConfirmed)
    assert [one.reason for one in mail.content.parts] == ["not-selected", None]
    [mail] = told(fact(RegistrationWaitlisted, R, 2, part(status="waitlisted", mode="remote")), view=known(applied))
    assert isinstance(mail.content, RegistrationWaitlisted)
    assert [one.reason for one in mail.content.parts] == ["not-selected"]


@pytest.mark.parametrize(("status", "given_up"), [("awaiting-selection", ("policy-event",)), ("confirmed", ())])
def test_who_gives_a_place_online_up_for_a_wait_has_none_meanwhile(status: str, given_up: tuple[str, ...]) -> None:
    held = known(confirmed(R, 1, part(mode="remote"), part("site-visit-1", "waitlisted")))
    asks = fact(RegistrationChanged, R, 2, part(status=status), part("site-visit-1", "waitlisted"))
    [mail] = told(asks, view=held)
    assert (mail.template, mail.given_up) == (Template.CHANGED, given_up)


def test_both_sides_of_a_meeting_are_told() -> None:
    booked = [Template.SLOT_BOOKED, Template.SLOT_BOOKED_EXPERT, Template.REMINDER]
    assert templates(SlotBooked(**BOOKING, version=1)) == booked
    moved = SlotMoved(**BOOKING, version=2, previous_starts_at=START)
    assert templates(moved) == [Template.SLOT_MOVED, Template.SLOT_MOVED_EXPERT, Template.REMINDER]
    released = SlotReleased(**BOOKING, version=3, reason="released")
    assert templates(released) == [Template.SLOT_RELEASED, Template.SLOT_RELEASED_EXPERT]


def test_the_expert_whom_a_meeting_leaves_is_told_that_it_is_gone() -> None:
    desks = [
        {"desk": desk, "expert": expert, "opens": "2021-11-22T09:00", "closes": "2021-11-22T10:00", "slot_minutes": 10}
        for desk, expert in (("anna", "Anna"), ("anna-too", "Anna"), ("marc", "Marc"))
    ]
    heard_of = known(
        published(1, DEFINITION.model_copy(update={"helpdesk": Helpdesk.model_validate({"desks": desks})}))
    )
    moved = SlotMoved(**BOOKING | {"desk": "marc"}, version=2, previous_starts_at=START, previous_desk="anna")
    _, _, told_anna, _ = told(moved, view=heard_of)
    assert (told_anna.template, told_anna.version) == (Template.SLOT_RELEASED_EXPERT, 2)
    assert isinstance(told_anna.content, SlotReleased)
    assert (told_anna.content.desk, told_anna.content.starts_at) == ("anna", START)
    stayed = moved.model_copy(update={"desk": "anna-too"})
    assert [one.template for one in told(stayed, view=heard_of)] == [
        Template.SLOT_MOVED,
        Template.SLOT_MOVED_EXPERT,
        Template.REMINDER,
    ]


def test_an_offer_is_mailed_while_it_stands() -> None:
    offer = {key: value for key, value in BOOKING.items() if key != "booking_id"} | {"offer_id": "o"}
    offered, lapsed = SlotOffered(**offer, expires_at=START), SlotOfferEnded(**offer, outcome="lapsed")
    [mail] = told(offered, lapsed)
    assert mail.template is Template.SLOT_OFFERED
    assert suppression(mail, None, known(offered).versions["offers/o"]) is None
    assert suppression(mail, None, known(offered, lapsed).versions["offers/o"]) is Suppression.SUPERSEDED


def test_an_invitation_is_mailed_and_its_revocation_is_not() -> None:
    issued = InvitationIssued(gathering_id=G, invitation_id="i", version=1, delegation=None, places=1)
    assert templates(issued) == [Template.INVITATION]
    assert templates(issued.model_copy(update={"revoked": True})) == []


def test_each_request_for_a_lost_link_is_answered() -> None:
    links = [AccessLinkRequested(gathering_id=G, registration_id=R, request_id=one) for one in ("a", "b")]
    assert templates(*links) == [Template.ACCESS_LINK, Template.ACCESS_LINK]


def test_facts_that_concern_nobody_are_heard_in_silence() -> None:
    entry = EntryRefused(gathering_id=G, registration_id=R, door="d", scan_id="s", reason="forged", refused_at=START)
    assert templates(entry, erased(), TicketRevoked(gathering_id=G, registration_id=R, version=1)) == []


def test_first_release_of_an_agenda_is_news_to_everybody_and_a_change_to_those_it_concerns() -> None:
    change = (AgendaChange(session="s", change="moved"),)
    first = AgendaPublished(gathering_id=G, release=1, label="draft")
    second = AgendaPublished(gathering_id=G, release=2, label="draft", changes=change)
    noticed = AgendaChangeNoticed(gathering_id=G, registration_id=R, release=2, changes=change)
    outcome = hear(View(), [heard(one) for one in (first, second, noticed)])
    assert [one.template for one in outcome.mailings] == [Template.AGENDA_PUBLISHED]
    assert [(one.template, one.registration_id) for one in outcome.notifications] == [(Template.AGENDA_CHANGED, R)]


def test_a_release_that_few_are_told_of_makes_no_mail_to_all_void() -> None:
    change = (AgendaChange(session="s", change="moved"),)
    first = AgendaPublished(gathering_id=G, release=1, label="draft")
    outcome = hear(View(), [heard(first), heard(first.model_copy(update={"release": 2, "changes": change}))])
    [mailing] = outcome.mailings
    assert outcome.view.versions == {f"agendas/{G}": mailing.version}


def moved_definition() -> Definition:
    later = DEFINITION.parts[0].model_copy(update={"ends": DEFINITION.parts[0].ends + timedelta(hours=1)})
    return DEFINITION.model_copy(update={"parts": (later, DEFINITION.parts[1])})


def test_people_of_a_part_that_moved_are_told_once() -> None:
    view = known(published(1), confirmed(R), confirmed("other", 1, part("partnering-event")))
    outcome = hear(view, [heard(published(2, moved_definition()), sequence=7), heard(published(2, moved_definition()))])
    [mailing] = outcome.mailings
    assert (mailing.template, mailing.after) == (Template.RESCHEDULED, 7)
    addressed = [one.id for one in outcome.view.registrations.values() if mailing.audience.includes(one)]
    assert addressed == [R]
    mail = mailing.to(outcome.view.registrations[R])
    assert suppression(mail, outcome.view.registrations[R], 1) is None
    assert suppression(mail, outcome.view.registrations[R], 2) is Suppression.SUPERSEDED


def test_a_definition_that_moved_nothing_is_no_news() -> None:
    view = known(published(1))
    assert hear(view, [heard(published(2))]).mailings == ()
    assert hear(view, [heard(published(1, moved_definition()))]).mailings == ()


def test_newest_definition_stays() -> None:
    view = known(published(2, moved_definition()), published(1))
    assert view.gatherings[G].version == 2


def test_who_was_there_is_remembered_by_part() -> None:
    through_the_door = AttendeeAdmitted(
        gathering_id=G, registration_id=R, door="d", part="policy-event", scan_id="s", admitted_at=START
    )
    online = AttendanceRecorded(gathering_id=G, registration_id="o", part="p", mode="remote", attended_at=START)
    view = known(through_the_door, online)
    assert view.registrations[R].attended == {"policy-event"}
    assert view.registrations["o"].attended == {"p"}


def test_an_older_state_never_replaces_a_newer() -> None:
    view = known(confirmed(R, 2, part(status="cancelled")), confirmed(R, 1))
    assert view.registrations[R].version == 2
    assert not view.registrations[R].live


def test_a_late_fact_does_not_bring_the_erased_back() -> None:
    view = known(erased(), confirmed(R, 12))
    assert view.registrations[R].erased
    assert view.registrations[R].parts == ()


def mail_of(message: Message, number: int = 0, sequence: int | None = None) -> Notification:
    return hear(View(), [heard(message, sequence=sequence)]).notifications[number]


def test_a_mail_that_a_later_state_contradicts_is_not_sent() -> None:
    mail = mail_of(confirmed(R))
    now = Registration(R, G, version=1, parts=(part(),))
    assert suppression(mail, None, 0) is None
    assert suppression(mail, now, 1) is None
    assert suppression(mail, replace(now, version=2), 2) is Suppression.SUPERSEDED


def test_nobody_who_was_erased_is_written_to_but_the_expert_still_is() -> None:
    gone = Registration(R, G, version=3, erased=True)
    released = SlotReleased(**BOOKING, version=2, reason="erased")
    assert suppression(mail_of(confirmed(R)), gone, 1) is Suppression.ERASED
    assert suppression(mail_of(released, 0), gone, 2) is Suppression.ERASED
    assert suppression(mail_of(released, 1), gone, 2) is None
    assert suppression(mail_of(SlotBooked(**BOOKING, version=1), 1), gone, 1) is Suppression.SUPERSEDED


def test_a_ticket_or_meeting_of_who_is_no_longer_coming_is_not_sent() -> None:
    out = Registration(R, G, version=2, parts=(part(status="cancelled"),))
    online = Registration(R, G, version=2, parts=(part(mode="remote"),))
    ticket = mail_of(TicketIssued(gathering_id=G, registration_id=R, version=1, doors=()), sequence=1)
    booked = mail_of(SlotBooked(**BOOKING, version=1))
    assert suppression(ticket, out, 1) is Suppression.SUPERSEDED
    assert suppression(ticket, online, 1) is Suppression.SUPERSEDED
    assert suppression(ticket, Registration(R, G), 1) is None
    assert suppression(booked, out, 1) is Suppression.SUPERSEDED
    assert suppression(booked, online, 1) is None


def test_a_revoked_ticket_is_not_sent() -> None:
    issued = heard(TicketIssued(gathering_id=G, registration_id=R, version=1, doors=()), sequence=1)
    revoked = heard(TicketRevoked(gathering_id=G, registration_id=R, version=1), sequence=2)
    outcome = hear(View(), [issued, revoked])
    latest = outcome.view.versions[f"tickets/{R}"]
    assert suppression(outcome.notifications[0], None, latest) is Suppression.SUPERSEDED


def test_whoever_left_the_audience_before_the_mail_went_out_is_spared() -> None:
    mailing = Mailing("m", G, Template.ANNOUNCEMENT, "c", News(subject="s", text="t"), Audience())
    mail = mailing.to(Registration(R, G, 1, (part(),)))
    assert suppression(mail, Registration(R, G, 1, (part(),)), 0) is None
    assert suppression(mail, Registration(R, G, 2, (part(status="cancelled"),)), 0) is Suppression.NOT_ADDRESSED


PEOPLE = [
    Registration("a", G, 1, (part(),), frozenset({"policy-event"})),
    Registration("b", G, 1, (part(mode="remote"), part("site-visit-1", "waitlisted"))),
    Registration("c", G, 1, (part(status="cancelled"),)),
    Registration("d", G, 1, (), frozenset({"policy-event"}), erased=True),
]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (Audience(), "ab"),
        (Audience(statuses=None), "abc"),
        (Audience(mode="remote"), "b"),
        (Audience(parts=frozenset({"site-visit-1"})), "b"),
        (Audience(parts=frozenset({"policy-event"}), statuses=frozenset({"cancelled"})), "c"),
        (Audience(parts=frozenset({"site-visit-1"}), mode="remote"), ""),
        (Audience(attended=True), "a"),
        (Audience(attended=False), "b"),
        (Audience(parts=frozenset({"policy-event"}), attended=True), "a"),
        (Audience(statuses=None, attended=True), "a"),
    ],
)
def test_an_audience_is_whoever_all_of_it_fits(audience: Audience, expected: str) -> None:
    assert "".join(one.id for one in PEOPLE if audience.includes(one)) == expected


@given(st.permutations(range(1, 12)), st.lists(st.integers(1, 11), max_size=5))
def test_progress_closes_every_gap_in_any_order(order: list[int], repeats: list[int]) -> None:
    progress = Progress()
    for sequence in [*order, *repeats]:
        progress = progress.hearing(sequence)
    assert progress == Progress(11, frozenset())
    assert Progress().hearing(2) == Progress(0, frozenset({2}))


def test_a_gap_that_never_closes_is_left_behind_after_a_thousand_facts() -> None:
    progress = Progress(5)
    for sequence in range(7, 7 + 1000):
        progress = progress.hearing(sequence)
    assert progress.through == 5
    assert progress.hearing(1007) == Progress(1007)


def test_only_registrations_facts_count_as_progress() -> None:
    ticket = TicketIssued(gathering_id=G, registration_id=R, version=1, doors=())
    view = hear(View(), [heard(confirmed(R), sequence=1), heard(ticket, sequence=1), heard(confirmed(R, 2))]).view
    assert view.progress == {G: Progress(1)}


@given(st.floats(0, 200))
def test_a_refused_mail_is_tried_again_ever_more_seldom_for_at_least_a_day(hours: float) -> None:
    age = timedelta(hours=hours)
    again = next_try(START, START + age)
    if age >= GIVE_UP_AFTER:
        assert again is None
    else:
        assert again is not None
        assert timedelta(seconds=2) <= again - (START + age) <= timedelta(minutes=15)


FACTS = st.lists(
    st.sampled_from(
        [
            confirmed("a"),
            fact(RegistrationPending, "a", 1, part()),
            confirmed("a", 2, part(mode="remote")),
            fact(RegistrationCancelled, "a", 3, part(status="cancelled")),
            confirmed("b"),
            fact(RegistrationChanged, "b", 2, part()),
            SlotBooked(**BOOKING, version=1),
            SlotReleased(**BOOKING, version=2, reason="released"),
            TicketIssued(gathering_id=G, registration_id="a", version=1, doors=()),
            AgendaPublished(gathering_id=G, release=1, label="draft"),
            AgendaPublished(gathering_id=G, release=2, label="official"),
            erased("b"),
            published(1),
            published(2, moved_definition()),
        ]
    ),
    max_size=25,
)


@given(FACTS)
def test_hearing_everything_three_times_and_backwards_causes_no_further_mail(facts: list[Message]) -> None:
    batch = [heard(message) for message in facts]
    once = hear(View(), batch)
    again = hear(once.view, [*batch, *reversed(batch), *batch])
    assert {mail.id for mail in again.notifications} <= {mail.id for mail in once.notifications}
    assert {mail.id for mail in again.mailings} <= {mail.id for mail in once.mailings}
    assert again.view == once.view


@given(FACTS, st.integers(0, 25))
def test_where_a_batch_ends_makes_no_difference_to_who_is_told(facts: list[Message], cut: int) -> None:
    batch = [heard(message) for message in facts]
    whole, first = hear(View(), batch), hear(View(), batch[:cut])
    second = hear(first.view, batch[cut:])
    assert second.view == whole.view
    split = {mail.id for mail in (*first.notifications, *second.notifications)}
    assert split == {mail.id for mail in whole.notifications}


@given(FACTS)
def test_one_registrations_mails_do_not_depend_on_anothers(facts: list[Message]) -> None:
    def mails_of(messages: list[Message], who: str) -> set[tuple[str, Template]]:
        return {(mail.id, mail.template) for mail in told(*messages) if mail.registration_id == who}

    alone = [message for message in facts if getattr(message, "registration_id", "a") == "a"]
    assert mails_of(facts, "a") == mails_of(alone, "a")
