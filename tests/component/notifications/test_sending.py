"""From a fact heard to a mail handed over and recorded: one service without its servers."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from services.notifications.app import Composer
from services.notifications.briefing import Briefings
from services.notifications.domain import Audience as To
from services.notifications.domain import DeskAccess, Mailing, News, Notification, Template
from services.notifications.handlers import Handlers
from services.notifications.mails.letter import Brief
from services.notifications.mails.links import Links
from services.notifications.mails.mailbox import Mailbox
from services.notifications.outbound import Answer, Later, Refused, Taken
from services.notifications.reminding import Reminding
from services.notifications.sender import Sender
from services.notifications.spreading import Spreading
from services.notifications.store import Audit
from shared import secrets
from shared.errors import Unavailable
from shared.messages import Message
from shared.messages.checkin import TicketIssued, TicketRevoked
from shared.messages.notifications import NotificationFailed, NotificationSent
from shared.messages.registration import (
    AttendeeErased,
    GatheringPublished,
    InvitationIssued,
    RegistrationCancelled,
    RegistrationChanged,
)
from shared.messages.scheduling import SlotBooked, SlotReleased
from shared.people import Former
from shared.tokens import InvalidToken, Join, Role, Tokens
from tests.support.notifications import (
    DOMAIN,
    START,
    FakePeople,
    FakeServer,
    FakeStore,
    FakeTickets,
    G,
    SetClock,
    confirmed,
    fact,
    heard,
    part,
)
from tests.unit.notifications.samples import BOOKED, DEFINITION, SLOT

BOOKING: dict[str, Any] = BOOKED | {"gathering_id": G, "registration_id": "a"}


@dataclass
class Desk:
    """The service with everything around it faked."""

    clock: SetClock
    store: FakeStore
    people: FakePeople
    tickets: FakeTickets
    server: FakeServer
    sender: Sender
    spreading: Spreading
    reminding: Reminding
    handlers: Handlers

    async def hear(self, *messages: Message) -> None:
        sequence = range(1, len(messages) + 1)
        await self.handlers.process([heard(one, sequence=n) for one, n in zip(messages, sequence, strict=True)])

    async def work(self) -> None:
        await self.spreading.step()
        await self.reminding.step()
        await self.sender.drain()

    def statuses(self) -> list[tuple[str, str | None]]:
        return [(kept.document["status"], kept.document["reason"]) for kept in self.store.mails.values()]


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Desk]:
    secrets.create(tmp_path)

    def made(store: FakeStore | None = None, lanes: int = 4) -> Desk:
        clock = SetClock()
        store = store or FakeStore(clock)
        people, tickets, server = FakePeople(DEFINITION), FakeTickets(), FakeServer()
        for who in "abc":
            people.add(who)
        composer = Composer(Links("https://foyer.example", Tokens(tmp_path)), Mailbox("Foyer", f"desk@{DOMAIN}"), clock)
        briefings = Briefings(people, tickets)
        sender = Sender(store, briefings, server, composer, clock, address=f"desk@{DOMAIN}", domain=DOMAIN, lanes=lanes)
        spreading = Spreading(store, clock, sender.woken)

        def wake() -> None:
            sender.woken.set()
            spreading.woken.set()

        handlers = Handlers(store, people.forget, wake, sender.rush)
        return Desk(clock, store, people, tickets, server, sender, spreading, Reminding(store, sender.woken), handlers)

    return made


@pytest.fixture
def desk(build: Callable[..., Desk]) -> Desk:
    return build()


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(["plain"])
    assert body is not None
    text: str = body.get_content()
    return text


def published(version: int = 1) -> GatheringPublished:
    return GatheringPublished(gathering_id=G, version=version, definition=DEFINITION)


def erased(who: str) -> AttendeeErased:
    return AttendeeErased(gathering_id=G, registration_id=who, version=9, erased_at=START)


async def test_a_confirmed_person_gets_one_mail_and_the_world_is_told(desk: Desk) -> None:
    await desk.hear(published(), confirmed("a"))
    await desk.work()
    [mail] = desk.server.taken
    assert mail["To"] == "Person a <a@example.org>"
    [sent] = desk.store.said
    assert isinstance(sent, NotificationSent)
    assert (sent.registration_id, sent.template, sent.cause_id) == ("a", "confirmed", "cause")
    assert sent.message_id == mail["Message-ID"]


async def test_everything_heard_again_three_times_and_backwards_sends_nothing_more(desk: Desk) -> None:
    batch = [published(), confirmed("a"), confirmed("b"), SlotBooked(**BOOKING, version=1)]
    await desk.hear(*batch)
    await desk.work()
    before = len(desk.server.taken)
    for again in (batch, batch[::-1], batch):
        await desk.hear(*again)
        await desk.work()
    assert len(desk.server.taken) == before == 4


HANDED_ON = ("a", 1)


@pytest.fixture
async def taken_over(desk: Desk) -> RegistrationChanged:
    """Person b has taken over from person a, who was sent an entry for the policy event."""
    await desk.hear(published(), confirmed("a"))
    await desk.work()
    desk.people.people["a"] = desk.people.people["b"].model_copy(update={"generation": 1, "version": 2})
    was = Former(name="Person a", email="a@example.org", language="fr", parts=("policy-event",))
    desk.people.formers[HANDED_ON] = was
    return fact(RegistrationChanged, "a", 2, part(), substituted=True, generation=1)


async def test_whoever_handed_a_place_on_is_told_once_and_their_address_is_forgotten(
    desk: Desk, taken_over: RegistrationChanged
) -> None:
    await desk.hear(taken_over)
    await desk.work()
    to_b, to_a = sorted(desk.server.taken[1:], key=lambda mail: mail["Content-Language"])
    assert (to_b["To"], to_a["To"]) == ("Person b <b@example.org>", "Person a <a@example.org>")
    assert "Person b" not in to_a.as_string()
    assert "b@example.org" not in to_a.as_string()
    assert desk.people.formers == {}
    await desk.hear(taken_over)  # the whole topic, read again
    await desk.work()
    assert len(desk.server.taken) == 3
    assert [one.template for one in desk.store.said if isinstance(one, NotificationSent)][1:] in (
        ["substituted", "handed-on"],
        ["handed-on", "substituted"],
    )


async def test_whoever_handed_a_place_on_is_told_also_if_the_colleague_gives_it_up_at_once(
    desk: Desk, taken_over: RegistrationChanged
) -> None:
    await desk.hear(taken_over, fact(RegistrationCancelled, "a", 3, part(status="cancelled")))
    desk.people.people["a"] = desk.people.people["a"].model_copy(update={"version": 3})
    await desk.work()
    assert [mail["To"] for mail in desk.server.taken if mail["Content-Language"] == "fr"] == [
        "Person a <a@example.org>"
    ]


async def test_an_address_is_kept_until_the_mail_has_ended(desk: Desk, taken_over: RegistrationChanged) -> None:
    async def not_now(_: EmailMessage) -> Answer:
        return Later("421")

    async def taken(_: EmailMessage) -> Answer:
        return Taken()

    desk.server.answer = not_now
    await desk.hear(taken_over)
    await desk.work()
    assert HANDED_ON in desk.people.formers
    desk.clock.forward(seconds=3)
    desk.server.answer = taken
    await desk.work()
    assert HANDED_ON not in desk.people.formers


async def test_a_mail_has_ended_also_where_registration_cannot_be_told_so(
    desk: Desk, taken_over: RegistrationChanged
) -> None:
    async def gone_meanwhile(message: EmailMessage) -> Answer:
        desk.people.away = message["Content-Language"] == "fr"
        return Taken()

    await desk.hear(taken_over)
    desk.server.answer = gone_meanwhile
    with suppress(Unavailable):
        await desk.work()
    assert HANDED_ON in desk.people.formers  # for registration to forget
    ended = [kept for kept in desk.store.mails.values() if kept.told.template is Template.HANDED_ON]
    assert [kept.document["status"] for kept in ended] == ["sent"]


async def test_nobody_who_was_erased_is_told_of_a_place_handed_on(desk: Desk, taken_over: RegistrationChanged) -> None:
    await desk.hear(taken_over, erased("a"))
    await desk.work()
    assert len(desk.server.taken) == 1
    assert desk.statuses()[1:] == [("suppressed", "erased")] * 2


async def test_a_mail_overtaken_by_a_cancellation_is_suppressed_and_says_so(desk: Desk) -> None:
    await desk.hear(published(), confirmed("a"))
    await desk.hear(fact(RegistrationCancelled, "a", 2, part(status="cancelled")))
    await desk.work()
    assert desk.server.subjects == [f"Cancelled: {DEFINITION.title.in_language('en')}"]
    assert desk.statuses() == [("suppressed", "superseded"), ("sent", None)]
    [failed] = [one for one in desk.store.said if isinstance(one, NotificationFailed)]
    assert (failed.status, failed.reason) == ("suppressed", "superseded")


async def test_the_erased_get_nothing_more_and_are_forgotten(desk: Desk) -> None:
    await desk.hear(published(), confirmed("a"))
    await desk.hear(erased("a"))
    await desk.work()
    assert desk.server.taken == []
    assert desk.statuses() == [("suppressed", "erased")]
    assert desk.people.forgotten[0] == "a"


async def test_the_erased_are_forgotten_also_while_the_erasure_cannot_be_kept(desk: Desk) -> None:
    desk.store.away = True
    with pytest.raises(Unavailable):
        await desk.hear(erased("a"))
    assert desk.people.forgotten == ["a"]


async def test_whom_registration_no_longer_knows_is_not_written_to(desk: Desk) -> None:
    desk.people.people.clear()
    await desk.hear(published(), confirmed("a"))
    await desk.work()
    assert desk.statuses() == [("suppressed", "erased")]


async def test_while_registration_is_away_mail_waits_and_nothing_is_lost(desk: Desk) -> None:
    await desk.hear(published(), confirmed("a"), confirmed("b"))
    desk.people.away = True
    with pytest.raises(Unavailable):
        await desk.work()
    assert desk.statuses() == [("queued", "waiting")] * 2
    desk.people.away = False
    await desk.work()
    assert [status for status, _ in desk.statuses()] == ["sent", "sent"]


async def test_both_sides_of_a_meeting_get_a_mail_and_the_guests_name_is_only_in_it(desk: Desk) -> None:
    await desk.hear(published(), confirmed("a"), SlotBooked(**BOOKING, version=1))
    await desk.work()
    assert {mail["To"].addresses[0].addr_spec for mail in desk.server.taken} == {"a@example.org", "expert@example.org"}
    assert "Person a" not in str(desk.store.said)


async def test_an_expert_s_mail_opens_their_day_until_the_day_after_the_gathering(desk: Desk, tmp_path: Path) -> None:
    access = Notification("n", G, None, Template.DESK_ACCESS, "n", DeskAccess(desk="arnault-morisson"))
    await desk.hear(published(), confirmed("a"), SlotBooked(**BOOKING, version=1))
    await desk.store.tell(access, Audit("n", G, START, "olga", "organiser", "mail-desk-access", "desks/x"))
    await desk.work()
    day = re.compile(rf"https://foyer\.example/staff/g/{G}/desks/arnault-morisson#(\S+)")
    mails = [one for one in desk.server.taken if one["To"].addresses[0].addr_spec == "expert@example.org"]
    tokens, left = Tokens(tmp_path), SLOT + timedelta(days=1, minutes=40) - START
    assert len(mails) == 2
    for mail in mails:
        [key] = day.findall(plain(mail))
        expert = tokens.read_staff(key, desk.clock.wall() + left - timedelta(seconds=1))
        assert (expert.role, expert.gatherings, expert.scope) == (Role.EXPERT, (G,), "arnault-morisson")
        with pytest.raises(InvalidToken):
            tokens.read_staff(key, desk.clock.wall() + left)
        assert key not in str(desk.store.said)


async def test_the_key_of_a_gathering_that_is_past_is_good_for_a_day(desk: Desk, tmp_path: Path) -> None:
    desk.clock.forward(days=300)
    await desk.hear(published(), erased("a"), SlotReleased(**BOOKING, version=2, reason="erased"))
    await desk.work()
    [key] = re.findall(r"/staff/\S+#(\S+)", plain(desk.server.taken[0]))
    assert Tokens(tmp_path).read_staff(key, desk.clock.wall() + timedelta(hours=23)).scope == "arnault-morisson"
    with pytest.raises(InvalidToken):
        Tokens(tmp_path).read_staff(key, desk.clock.wall() + timedelta(days=1))


async def test_an_expert_without_an_address_is_no_failure(desk: Desk) -> None:
    desk.people.known = DEFINITION.public()
    await desk.hear(published(), confirmed("a"), SlotBooked(**BOOKING, version=1))
    await desk.work()
    assert desk.store.statuses()["slot-booked-expert"] == "suppressed"
    assert desk.store.statuses()["slot-booked"] == "sent"


async def test_the_expert_learns_of_a_release_also_when_the_guest_was_erased(desk: Desk) -> None:
    await desk.hear(published(), erased("a"), SlotReleased(**BOOKING, version=2, reason="erased"))
    await desk.work()
    [mail] = desk.server.taken
    assert mail["To"].addresses[0].addr_spec == "expert@example.org"


async def test_a_ticket_is_asked_for_when_it_is_sent(desk: Desk) -> None:
    ticket = TicketIssued(gathering_id=G, registration_id="a", version=1, doors=("policy-event-day-1",))
    desk.tickets.texts["a"] = "FOYER1:TICKET"
    await desk.hear(published(), confirmed("a"), ticket)
    await desk.work()
    assert [mail["Subject"].split(":")[0] for mail in desk.server.taken] == ["Confirmed", "Your ticket"]


async def test_a_ticket_that_checkin_no_longer_has_is_not_sent(desk: Desk) -> None:
    ticket = TicketIssued(gathering_id=G, registration_id="a", version=1, doors=())
    await desk.hear(published(), confirmed("a"), ticket)
    await desk.work()
    assert desk.store.statuses()["ticket"] == "suppressed"


async def test_a_ticket_revoked_meanwhile_is_not_sent(desk: Desk) -> None:
    issued = TicketIssued(gathering_id=G, registration_id="a", version=1, doors=())
    await desk.hear(published(), confirmed("a"), issued, TicketRevoked(gathering_id=G, registration_id="a", version=2))
    await desk.work()
    assert desk.store.statuses()["ticket"] == "suppressed"


async def test_an_invitation_goes_to_the_address_that_registration_keeps(desk: Desk) -> None:
    issued = InvitationIssued(gathering_id=G, invitation_id="i", version=1, delegation=None, places=1)
    desk.people.invitations["i"] = {"email": "guest@example.org", "name": None, "language": "fr", "code": "c0de"}
    await desk.hear(published(), issued)
    await desk.work()
    [mail] = desk.server.taken
    assert mail["To"] == "guest@example.org"
    assert "Vous êtes invité(e)" in mail["Subject"]
    assert "#invitation=c0de" in _words(mail)


@pytest.mark.parametrize(
    ("found", "reason"), [(None, "superseded"), ({"email": None, "name": None, "code": "c"}, "no-address")]
)
async def test_an_invitation_revoked_or_without_an_address_is_not_sent(
    desk: Desk, found: dict[str, Any] | None, reason: str
) -> None:
    issued = InvitationIssued(gathering_id=G, invitation_id="i", version=1, delegation=None, places=1)
    if found is not None:
        desk.people.invitations["i"] = found
    await desk.hear(published(), issued)
    await desk.work()
    assert desk.statuses() == [("suppressed", reason)]


async def test_a_mail_waits_a_minute_for_its_gathering_and_then_ends(desk: Desk) -> None:
    desk.people.known = None
    await desk.hear(confirmed("a"))
    await desk.work()
    assert desk.statuses() == [("queued", "gathering not here yet")]
    desk.clock.forward(seconds=3)
    desk.people.known = DEFINITION
    await desk.work()
    assert desk.statuses()[0][0] == "sent"
    desk.people.known = None
    await desk.hear(confirmed("b"))
    desk.clock.forward(seconds=61)
    await desk.work()
    assert desk.statuses()[1] == ("suppressed", "unknown")


async def test_a_mail_goes_to_whoever_holds_the_registration_now(desk: Desk, tmp_path: Path) -> None:
    await desk.hear(published(), confirmed("a"))
    await desk.work()
    desk.people.forgotten.clear()
    desk.people.people["a"] = desk.people.people["b"].model_copy(update={"generation": 1})
    await desk.hear(fact(RegistrationChanged, "a", 2, part(mode="remote"), substituted=True))
    await desk.work()
    assert "a" in desk.people.forgotten
    assert [mail["To"].addresses[0].addr_spec for mail in desk.server.taken] == ["a@example.org", "b@example.org"]
    assert desk.statuses()[-1] == ("suppressed", "no-address")  # of whom nothing is kept any more
    [code] = re.findall(r"/v1/join/(\S+)", plain(desk.server.taken[-1]))
    assert Tokens(tmp_path).read_join(code) == Join("a", G, "policy-event", 1)


async def test_a_mail_overtaken_by_what_was_not_heard_yet_is_withheld_too(desk: Desk) -> None:
    desk.people.people["a"] = desk.people.people["b"].model_copy(update={"version": 2})
    await desk.hear(published(), confirmed("a"))
    await desk.work()
    assert desk.server.taken == []
    assert desk.statuses() == [("suppressed", "superseded")]


async def test_who_named_no_language_is_written_to_in_the_gatherings_first(desk: Desk) -> None:
    desk.people.add("a", language="")
    desk.people.known = DEFINITION.model_copy(update={"languages": ("fr", "en")})
    await desk.hear(published(), confirmed("a"))
    await desk.work()
    assert desk.server.taken[0]["Content-Language"] == "fr"


async def test_a_5xx_is_final_visible_and_concerns_no_other(desk: Desk) -> None:
    async def answer(message: EmailMessage) -> Answer:
        return Refused("SMTPRecipientRefused 550") if "a@" in message["To"] else Taken()

    desk.server.answer = answer
    await desk.hear(published(), confirmed("a"), confirmed("b"))
    await desk.work()
    desk.clock.forward(days=1)
    await desk.work()
    assert desk.statuses() == [("failed", "SMTPRecipientRefused 550"), ("sent", None)]
    [failed] = [one for one in desk.store.said if isinstance(one, NotificationFailed)]
    assert (failed.status, failed.reason) == ("failed", "SMTPRecipientRefused 550")


async def test_a_4xx_is_tried_for_more_than_a_day_with_the_same_message_id(desk: Desk) -> None:
    seen: list[tuple[timedelta, str]] = []
    began = desk.clock.now()

    async def answer(message: EmailMessage) -> Answer:
        seen.append((desk.clock.now() - began, message["Message-ID"]))
        return Later("SMTPDataError 451")

    desk.server.answer = answer
    await desk.hear(published(), confirmed("a"))
    while desk.statuses()[0][0] == "queued":
        await desk.work()
        desk.clock.forward(hours=1)
    assert seen[-1][0] > timedelta(hours=24)
    assert len({message_id for _, message_id in seen}) == 1
    assert desk.statuses() == [("failed", "given up: SMTPDataError 451")]


async def test_a_mail_that_cannot_be_written_is_put_off_and_stops_nobody(desk: Desk) -> None:
    compose = desk.sender._compose

    def fails_for_one(brief: Brief) -> EmailMessage:
        if brief.to.email == "a@example.org":
            raise ValueError("no words")
        return compose(brief)

    desk.sender._compose = fails_for_one
    await desk.hear(published(), confirmed("a"), confirmed("b"))
    await desk.work()
    (first, why), second = desk.statuses()
    assert (first, second) == ("queued", ("sent", None))
    assert why is not None
    assert why.startswith("cannot be written")


async def test_an_announcement_reaches_whom_it_fits_once(desk: Desk) -> None:
    await desk.hear(published(), confirmed("a"), confirmed("b", 1, part(mode="remote")))
    await desk.hear(confirmed("c", 1, part(status="declined")))
    mailing = Mailing("m", G, Template.ANNOUNCEMENT, "m", News(subject="News", text="Hello"), To(mode="remote"))
    await desk.store.publish(mailing, None, Audit("m", G, START, "o", "organiser", "announce", "m"))
    await desk.work()
    await desk.work()
    to = [mail["To"].addresses[0].addr_spec for mail in desk.server.taken if mail["Subject"] == "News"]
    assert to == ["b@example.org"]
    assert sum(kept.told.template is Template.ANNOUNCEMENT for kept in desk.store.mails.values()) == 1


async def test_a_mailing_to_thousands_is_carried_out_in_pieces(build: Callable[..., Desk]) -> None:
    desk = build()
    await desk.hear(published(), *(confirmed(f"p{number:04}") for number in range(1, 1102)))
    mailing = Mailing("m", G, Template.ANNOUNCEMENT, "m", News(subject="News", text="Hello"), To())
    await desk.store.publish(mailing, None, Audit("m", G, START, "o", "organiser", "announce", "m"))
    await desk.spreading.step()
    assert sum(kept.told.template is Template.ANNOUNCEMENT for kept in desk.store.mails.values()) == 1101


async def running(desk: Desk, until: Callable[[], bool]) -> None:
    """The loops as the process runs them, until something is so."""
    loops = [asyncio.create_task(desk.sender.run()), asyncio.create_task(desk.spreading.run())]
    try:
        async with asyncio.timeout(10):
            while not until():
                await asyncio.sleep(0)
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def test_a_slow_mail_does_not_hold_up_the_others(desk: Desk) -> None:
    release = asyncio.Event()

    async def answer(message: EmailMessage) -> Answer:
        if "a@" in message["To"]:
            await release.wait()
        return Taken()

    desk.server.answer = answer
    await desk.hear(published(), confirmed("a"), confirmed("b"), confirmed("c"))

    def others_are_through() -> bool:
        if len(desk.server.taken) == 2:
            release.set()
        return release.is_set()

    await running(desk, others_are_through)
    assert len(desk.server.taken) == 3  # what was on its way when we stopped was finished
    assert [status for status, _ in desk.statuses()] == ["sent"] * 3


async def test_new_work_wakes_a_sleeping_sender_at_once(desk: Desk) -> None:
    await desk.hear(published())
    loops = [asyncio.create_task(desk.sender.run()), asyncio.create_task(desk.spreading.run())]
    while not desk.server.rested:
        await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await desk.hear(confirmed("a"))
        while not desk.server.taken:
            await asyncio.sleep(0)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def test_a_mail_that_was_taken_does_not_go_again_when_recording_fails(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.sender.RECORD_AGAIN", 0)

    async def answer(_: EmailMessage) -> Answer:
        desk.store.away = True  # MongoDB goes between the server's answer and its record
        asyncio.get_running_loop().call_later(0.05, desk.store.come_back)
        return Taken()

    desk.server.answer = answer
    await desk.hear(published(), confirmed("a"))
    await running(desk, lambda: desk.statuses()[0][0] == "sent")
    assert len(desk.server.taken) == 1


async def test_while_the_mail_server_is_away_everything_waits_its_turn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.sender.PAUSES", (0.0,))
    tries = 0

    async def answer(_: EmailMessage) -> Answer:
        nonlocal tries
        tries += 1
        if tries < 10:
            raise Unavailable("connection refused")
        return Taken()

    desk.server.answer = answer
    await desk.hear(published(), confirmed("a"), confirmed("b"), confirmed("c"))
    await running(desk, lambda: len(desk.server.taken) == 3)
    assert all(kept.document["attempts"] == 0 for kept in desk.store.mails.values())


async def test_two_senders_share_the_work_without_sending_twice(build: Callable[..., Desk]) -> None:
    desk = build()
    other = build(desk.store.as_another("other"))
    await desk.hear(published(), confirmed("a"), confirmed("b"), confirmed("c"))
    await asyncio.gather(desk.work(), other.work())
    sent = [mail["Message-ID"] for mail in (*desk.server.taken, *other.server.taken)]
    assert len(sent) == len(set(sent)) == 3


def _words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content())
