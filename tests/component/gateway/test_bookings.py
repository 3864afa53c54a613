"""A slot: asked for, refused with alternatives, moved, given up."""

from typing import Any

from services.gateway.settings import GatewaySettings
from shared.messages.scheduling import (
    HoldRequested,
    MoveRequested,
    NoShowReported,
    QuestionAsked,
    QuestionBacked,
    ReleaseRequested,
    SlotRequested,
    WaitRequested,
)
from shared.seal import Seal
from shared.tokens import Role
from tests.component.gateway.conftest import GATHERING, REGISTRATION, House, bearer, house_of
from tests.component.gateway.doubles import Owners

PATH = f"/v1/gatherings/{GATHERING}/bookings"
BOOKING = "b" * 32
ASYNC = {"Prefer": "wait=0"}
SLOT = "arnault-morisson-20211210T1040Z"
WISH = {"slot_id": SLOT, "registration_id": REGISTRATION, "topic": "Cluster policy"}


def booking(**changes: Any) -> dict[str, Any]:
    return {"id": BOOKING, "slot_id": SLOT, "registration_id": REGISTRATION, "status": "booked", "version": 1} | changes


async def test_a_slot_is_asked_for_with_its_topic_sealed_for_scheduling(house: House) -> None:
    answer = await house.client.post(PATH, json=WISH, headers=house.holder() | ASYNC)
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    message = house.producer.log[0].message
    assert isinstance(message, SlotRequested)
    assert answer.headers["location"] == f"/v1/bookings/{message.booking_id}"
    opened = Seal.for_service(house.settings.secrets, "scheduling").open(message.sealed or "", message.booking_id)
    assert opened == {"topic": "Cluster policy"}


async def test_a_booked_slot_is_201_and_a_taken_one_409_with_alternatives(house: House) -> None:
    house.producer.decide = lambda _: (201, booking())
    assert (await house.client.post(PATH, json=WISH, headers=house.holder())).status_code == 201
    taken = {"type": "/problems/slot-taken", "detail": "Taken.", "alternatives": [{"slot_id": "x"}]}
    house.producer.decide = lambda _: (409, taken)
    answer = await house.client.post(PATH, json=WISH, headers=house.holder())
    assert (answer.status_code, answer.json()["alternatives"]) == (409, [{"slot_id": "x"}])
    assert answer.json()["type"] == "/problems/slot-taken"


async def test_nobody_books_for_somebody_else(house: House) -> None:
    assert (await house.client.post(PATH, json=WISH)).status_code == 401
    assert (await house.client.post(PATH, json=WISH, headers=bearer("x.y.z"))).status_code == 401
    assert (await house.client.post(PATH, json=WISH, headers=house.holder("s" * 32))).status_code == 404
    elsewhere = house.holder(gathering_id="another")
    assert (await house.client.post(PATH, json=WISH, headers=elsewhere)).status_code == 404
    assert (await house.client.post(PATH, json=WISH, headers=house.staff(Role.DOOR))).status_code == 403
    assert house.producer.log == []


async def test_an_organiser_books_for_somebody(house: House) -> None:
    person = {"people": {REGISTRATION: {"manage_token": house.key()}}}
    house.owners.says("POST", "/internal/people", 200, person)
    answer = await house.client.post(PATH, json=WISH, headers=house.staff(Role.ORGANISER) | ASYNC)
    assert answer.status_code == 202


async def test_a_booking_is_moved_and_given_up_under_its_holders_key_and_nobody_is_asked(house: House) -> None:
    moved = await house.client.post(
        f"/v1/bookings/{BOOKING}/reschedule", json={"slot_id": "other"}, headers=house.holder() | ASYNC
    )
    released = await house.client.delete(f"/v1/bookings/{BOOKING}", headers=house.holder() | ASYNC)
    assert (moved.status_code, released.status_code) == (202, 202)
    move, release = (received.message for received in house.producer.log)
    assert isinstance(move, MoveRequested)
    assert isinstance(release, ReleaseRequested)
    assert (move.slot_id, move.booking_id, release.booking_id) == ("other", BOOKING, BOOKING)
    assert {move.registration_id, release.registration_id} == {REGISTRATION}
    assert (moved.json()["status"], moved.json()["slot_id"]) == ("received", "other")
    assert released.headers["location"] == f"/v1/bookings/{BOOKING}"
    assert house.owners.calls == []


