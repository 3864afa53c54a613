"""What every store of notifications keeps and refuses: one suite, on the fake and on MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notifications.domain import (
    LATEST,
    LIVE,
    SETTLING,
    Article,
    Audience,
    DeskAccess,
    Mailing,
    News,
    Notification,
    Template,
    hear,
)
from services.notifications.store import Audit, Ended, MongoStore, Queued, Store, Wanted
from services.notifications.store.base import LEASE
from shared.clock import Clock
from shared.errors import LostRace
from shared.kafka import Producer
from shared.messages import Message
from shared.messages.checkin import AttendeeAdmitted
from shared.messages.notifications import FollowUpPublished, NotificationSent
from shared.messages.registration import GatheringPublished, RegistrationChanged
from shared.messages.scheduling import SlotBooked, SlotReleased
from shared.mongo import Mongo
from shared.outbox import Outbox, by_subject
from shared.settings import Settings
from tests.support.notifications import DOMAIN, START, FakeStore, G, SetClock, confirmed, fact, heard, part
from tests.support.nowhere import NOWHERE
from tests.unit.notifications.samples import BOOKED, DEFINITION, SLOT

FOLLOW_UP = Mailing(
    id="m1",
    gathering_id=G,
    template=Template.FOLLOW_UP,
    cause_id="m1",
    content=Article(title="t", url="https://example.org/", text="x"),
    audience=Audience(parts=frozenset({"policy-event"}), mode="remote", statuses=None, attended=True),
)
FACT = FollowUpPublished(gathering_id=G, follow_up_id="m1", title="t", url="https://example.org/")
ACT = Audit("m1", G, START, "olga", "organiser", "publish-follow-up", "follow-ups/m1")


@dataclass
class Kept:
    """A store, the same one as another sender sees it, and what is to be told to the world."""

    store: Store
    other: Store
    clock: SetClock
    said: Callable[[], Awaitable[list[str]]]


@pytest.fixture(params=["fake", "mongo"])
async def kept(request: pytest.FixtureRequest, mongo_url: str, database: str) -> AsyncIterator[Kept]:
    clock = SetClock()
    if request.param == "fake":
        fake = FakeStore(clock)

        async def told() -> list[str]:
            return [one.type for one in fake.said]

        yield Kept(fake, fake.as_another("other"), clock, told)
        return
    mongo = Mongo(mongo_url, f"notifications_{database}")
    outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), clock, by_subject, "test")
    store = MongoStore(mongo, outbox, clock, "test", DOMAIN)
    await store.prepare()

    async def stored() -> list[str]:
        found = mongo["outbox"].find({}).sort("created_at", 1)
        return [dict(message["headers"])["ce_type"] async for one in found for message in one["messages"]]

    yield Kept(store, MongoStore(mongo, outbox, clock, "other", DOMAIN), clock, stored)
    await outbox.stop()
    await mongo.drop()
    mongo.close()


async def tell(store: Store, *messages: Message, **said: Any) -> int:
    """One batch."""
    wanted = Wanted(
        gatherings={message.gathering_id for message in messages},
        registrations={one for message in messages if (one := getattr(message, "registration_id", None))},
        subjects={f"bookings/{one}" for message in messages if (one := getattr(message, "booking_id", None))},
    )
    loaded = await store.load(wanted)
    return await store.commit(loaded, hear(loaded.view, [heard(message, **said) for message in messages]))


def published(version: int) -> GatheringPublished:
    return GatheringPublished(gathering_id=G, version=version, definition=DEFINITION)


def ended(queued: Queued, status: str = "sent", reason: str | None = None) -> Ended:
    mail = queued.notification
    fact = NotificationSent(
        gathering_id=G,
        notification_id=mail.id,
        registration_id=mail.registration_id,
        template=mail.template,
        cause_id=mail.cause_id,
        message_id=f"<{mail.id}@{DOMAIN}>",
        sent_at=START,
    )
    return Ended(mail, status, reason, START, fact)


async def lines(store: Store) -> list[dict[str, Any]]:
    return [line async for line in store.export(G)]


async def test_what_was_heard_is_found_again(kept: Kept) -> None:
    there = AttendeeAdmitted(
        gathering_id=G, registration_id="a", door="d", part="policy-event", scan_id="s", admitted_at=START
    )
    batch = (published(1), confirmed("a"), there, SlotBooked(**BOOKED | {"gathering_id": G}, version=4))
    assert await tell(kept.store, *batch, sequence=1) == 4
    found = await kept.store.load(Wanted({G}, {"a", "nobody"}, {"bookings/b42", "bookings/none"}))
    assert found.view.gatherings[G].definition == DEFINITION
    assert found.view.registrations["a"].parts == (part(),)
    assert found.view.registrations["a"].attended == {"policy-event"}
    assert found.view.versions == {"bookings/b42": 4}
    assert found.view.progress[G].through == 1
    assert set(found.view.registrations) == {"a"}
    gathering = await kept.store.gathering(G)
    assert gathering is not None
    assert gathering.version == 1
    assert await kept.store.gathering("elsewhere") is None


async def test_the_same_batch_again_is_no_news(kept: Kept) -> None:
    batch = (published(1), confirmed("a"))
    assert await tell(kept.store, *batch) == 1
    assert await tell(kept.store, *batch) == 0
    assert len(await lines(kept.store)) == 1


async def test_a_batch_decided_on_an_older_view_is_refused(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    stale = await kept.store.load(Wanted({G}, {"a"}))
    await tell(kept.store, confirmed("a", 2))
    with pytest.raises(LostRace):
        await kept.store.commit(stale, hear(stale.view, [heard(confirmed("a", 3))]))
    assert len(await lines(kept.store)) == 2


async def test_two_batches_at_once_do_not_forget_what_the_other_heard(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"), published(1), sequence=1)
    stale = await kept.store.load(Wanted({G}, {"b", "c"}))
    await tell(kept.store, confirmed("b"), published(2), sequence=2)
    for late in (heard(confirmed("c"), sequence=3), heard(published(3))):
        with pytest.raises(LostRace):
            await kept.store.commit(stale, hear(stale.view, [late]))


async def test_a_new_definition_replaces_the_old(kept: Kept) -> None:
    await tell(kept.store, published(1))
    await tell(kept.store, published(2))
    gathering = await kept.store.gathering(G)
    assert gathering is not None
    assert gathering.version == 2


async def test_a_gap_in_what_was_heard_closes_later(kept: Kept) -> None:
    await tell(kept.store, confirmed("b"), sequence=2)
    await tell(kept.store, confirmed("a"), sequence=1)
    found = await kept.store.load(Wanted({G}))
    assert found.view.progress[G].through == 2


async def test_each_mail_is_leased_to_one_sender(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"), confirmed("b"))
    first = await kept.store.claim(1, ())
    second = await kept.other.claim(5, ())
    ids = {queued.notification.registration_id for queued in (*first, *second)}
    assert (len(first), len(second), ids) == (1, 1, {"a", "b"})
    assert await kept.store.claim(5, ()) == []
    [queued] = first
    assert queued.notification == Notification(
        id=queued.notification.id,
        gathering_id=G,
        registration_id=queued.notification.registration_id,
        template=Template.CONFIRMED,
        cause_id="cause",
        content=confirmed(str(queued.notification.registration_id)),
        about=f"registrations/{queued.notification.registration_id}",
        version=1,
    )


async def test_a_mail_knows_which_place_was_given_up_for_a_wait(kept: Kept) -> None:
    await tell(kept.store, confirmed("a", 1, part(mode="remote")))
    await kept.store.claim(1, ())
    await tell(kept.store, fact(RegistrationChanged, "a", 2, part(status="awaiting-selection")), sequence=2)
    [queued] = await kept.store.claim(1, ())
    assert queued.notification.given_up == ("policy-event",)


async def test_a_lease_that_is_not_prolonged_ends(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"), confirmed("b"))
    claimed = await kept.store.claim(2, ())
    kept.clock.forward(seconds=LEASE.total_seconds() - 1)
    await kept.store.prolong([claimed[0].notification.id])
    kept.clock.forward(seconds=2)
    [freed] = await kept.other.claim(2, ())
    assert freed.notification.id == claimed[1].notification.id


async def test_what_a_sender_holds_it_does_not_claim_again(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    [queued] = await kept.store.claim(1, ())
    kept.clock.forward(minutes=5)
    assert await kept.store.claim(1, [queued.notification.id]) == []
    assert len(await kept.store.claim(1, ())) == 1


async def test_a_mail_ends_once_with_one_fact(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    [queued] = await kept.store.claim(1, ())
    assert await kept.store.end(ended(queued))
    assert not await kept.other.end(ended(queued, "failed", "late"))
    [line] = await lines(kept.store)
    assert (line["status"], line["reason"], line["sent_at"]) == ("sent", None, "2021-11-08T08:00:00.000Z")
    assert await kept.said() == ["foyer.notification-sent"]
    kept.clock.forward(days=1)
    assert await kept.store.claim(1, ()) == []


async def test_mails_that_end_at_the_same_moment_end_each_with_its_own_fact(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"), confirmed("b"), confirmed("c"))
    first, *others = await kept.store.claim(3, ())
    assert await kept.other.end(ended(first, "failed", "elsewhere"))
    results = await asyncio.gather(*(kept.store.end(ended(queued)) for queued in (first, *others)))
    assert results == [False, True, True]
    statuses = sorted(line["status"] for line in await lines(kept.store))
    assert statuses == ["failed", "sent", "sent"]
    assert sorted(await kept.said()) == ["foyer.notification-sent"] * 3


async def test_a_mail_put_off_waits_and_counts_its_tries(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    [queued] = await kept.store.claim(1, ())
    later = kept.clock.wall() + timedelta(seconds=30)
    await kept.store.put_off([queued.notification.id], later, "SMTPDataError 451", 1)
    kept.clock.forward(seconds=29)
    assert await kept.store.claim(1, ()) == []
    kept.clock.forward(seconds=1)
    [again] = await kept.other.claim(1, ())
    assert (again.attempts, again.since) == (1, queued.since)
    await kept.store.put_off([queued.notification.id], later, "not mine any more", 1)
    assert await kept.store.claim(1, ()) == []
    assert (await lines(kept.store))[0]["reason"] == "SMTPDataError 451"


async def test_the_situation_of_a_mail_is_the_newest_known(kept: Kept) -> None:
    await tell(kept.store, SlotBooked(**BOOKED | {"gathering_id": G}, version=1))
    booked = (await kept.store.claim(1, ()))[0].notification
    before = await kept.store.situation(booked)
    assert (before.registration, before.latest, before.definition_version) == (None, 1, 0)
    await tell(kept.store, published(3), confirmed(str(booked.registration_id), 5))
    await tell(kept.store, SlotReleased(**BOOKED | {"gathering_id": G}, version=2, reason="released"))
    after = await kept.store.situation(booked)
    assert after.registration is not None
    assert (after.registration.version, after.latest, after.definition_version) == (5, 2, 3)


async def test_a_registrations_own_version_is_what_its_mails_are_about(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    [queued] = await kept.store.claim(1, ())
    await tell(kept.store, confirmed("a", 2))
    assert (await kept.store.situation(queued.notification)).latest == 2
    lone = Mailing("x", G, Template.ANNOUNCEMENT, "c", News(subject="s", text="t"), Audience())
    known = (await kept.store.registrations(G, "", 1))[0]
    assert (await kept.store.situation(lone.to(known))).latest == 0


async def test_what_staff_have_mailed_is_queued_once_with_who_asked_for_it(kept: Kept) -> None:
    told = Notification("n1", G, None, Template.DESK_ACCESS, "n1", DeskAccess(desk="ada"))
    act = Audit("n1", G, START, "olga", "organiser", "mail-desk-access", "desks/ada")
    assert await kept.store.tell(told, act)
    assert not await kept.store.tell(told, act)
    assert [one.notification for one in await kept.store.claim(5, ())] == [told]
    lines = [line async for line in kept.store.export(G)]
    assert [(line["kind"], line["id"]) for line in lines] == [("notification", "n1"), ("audit", "n1")]


async def test_what_staff_asked_for_is_recorded_once(kept: Kept) -> None:
    assert await kept.store.publish(FOLLOW_UP, FACT, ACT) == FOLLOW_UP
    other = replace(FOLLOW_UP, audience=Audience())
    assert await kept.store.publish(other, FACT, ACT) == FOLLOW_UP
    assert await kept.said() == ["foyer.follow-up-published"]
    assert await lines(kept.store) == [
        {
            "kind": "audit",
            "id": "m1",
            "gathering_id": G,
            "at": "2021-11-08T08:00:00.000Z",
            "actor": "olga",
            "role": "organiser",
            "action": "publish-follow-up",
            "object": "follow-ups/m1",
        }
    ]


async def test_an_act_leads_to_the_first_mailing_it_asked_for_whichever_it_asks_for_then(kept: Kept) -> None:
    await kept.store.publish(FOLLOW_UP, FACT, ACT)
    again = replace(ACT, id="another")
    assert await kept.store.publish(FOLLOW_UP, FACT, again) == FOLLOW_UP
    other = replace(FOLLOW_UP, id="m2", content=Article(title="t", url="https://example.org/", text="y"))
    for act in (ACT, again):
        assert await kept.store.publish(other, FACT, replace(act, object="follow-ups/m2")) == FOLLOW_UP
    assert await kept.said() == ["foyer.follow-up-published"]
    assert [line["id"] for line in await lines(kept.store)] == ["m1", "another"]


async def test_a_mailing_without_a_fact_says_nothing(kept: Kept) -> None:
    assert await kept.store.publish(FOLLOW_UP, None, ACT)
    assert await kept.said() == []


async def test_a_mailing_is_carried_out_piece_by_piece_by_one_process(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"), confirmed("b"), confirmed("c"))
    await kept.store.publish(FOLLOW_UP, FACT, ACT)
    [(mailing, cursor)] = await kept.store.open_mailings(kept.clock.wall())
    assert (mailing, cursor) == (FOLLOW_UP, "")
    people = await kept.store.registrations(G, "", 2)
    assert [one.id for one in people] == ["a", "b"]
    await kept.store.spread(mailing, "", [mailing.to(one) for one in people], "b")
    with pytest.raises(LostRace):
        await kept.other.spread(mailing, "", [], "b")
    assert [one.id for one in await kept.store.registrations(G, "b", 2)] == ["c"]
    await kept.store.spread(mailing, "b", [mailing.to(people[0])], None)
    assert await kept.store.open_mailings(kept.clock.wall()) == []
    queued = [one.notification for one in await kept.store.claim(9, ()) if one.notification.mailing_id]
    assert sorted(str(one.registration_id) for one in queued) == ["a", "b"]
    assert {(one.content, one.audience) for one in queued} == {(FOLLOW_UP.content, FOLLOW_UP.audience)}


async def test_who_is_heard_late_to_have_attended_is_still_reached_for_a_minute(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    await kept.store.publish(FOLLOW_UP, FACT, ACT)
    passes = []
    while open_ones := await kept.store.open_mailings(kept.clock.wall()):
        assert open_ones == [(FOLLOW_UP, "")]
        await kept.store.spread(FOLLOW_UP, "", [], None)
        assert await kept.store.open_mailings(kept.clock.wall()) == []
        passes.append(kept.clock.at)
        kept.clock.forward(seconds=max(1.0, (kept.clock.at - passes[0]).total_seconds()))
    assert [(one - passes[0]).total_seconds() for one in passes] == [0, 1, 2, 4, 8, 16, 32, 64]


async def test_a_mailing_waits_for_what_was_said_before_it(kept: Kept) -> None:
    await tell(kept.store, published(1), sequence=1)
    moved = DEFINITION.parts[0].model_copy(update={"ends": DEFINITION.parts[0].ends + timedelta(hours=1)})
    definition = DEFINITION.model_copy(update={"parts": (moved, *DEFINITION.parts[1:])})
    await tell(kept.store, GatheringPublished(gathering_id=G, version=2, definition=definition), sequence=3)
    kept.clock.forward(seconds=1)
    assert await kept.store.open_mailings(kept.clock.wall() - timedelta(minutes=1)) == []
    assert len(await kept.store.open_mailings(kept.clock.wall())) == 1
    await tell(kept.store, confirmed("a"), sequence=2)
    [(mailing, _)] = await kept.store.open_mailings(kept.clock.wall() - timedelta(minutes=1))
    assert mailing.audience == Audience(parts=frozenset({"policy-event"}), statuses=LIVE)
    [known] = await kept.store.registrations(G, "", 9)
    await kept.store.spread(mailing, "", [mailing.to(known)], None)
    due = [one.notification.template for one in await kept.store.claim(9, ())]
    assert due == [Template.CONFIRMED]
    kept.clock.forward(seconds=SETTLING[Template.RESCHEDULED].total_seconds())
    held = {one.notification.id for one in await kept.store.claim(9, ())}
    assert len(held) == 2  # the first one's lease has ended meanwhile


async def test_the_export_is_of_one_gathering(kept: Kept) -> None:
    await tell(kept.store, confirmed("a"))
    assert [line async for line in kept.store.export("elsewhere")] == []


async def test_a_reminder_is_nobodys_turn_before_foyers_clock_says_so_and_then_once(kept: Kept) -> None:
    await tell(kept.store, SlotBooked(**BOOKED | {"gathering_id": G}, version=1))
    others = await kept.store.claim(9, ())
    assert sorted(one.notification.template for one in others) == [Template.SLOT_BOOKED, Template.SLOT_BOOKED_EXPERT]
    for one in others:
        await kept.store.end(ended(one))
    assert await kept.store.fall_due() == 0
    assert [line["status"] for line in await lines(kept.store)].count("scheduled") == 1
    kept.clock.at = SLOT - timedelta(hours=24, seconds=1)
    assert await kept.store.fall_due() == 0
    kept.clock.forward(seconds=1)
    assert [await kept.store.fall_due(), await kept.other.fall_due()] == [1, 0]
    [due] = await kept.store.claim(9, ())
    assert (due.notification.template, due.notification.due_at) == (Template.REMINDER, kept.clock.at)
    assert due.since == kept.clock.wall()
    assert await kept.store.end(ended(due))
    await tell(kept.store, SlotBooked(**BOOKED | {"gathering_id": G}, version=1))
    assert [await kept.store.fall_due(), await kept.store.claim(9, ())] == [0, []]


def at_the_databases_time(kept: Kept) -> None:
    """Begin at the time of the database, which no test can move."""
    kept.clock.at += Clock().wall().replace(microsecond=0) - kept.clock.wall()
    if isinstance(kept.store, FakeStore):
        kept.store.database = SetClock()
        kept.store.database.at = kept.clock.at


async def put_off(kept: Kept, who: str, until: datetime) -> None:
    await tell(kept.store, confirmed(who))
    [mail] = await kept.store.claim(9, ())
    await kept.store.put_off([mail.notification.id], until, "not now", tries=1)


async def test_what_a_clock_that_was_ahead_has_put_off_is_due(kept: Kept) -> None:
    at_the_databases_time(kept)
    began = kept.clock.wall()
    await put_off(kept, "refused", began + timedelta(hours=1) + LATEST)
    kept.clock.forward(hours=1)
    await tell(kept.store, confirmed("new"))
    kept.clock.forward(hours=-1, seconds=10)
    assert await kept.store.claim(9, ()) == []
    assert await kept.store.correct_times() == 2
    kept.clock.forward(seconds=2)
    since = {one.notification.registration_id: one.since for one in await kept.store.claim(9, ())}
    assert since.keys() == {"refused", "new"}
    assert since["refused"] == began  # what was refused for so long already is given up no later
    assert since["new"] > began + timedelta(seconds=5)


async def test_what_waits_as_it_should_keeps_its_time(kept: Kept) -> None:
    at_the_databases_time(kept)
    await put_off(kept, "refused", kept.clock.wall() + LATEST)
    await tell(kept.store, confirmed("leased"))
    [leased] = await kept.store.claim(9, ())
    kept.clock.forward(hours=1)
    await kept.store.prolong([leased.notification.id])  # it may be on its way at this moment
    kept.clock.forward(hours=-1)
    assert await kept.store.correct_times() == 0


async def test_a_clock_that_is_behind_takes_no_other_for_ahead(kept: Kept) -> None:
    at_the_databases_time(kept)
    await put_off(kept, "refused", kept.clock.wall() + LATEST)
    await tell(kept.store, confirmed("new"))
    kept.clock.forward(minutes=-30)
    assert await kept.store.correct_times() == 0
