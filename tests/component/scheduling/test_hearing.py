"""Batches from the log: what is answered, to whom, and what is said."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from services.scheduling.app import create_app
from services.scheduling.handlers import HEARS
from services.scheduling.settings import SchedulingSettings
from services.scheduling.timers import Timers
from shared.leases import Lease
from shared.messages import registry
from shared.outbox import sequence_of
from tests.component.scheduling.conftest import ROOM, Service
from tests.unit.scheduling.building import (
    NOON,
    G,
    asks,
    backs,
    cancelled,
    changed,
    confirmed,
    erased,
    moves,
    prefers,
    published,
    questions,
    releases,
    slot,
    waits,
)

PROBLEM = {"type", "title", "status", "detail"}


def room_of(service: Service, body: dict[str, object]) -> str:
    """Where the link in an answer leads."""
    root, token = str(body["join"]).rsplit("/", 1)
    assert root == "http://foyer.test/v1/join"
    join = service.tokens.read_join(token)
    assert join.registration_id == body["registration_id"]
    return join.part


async def test_a_booking_is_answered_with_its_resource_and_its_room(service: Service) -> None:
    await service.hear(published(), confirmed())
    status, body = (await service.tell(asks()))["booking-ada"]
    assert status == 201
    assert room_of(service, body) == "desk:anna"
    assert body | {"join": ""} == {
        "id": "booking-ada",
        "slot_id": "anna-20211210T1200Z",
        "desk": "anna",
        "registration_id": "ada",
        "starts_at": "2021-12-10T12:00:00.000Z",
        "ends_at": "2021-12-10T12:10:00.000Z",
        "status": "booked",
        "version": 1,
        "join": "",
    }


async def test_a_repeat_gets_the_same_answer_whatever_happened_since(service: Service) -> None:
    await service.hear(published(), confirmed(), confirmed("bob"))
    first = await service.tell(asks(), asks("bob"))
    await service.hear(releases())
    said = len(service.store.said)
    assert await service.tell(asks(), asks("bob")) == first
    assert len(service.store.said) == said


async def test_without_registration_the_answer_goes_out_without_its_room(service: Service) -> None:
    await service.hear(published(), confirmed())
    service.people.away = True
    status, body = (await service.tell(asks()))["booking-ada"]
    assert status == 201
    assert "join" not in body


async def test_a_taken_slot_is_a_problem_with_alternatives(service: Service) -> None:
    await service.hear(published(), confirmed(), confirmed("bob"))
    status, body = (await service.tell(asks(), asks("bob")))["booking-bob"]
    assert status == 409
    assert body.keys() == PROBLEM | {"alternatives"}
    assert body["type"] == "/problems/slot-taken"
    assert body["alternatives"][0] == {  # type: ignore[index]
        "slot_id": slot(10),
        "desk": "anna",
        "starts_at": "2021-12-10T12:10:00.000Z",
        "ends_at": "2021-12-10T12:20:00.000Z",
    }


async def test_other_refusals_are_problems_of_their_own_kind(service: Service) -> None:
    await service.hear(published(), confirmed())
    answers = await service.tell(
        asks(slot_id="nothing"),
        asks("ada", slot(0), "late", at=NOON),
        asks("ada", slot(0), "same", key="key-booking-ada"),
        releases("ada", booking="nothing"),
    )
    found = {who: (status, body["type"]) for who, (status, body) in answers.items()}
    assert found == {
        "booking-ada": (409, "/problems/outside-window"),
        "late": (409, "/problems/too-late"),
        "same": (422, "/problems/idempotency-mismatch"),
        "release-ada-1": (404, "/problems/not-found"),
    }
    assert all(body.keys() == PROBLEM for _, body in answers.values())


async def test_a_refusal_says_what_is_wrong(service: Service) -> None:
    await service.hear(published(), confirmed())
    over = NOON - timedelta(hours=2)
    asked = (
        questions("ada", "nothing"),
        backs("ada", "nothing"),
        questions("ada", "opening", number=2, at=over),
        waits("ada", "nobody"),
        asks(),
        releases(),
        releases(number=2),
        moves(),
        releases(number=2),
    )
    answers = await service.tell(*asked)
    found = {who: str(body["detail"]) for who, (status, body) in answers.items() if status == 409}
    assert {who: answers[who][1]["type"] for who in found} == {
        "question-ada-1": "/problems/unknown-session",
        "backs-ada-1": "/problems/unknown-question",
        "question-ada-2": "/problems/too-late",
        "wait-ada-nobody-1": "/problems/unknown-desk",
        "release-ada-2": "/problems/too-late",
        "move-ada-1": "/problems/too-late",
    }
    assert "no such session" in found["question-ada-1"]
    assert "session is over" in found["question-ada-2"]
    assert "released already" in found["release-ada-2"]
    assert found["move-ada-1"] == found["release-ada-2"]


async def test_moves_releases_and_wishes_are_answered_200(service: Service) -> None:
    await service.hear(published(), confirmed())
    answers = await service.tell(asks(), moves(), releases(), prefers())
    assert [status for status, _ in answers.values()] == [201, 200, 200, 200]
    assert answers["move-ada-1"][1]["version"] == 2
    assert room_of(service, answers["move-ada-1"][1]) == "desk:anna"
    assert answers["release-ada-1"][1]["status"] == "released"
    assert "join" not in answers["release-ada-1"][1]
    assert answers["prefer-ada-1"][1]["working_groups"] == ["water"]


async def test_who_waits_is_answered_when_the_registration_comes(service: Service) -> None:
    await service.hear(published())
    assert await service.tell(asks()) == {}
    assert (await service.tell(confirmed()))["booking-ada"][0] == 201


async def test_who_waits_in_vain_is_refused_after_a_minute(service: Service) -> None:
    await service.hear(published(), asks())
    assert not await service.handlers.give_up()
    command, parked_at = service.store.waiting["booking-ada"]
    service.store.waiting["booking-ada"] = (command, parked_at - timedelta(seconds=61))
    assert await service.handlers.give_up()
    assert not service.store.waiting
    said = service.store.said[-1].wires[0]
    assert said.topic == "slot-refused"
    assert (await service.tell(asks()))["booking-ada"][1]["type"] == "/problems/not-registered"


async def test_losing_the_race_for_what_waits_is_no_error(service: Service) -> None:
    await service.hear(published(), asks())
    command, parked_at = service.store.waiting["booking-ada"]
    service.store.waiting["booking-ada"] = (command, parked_at - timedelta(seconds=61))
    service.store.overtaken = True
    assert await service.handlers.give_up()
    assert "booking-ada" in service.store.waiting


async def test_several_gatherings_are_decided_in_one_batch(service: Service) -> None:
    elsewhere = confirmed("zoe").model_copy(update={"gathering_id": "elsewhere"})
    await service.hear(published(), elsewhere, confirmed(), asks())
    assert set(service.store.ledgers) == {G, "elsewhere"}


async def test_facts_are_counted_without_a_gap(service: Service) -> None:
    await service.hear(published(), confirmed(), confirmed("bob"))
    await service.hear(asks(), asks("bob"))
    await service.hear(cancelled())
    await service.hear(changed("bob", 2, "waitlisted"))
    wires = [wire for entry in service.store.said for wire in entry.wires]
    assert [sequence_of(wire) for wire in wires] == [1, 2, 3, 4]
    assert [wire.topic for wire in wires] == ["agenda-published", "slot-booked", "slot-refused", "slot-released"]
    assert [entry.id for entry in service.store.said] == [f"workshop-2021:{n:016d}" for n in (1, 2, 4)]


async def test_no_fact_carries_what_somebody_wrote(service: Service) -> None:
    await service.hear(published(), confirmed(), asks(sealed="sealed-secret"), moves(), releases())
    assert not any(b"sealed" in wire.value for entry in service.store.said for wire in entry.wires)


async def test_no_answer_carries_the_address_of_a_room(service: Service) -> None:
    await service.hear(published(), confirmed())
    assert ROOM not in str(await service.tell(asks(), moves()))


async def test_names_are_forgotten_with_the_person(service: Service) -> None:
    await service.hear(published(), confirmed(), changed("ada", 2), erased("bob"))
    assert service.people.forgotten == ["ada", "bob"]


def test_every_message_that_is_heard_is_in_the_published_language() -> None:
    assert all(registry[message.type] is message for message in HEARS)
    assert len({message.topic for message in HEARS}) == 9


def test_the_app_is_wired_without_connecting_to_anything(secrets_directory: Path) -> None:
    app = create_app(SchedulingSettings(secrets=secrets_directory))
    assert "/v1/gatherings/{gathering_id}/desks" in app.openapi()["paths"]
    assert re.fullmatch(r"[a-z.]+", SchedulingSettings().domain)


class _Held(Lease):
    def __init__(self) -> None:
        self.asked = 0

    async def hold(self) -> bool:
        self.asked += 1
        return self.asked > 1


async def test_only_the_holder_of_the_lease_gives_up_on_requests() -> None:
    done = asyncio.Event()
    lease = _Held()

    async def give_up() -> bool:
        assert lease.asked > 1
        done.set()
        return False

    running = asyncio.create_task(Timers([give_up], lease, every=0).run())
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
