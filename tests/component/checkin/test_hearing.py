"""What checkin makes of what it hears, in whatever order it comes."""

import pytest

from shared.errors import Unavailable
from shared.messages.checkin import TicketIssued, TicketRevoked
from shared.messages.registration import AttendeeErased, RegistrationCancelled, RegistrationChanged
from tests.component.checkin.conftest import Checkin, published, scan_id
from tests.support.checkin import DOOR, GATHERING, OPEN_AT, confirmed, state


def told(checkin: Checkin) -> list[str]:
    return [type(one.message).__name__ for one in checkin.store.said]


async def test_a_confirmed_person_gets_a_ticket_with_its_cause_and_number(opened: Checkin) -> None:
    [said] = opened.store.said
    assert isinstance(said.message, TicketIssued)
    assert (said.cause, said.sequence, said.correlation_id) == ("m2", 1, "c1")
    assert said.message.doors == (DOOR, "policy-event-day-2")


async def test_a_cancellation_revokes_and_the_next_ticket_counts_on(opened: Checkin) -> None:
    gone = confirmed("r1", 2, state(status="cancelled")).model_dump()
    await opened.hear(RegistrationCancelled.model_validate(gone))
    await opened.hear(confirmed("r1", 3))
    assert told(opened) == ["TicketIssued", "TicketRevoked", "TicketIssued"]
    assert [said.sequence for said in opened.store.said] == [1, 2, 3]


async def test_a_batch_delivered_twice_writes_nothing(opened: Checkin) -> None:
    commits = opened.store.commits
    await opened.hear(published(), confirmed())
    assert opened.store.commits == commits
    assert len(opened.store.said) == 1


async def test_a_registration_before_its_gathering_waits_for_it(checkin: Checkin) -> None:
    await checkin.hear(confirmed())
    assert checkin.store.said == []
    assert not await checkin.handlers.release()
    await checkin.hear(published())
    await checkin.handlers.release()
    [said] = checkin.store.said
    assert isinstance(said.message, TicketIssued)
    assert said.message.doors == (DOOR, "policy-event-day-2")
    assert said.cause == "m1"
    assert not await checkin.handlers.release()


async def test_a_registration_whose_gathering_never_comes_is_decided_without_it(checkin: Checkin) -> None:
    await checkin.hear(confirmed())
    checkin.store._waiting = {key: (OPEN_AT, one) for key, (_, one) in checkin.store._waiting.items()}
    await checkin.handlers.release()
    [said] = checkin.store.said
    assert isinstance(said.message, TicketIssued)
    assert said.message.doors == ()


async def test_an_older_definition_does_not_replace_a_newer_one(checkin: Checkin) -> None:
    await checkin.hear(published(2, title="Second"), published(1, title="First"))
    await checkin.hear(published(1, title="First"))
    assert (await checkin.store.gatherings([GATHERING]))[GATHERING].definition.title.root == {"en": "Second"}


async def test_an_erasure_revokes_deletes_and_forgets_the_name(opened: Checkin) -> None:
    assert (await opened.check_in()).json()["attendee"]["name"] == "Ada Lovelace"
    erased = AttendeeErased(gathering_id=GATHERING, registration_id="r1", version=2, erased_at=OPEN_AT)
    await opened.hear(erased)
    assert isinstance(opened.store.said[-1].message, TicketRevoked)
    assert opened.people.names == {}
    await opened.hear(confirmed("r1", 9), erased)
    assert isinstance(opened.store.said[-1].message, TicketRevoked)
    found = (await opened.check_in(scan_id=scan_id("later"))).json()
    assert (found["reason"], found["attendee"]) == ("unknown-ticket", None)
    assert "r1" not in str(opened.store._scans)


async def test_a_name_is_forgotten_also_while_the_erasure_cannot_be_kept(opened: Checkin) -> None:
    await opened.check_in()
    opened.store.away = True
    with pytest.raises(Unavailable):
        await opened.hear(AttendeeErased(gathering_id=GATHERING, registration_id="r1", version=2, erased_at=OPEN_AT))
    assert opened.people.names == {}


async def test_a_substitution_voids_the_first_ticket_and_forgets_the_name(opened: Checkin) -> None:
    taken_over = confirmed("r1", 2).model_dump() | {"substituted": True}
    await opened.hear(RegistrationChanged.model_validate(taken_over))
    assert opened.people.names == {}
    assert (await opened.check_in()).json()["reason"] == "revoked"
    renewed = await opened.check_in(scan_id=scan_id("new"), ticket=opened.ticket_of(before=1))
    assert renewed.json()["outcome"] == "admitted"