async def test_every_submission_carries_the_generation_of_the_key_it_was_asked_with(house: House) -> None:
    own, session = f"/v1/registrations/{REGISTRATION}", f"/v1/gatherings/{GATHERING}/sessions/opening/questions"
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", PATH, WISH),
        ("POST", f"/v1/gatherings/{GATHERING}/holds", {"slot_id": SLOT, "registration_id": REGISTRATION}),
        ("POST", f"/v1/bookings/{BOOKING}/reschedule", {"slot_id": "other"}),
        ("DELETE", f"/v1/bookings/{BOOKING}", {}),
        ("PUT", f"{own}/waiting-list/arnault-morisson", {}),
        ("DELETE", f"{own}/waiting-list/arnault-morisson", {}),
        ("PUT", f"{own}/preferences", {"meet": ["other"]}),
        ("PUT", f"{own}/profile", {"offers": "wind"}),
        ("POST", f"{own}/meetings", {"with": "other"}),
        ("DELETE", f"{own}/meetings/m-1", {}),
        ("POST", f"{own}/meetings/m-1/held", {}),
        ("POST", session, {"registration_id": REGISTRATION, "text": "When?"}),
        ("POST", f"{session}/{'q' * 32}/votes", {"registration_id": REGISTRATION}),
    ]
    house.owners.says("GET", f"/internal/bookings/{BOOKING}", 200, booking(generation=2))
    house.owners.says(
        "POST", "/internal/people", 200, {"people": {REGISTRATION: {"manage_token": house.key(generation=2)}}}
    )
    for caller in (house.holder(generation=2), house.staff(Role.ORGANISER)):
        for method, path, body in asked:
            answer = await house.client.request(method, path, headers=caller | ASYNC, json=body or None)
            assert answer.status_code == 202, (path, answer.text)
    assert [one.message.model_dump()["generation"] for one in house.producer.log] == [2] * 2 * len(asked)


async def test_a_booking_reads_404_for_whom_it_was_taken_over_from(house: House) -> None:
    path = f"/v1/bookings/{BOOKING}"
    house.owners.says("GET", f"/internal{path[3:]}", 200, booking(generation=1))
    assert (await house.client.get(path, headers=house.holder())).status_code == 404
    found = (await house.client.get(path, headers=house.holder(generation=1))).json()
    assert (found["status"], "generation" in found) == ("booked", False)
    key = house.key(generation=1)
    house.owners.says("POST", "/internal/people", 200, {"people": {REGISTRATION: {"manage_token": key}}})
    assert (await house.client.get(path, headers=house.staff(Role.ORGANISER))).status_code == 200


async def test_its_holder_says_that_the_expert_did_not_come(house: House) -> None:
    path = f"/v1/bookings/{BOOKING}/no-show"
    holder = house.holder(generation=1) | ASYNC
    said = [await house.client.post(path, headers=holder), await house.client.post(path, json={}, headers=holder)]
    assert [one.status_code for one in said] == [202, 202]
    first, _ = (received.message for received in house.producer.log)
    assert isinstance(first, NoShowReported)
    assert (first.booking_id, first.registration_id, first.generation) == (BOOKING, REGISTRATION, 1)
    wrong = await house.client.post(path, json={"who": "attendee"}, headers=holder)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/who")
    assert len(house.producer.log) == 2


async def test_staff_say_who_did_not_come_to_scheduling_itself(house: House) -> None:
    path = f"/v1/bookings/{BOOKING}/no-show"
    house.owners.says("POST", path, 200, {})
    missed = {"who": "attendee"}
    assert (await house.client.post(path, json=missed, headers=house.staff(Role.EXPERT))).status_code == 200
    assert (await house.client.post(path, json=missed, headers=house.staff(Role.DOOR))).status_code == 403
    assert (await house.client.post(path, json=missed)).status_code == 401
    assert house.producer.log == []


async def test_an_organiser_moves_and_gives_up_for_its_holder(house: House) -> None:
    organiser = house.staff(Role.ORGANISER) | ASYNC
    assert (await house.client.delete(f"/v1/bookings/{BOOKING}", headers=organiser)).status_code == 404
    house.owners.says("GET", f"/internal/bookings/{BOOKING}", 200, booking())
    house.owners.says("POST", "/internal/people", 200, {"people": {REGISTRATION: {"manage_token": house.key()}}})
    assert (await house.client.delete(f"/v1/bookings/{BOOKING}", headers=organiser)).status_code == 202
    elsewhere = house.staff(Role.ORGANISER, "another") | ASYNC
    assert (await house.client.delete(f"/v1/bookings/{BOOKING}", headers=elsewhere)).status_code == 404
    assert (await house.client.delete(f"/v1/bookings/{BOOKING}", headers=house.staff(Role.DOOR))).status_code == 403
    [release] = [received.message for received in house.producer.log]
    assert isinstance(release, ReleaseRequested)
    assert release.registration_id == REGISTRATION


async def test_whose_a_booking_is_is_decided_by_scheduling_and_said_as_if_there_were_none(house: House) -> None:
    house.producer.decide = lambda _: (404, {"type": "/problems/not-found", "detail": "There is no such thing here."})
    answer = await house.client.delete(f"/v1/bookings/{BOOKING}", headers=house.holder("s" * 32))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_a_booking_reads_404_for_everybody_else(house: House) -> None:
    path = f"/v1/bookings/{BOOKING}"
    assert (await house.client.get(path, headers=house.holder())).status_code == 404
    house.owners.says("GET", f"/internal/bookings/{BOOKING}", 200, booking())
    assert (await house.client.get(path, headers=house.holder())).json()["status"] == "booked"
    for headers in ({}, house.holder("s" * 32), bearer("x.y.z")):
        assert (await house.client.get(path, headers=headers)).status_code == 404
    for headers in ({}, bearer("x.y.z")):
        assert (await house.client.delete(path, headers=headers)).status_code == 404
    assert house.producer.log == []


