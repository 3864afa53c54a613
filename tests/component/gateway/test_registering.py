"""A registration's way in: accepted, decided, repeated, refused."""

from typing import Any

import jwt
import orjson
import pytest
from aiohttp import web

from services.gateway.settings import GatewaySettings
from shared.messages import Message
from shared.messages.envelope import Received
from shared.messages.registration import RegistrationSubmitted
from shared.seal import Seal
from shared.tokens import Role
from tests.component.gateway.conftest import GATHERING, House, bearer, house_of, registration_body
from tests.component.gateway.doubles import Owners

PATH = f"/v1/gatherings/{GATHERING}/registrations"
KEY = {"Idempotency-Key": "a-key-of-sixteen-or-more"}


def confirms(received: Received[Message]) -> tuple[int, dict[str, Any]]:
    message = received.message
    assert isinstance(message, RegistrationSubmitted)
    parts = [{"part": one.part, "mode": one.mode, "status": "confirmed", "reason": None} for one in message.parts]
    return 201, {
        "id": message.registration_id,
        "gathering": message.gathering_id,
        "accepted_at": "2021-11-08T08:00:00.000Z",
        "version": 1,
        "parts": parts,
    }


async def test_a_registration_decided_in_time_is_answered_201_with_key_and_receipt(house: House) -> None:
    house.producer.decide = confirms
    answer = await house.client.post(PATH, json=registration_body(), headers=KEY | {"Prefer": "wait=3"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["parts"] == [{"part": "main", "mode": "in-person", "status": "confirmed", "reason": None}]
    assert answer.headers["location"] == f"/v1/registrations/{body['id']}"
    assert answer.headers["idempotency-key"] == KEY["Idempotency-Key"]
    assert answer.headers["preference-applied"] == "wait=3"
    assert answer.headers["x-request-id"]
    assert house.tokens.read_manage(body["manage_token"]).registration_id == body["id"]


async def test_the_receipt_verifies_with_the_published_key_and_names_what_was_accepted(house: House) -> None:
    house.producer.decide = confirms
    body = (await house.client.post(PATH, json=registration_body(), headers=KEY)).json()
    keys = (await house.client.get("/.well-known/jwks.json")).json()
    public = jwt.PyJWK(keys["keys"][0])
    claims = jwt.decode(body["receipt"], public, algorithms=["EdDSA"])
    assert claims["id"] == body["id"]
    assert claims["accepted_at"] == body["accepted_at"]
    assert len(claims["sha256"]) == 64


async def test_a_repeat_has_the_same_answer_and_the_same_message_id(house: House) -> None:
    house.producer.decide = confirms
    first = await house.client.post(PATH, json=registration_body(), headers=KEY)
    reordered = dict(reversed(registration_body(delegation=None).items()))
    second = await house.client.post(PATH, json=reordered, headers=KEY)
    assert second.json() == first.json()
    assert len({received.id for received in house.producer.log}) == 1


async def test_another_body_under_the_same_key_has_another_id_and_the_same_key_digest(house: House) -> None:
    await house.client.post(PATH, json=registration_body(), headers=KEY | {"Prefer": "wait=0"})
    other = registration_body(attendee={"name": "Somebody Else", "email": "else@example.org"})
    await house.client.post(PATH, json=other, headers=KEY | {"Prefer": "wait=0"})
    first, second = (one.message for one in house.producer.log)
    assert isinstance(first, RegistrationSubmitted)
    assert isinstance(second, RegistrationSubmitted)
    assert first.registration_id != second.registration_id
    assert first.key == second.key


async def test_a_mismatch_tells_nothing_of_the_first_submission(house: House) -> None:
    house.producer.decide = lambda _: (422, {"detail": "secret of the first", "attendee": "first"})
    answer = await house.client.post(PATH, json=registration_body(), headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/idempotency-mismatch"
    assert "first" not in answer.text.replace("first one", "")
    assert "manage_token" not in answer.text


async def test_undecided_is_202_with_everything_received(house: House) -> None:
    answer = await house.client.post(PATH, json=registration_body(), headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["retry-after"] == "1"
    assert {part["status"] for part in answer.json()["parts"]} == {"received"}
    assert len(answer.headers["idempotency-key"]) >= 16
    assert house.producer.log[0].reply_to is None


async def test_a_lost_reply_is_made_up_for_by_asking_the_owner_once(house: House) -> None:
    def decide_without_reply(received: Received[Message]) -> None:
        status, resource = confirms(received)
        house.owners.says("GET", f"/v1/registrations/{resource['id']}", 200, resource)
        assert status == 201

    house.producer.decide = decide_without_reply
    answer = await house.client.post(PATH, json=registration_body(), headers={"Prefer": "wait=1"})
    assert answer.status_code == 201
    assert answer.json()["parts"][0]["status"] == "confirmed"
    asked = [called for called in house.owners.calls if called.actor.role == Role.ATTENDEE]
    assert len(asked) == 1


async def test_another_body_under_a_key_is_refused_also_when_the_reply_was_lost(house: House) -> None:
    def decline_without_reply(received: Received[Message]) -> None:
        _, resource = confirms(received)
        parts = [part | {"status": "declined", "reason": "idempotency-mismatch"} for part in resource["parts"]]
        house.owners.says("GET", f"/v1/registrations/{resource['id']}", 200, resource | {"parts": parts})

    house.producer.decide = decline_without_reply
    answer = await house.client.post(PATH, json=registration_body(), headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-mismatch")


async def test_what_people_write_is_sealed_and_only_registration_can_open_it(house: House) -> None:
    body = registration_body(answers={"diet": "vegan"}, invitation="INV-1", membership_code="CODE")
    await house.client.post(PATH, json=body, headers={"Prefer": "wait=0"})
    (received,) = house.producer.log
    message = received.message
    assert isinstance(message, RegistrationSubmitted)
    assert b"ilkka" not in message.to_json().lower()
    seal = Seal.for_service(house.settings.secrets, "registration")
    opened = seal.open(message.sealed, message.registration_id)
    assert opened["attendee"]["email"] == "ilkka@example.org"
    assert opened["attendee"]["organisation"] is None
    assert (opened["answers"], opened["invitation"], opened["membership_code"]) == ({"diet": "vegan"}, "INV-1", "CODE")


async def test_a_gathering_that_was_unknown_is_known_as_soon_as_it_is_published(house: House) -> None:
    house.producer.decide = confirms
    path = "/v1/gatherings/fresh/registrations"
    assert (await house.client.post(path, json=registration_body())).status_code == 404
    house.owners.says("GET", "/internal/gatherings/fresh", 200, {"version": 1})
    assert (await house.client.post(path, json=registration_body())).status_code == 201


async def test_an_unknown_gathering_is_404_and_nothing_is_appended(house: House) -> None:
    answer = await house.client.post("/v1/gatherings/nowhere/registrations", json=registration_body())
    assert answer.status_code == 404
    assert house.producer.log == []


async def test_with_registration_down_a_submission_is_accepted_all_the_same(
    settings: GatewaySettings, owners: Owners
) -> None:
    away = settings.model_copy(update={"registration_url": "http://127.0.0.1:9"})
    async with house_of(away, owners) as house:
        answer = await house.client.post(PATH, json=registration_body(), headers={"Prefer": "wait=1"})
        assert answer.status_code == 202
        assert len(house.producer.log) == 1


async def test_with_the_broker_away_it_is_503_and_the_key_to_find_out_with(house: House) -> None:
    house.producer.away = True
    answer = await house.client.post(PATH, json=registration_body())
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/not-acknowledged"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["idempotency-key"]


async def test_above_the_cap_nothing_is_appended(house: House) -> None:
    house.producer.unacknowledged = house.settings.max_unacknowledged
    answer = await house.client.post(PATH, json=registration_body())
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/overloaded")
    assert house.producer.log == []


@pytest.mark.parametrize("key", ["", "short", "x" * 256, "with a space in it", "comma, and space here"])
async def test_a_key_that_is_none_is_400(house: House, key: str) -> None:
    answer = await house.client.post(PATH, json=registration_body(), headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-idempotency-key")


@pytest.mark.parametrize("key", ['"quoted-structured-key"', "k" * 16, "k" * 255, "commas,are,opaque,too"])
async def test_any_printable_key_is_opaque(house: House, key: str) -> None:
    answer = await house.client.post(
        PATH, json=registration_body(), headers={"Idempotency-Key": key, "Prefer": "wait=0"}
    )
    assert answer.status_code == 202
    assert answer.headers["idempotency-key"] == key


async def test_two_keys_are_400(house: House) -> None:
    headers = [("Idempotency-Key", "k" * 20), ("Idempotency-Key", "l" * 20)]
    assert (await house.client.post(PATH, json=registration_body(), headers=headers)).status_code == 400


@pytest.mark.parametrize(("asked", "applied"), [("wait=0", "wait=0"), ("wait=99", "wait=10"), ("wait=x", None)])
async def test_a_preference_is_bounded_or_ignored(house: House, asked: str, applied: str | None) -> None:
    house.producer.decide = confirms
    answer = await house.client.post(PATH, json=registration_body(), headers={"Prefer": asked})
    assert answer.headers.get("preference-applied") == applied


async def test_an_organiser_s_form_goes_to_registration_over_http(house: House) -> None:
    added = {"id": "x", "gathering": GATHERING, "accepted_at": "2021-11-08T08:00:00.000Z", "manage_token": "m"}
    house.owners.answers["POST", PATH] = web.json_response(
        added, status=201, headers={"Location": "/v1/registrations/x"}
    )
    body = registration_body(category="speaker", override="keynote")
    answer = await house.client.post(PATH, json=body, headers=house.staff(Role.ORGANISER))
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/registrations/x")
    assert answer.json().items() > added.items()
    assert jwt.decode(answer.json()["receipt"], options={"verify_signature": False})["id"] == "x"
    (called,) = house.owners.forwarded()
    assert (called.actor.role, orjson.loads(called.body)) == ("organiser", body)
    assert house.producer.log == []


async def test_the_organiser_s_fields_are_nobody_else_s(house: House) -> None:
    body = registration_body(category="speaker", override="keynote")
    assert (await house.client.post(PATH, json=body)).status_code == 422
    assert (await house.client.post(PATH, json=body, headers=house.staff(Role.DOOR))).status_code == 403
    assert (await house.client.post(PATH, json=body, headers=house.staff(Role.ORGANISER, "other"))).status_code == 404
    assert (await house.client.post(PATH, json=body, headers=bearer("nonsense"))).status_code == 401
    assert house.owners.forwarded() == []