async def test_with_scheduling_down_a_booking_is_given_up_all_the_same_but_not_read(
    settings: GatewaySettings, owners: Owners
) -> None:
    away = settings.model_copy(update={"scheduling_url": "http://127.0.0.1:9"})
    async with house_of(away, owners) as house:
        path = f"/v1/bookings/{BOOKING}"
        given_up = await house.client.delete(path, headers=house.holder() | ASYNC)
        assert (given_up.status_code, given_up.json()["status"]) == (202, "received")
        for answer in (
            await house.client.get(path, headers=house.holder()),
            await house.client.delete(path, headers=house.staff(Role.ORGANISER)),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_slot_is_held_while_the_form_is_filled(house: House) -> None:
    wish = {"slot_id": "any", "registration_id": REGISTRATION}
    answer = await house.client.post(f"/v1/gatherings/{GATHERING}/holds", json=wish, headers=house.holder() | ASYNC)
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    message = house.producer.log[0].message
    assert isinstance(message, HoldRequested)
    assert (message.slot_id, answer.headers["location"]) == ("any", f"/v1/registrations/{REGISTRATION}/diary")
    assert (await house.client.post(f"/v1/gatherings/{GATHERING}/holds", json=wish)).status_code == 401
    stranger = house.holder("s" * 32)
    assert (
        await house.client.post(f"/v1/gatherings/{GATHERING}/holds", json=wish, headers=stranger)
    ).status_code == 404


async def test_a_turn_on_a_waiting_list_is_taken_and_given_up(house: House) -> None:
    path = f"/v1/registrations/{REGISTRATION}/waiting-list/arnault-morisson"
    joined = await house.client.put(path, headers=house.holder() | ASYNC)
    left = await house.client.delete(path, headers=house.holder() | ASYNC)
    assert (joined.status_code, joined.json()["desk"], left.status_code) == (202, "arnault-morisson", 202)
    join, leave = (received.message for received in house.producer.log)
    assert isinstance(join, WaitRequested)
    assert isinstance(leave, WaitRequested)
    assert (join.desk, join.leave, leave.leave) == ("arnault-morisson", False, True)
    assert (await house.client.put(path, headers=house.holder("s" * 32))).status_code == 404


async def test_a_question_is_asked_under_seal_and_backed(house: House) -> None:
    path = f"/v1/gatherings/{GATHERING}/sessions/opening/questions"
    body = {"registration_id": REGISTRATION, "text": "When is the next call?"}
    asked = await house.client.post(path, json=body, headers=house.holder() | ASYNC)
    voice = {"registration_id": REGISTRATION}
    backed = await house.client.post(f"{path}/{'q' * 32}/votes", json=voice, headers=house.holder() | ASYNC)
    assert (asked.status_code, backed.status_code) == (202, 202)
    question, vote = (received.message for received in house.producer.log)
    assert isinstance(question, QuestionAsked)
    assert isinstance(vote, QuestionBacked)
    seal = Seal.for_service(house.settings.secrets, "scheduling")
    assert seal.open(question.sealed, question.id) == {"text": "When is the next call?"}
    assert (question.session, vote.question_id) == ("opening", "q" * 32)
    assert (await house.client.post(path, json=body, headers=house.holder("s" * 32))).status_code == 404
    elsewhere = house.holder(gathering_id="another")
    assert (await house.client.post(path, json=body, headers=elsewhere)).status_code == 404


async def test_whose_question_it_is_is_in_their_key(house: House) -> None:
    path = f"/v1/gatherings/{GATHERING}/sessions/opening/questions"
    key, question = {"Idempotency-Key": "the-same-question"}, {"text": "When?"}
    named = question | {"registration_id": REGISTRATION}
    for body in (question, named):
        asked = await house.client.post(path, json=body, headers=house.holder() | key | ASYNC)
        assert asked.status_code == 202, asked.text
    backed = await house.client.post(f"{path}/{'q' * 32}/votes", headers=house.holder() | ASYNC)
    assert backed.status_code == 202, backed.text
    asked_first, asked_again, vote = (received.message for received in house.producer.log)
    assert {one.registration_id for one in (asked_first, asked_again, vote)} == {REGISTRATION}  # type: ignore[attr-defined]
    assert asked_first.id == asked_again.id  # type: ignore[attr-defined]
    unnamed = await house.client.post(path, json=question, headers=house.staff(Role.ORGANISER))
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/registration_id")
    assert (await house.client.post(path, json=question)).status_code == 401


async def test_a_decided_question_is_answered_and_a_refused_one_a_problem(house: House) -> None:
    path = f"/v1/gatherings/{GATHERING}/sessions/opening/questions"
    body = {"registration_id": REGISTRATION, "text": "When?"}
    house.producer.decide = lambda _: (201, {"id": "q", "status": "open"})
    assert (await house.client.post(path, json=body, headers=house.holder())).json()["status"] == "open"
    house.producer.decide = lambda _: (409, {"type": "/problems/too-late", "detail": "Over."})
    assert (await house.client.post(path, json=body, headers=house.holder())).status_code == 409
