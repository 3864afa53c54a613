"""One's own registration: read, changed, cancelled, by its holder or an organiser."""

from typing import Any

import orjson
import pytest

from services.gateway.settings import GatewaySettings
from shared.messages.registration import CancellationSubmitted, ChangeSubmitted
from shared.messages.scheduling import PreferenceSubmitted, SessionStarred
from shared.seal import Seal
from shared.tokens import Role
from tests.component.gateway.conftest import GATHERING, REGISTRATION, House, house_of
from tests.component.gateway.doubles import Owners

PATH = f"/v1/registrations/{REGISTRATION}"
ASYNC = {"Prefer": "respond-async"}


def resource(status: str = "confirmed") -> dict[str, Any]:
    parts = [{"part": "main", "mode": "remote", "status": status, "reason": None}]
    return {"id": REGISTRATION, "gathering": GATHERING, "version": 1, "accepted_at": None, "parts": parts}


async def test_the_holder_reads_what_the_owner_says_and_is_shown_the_way_in(house: House) -> None:
    house.owners.says("GET", PATH, 200, resource())
    answer = await house.client.get(PATH, headers=house.holder(generation=2))
    (part,) = answer.json()["parts"]
    assert part["status"] == "confirmed"
    join = house.tokens.read_join(part["join"].removeprefix("/v1/join/"))
    assert (join.registration_id, join.part, join.generation) == (REGISTRATION, "main", 2)
    assert answer.headers["cache-control"] == "no-store"


async def test_staff_are_not_shown_the_holder_s_way_in(house: House) -> None:
    house.owners.says("GET", PATH, 200, resource())
    answer = await house.client.get(PATH, headers=house.staff(Role.AUDITOR))
    assert "join" not in answer.text


async def test_what_was_accepted_and_is_not_decided_reads_received(house: House) -> None:
    answer = await house.client.get(PATH, headers=house.holder())
    assert answer.status_code == 200
    assert [(part["part"], part["status"]) for part in answer.json()["parts"]] == [
        ("main", "received"),
        ("dinner", "received"),
    ]
    assert "manage_token" not in answer.text


async def test_an_unknown_id_is_404_for_staff(house: House) -> None:
    assert (await house.client.get(PATH, headers=house.staff(Role.ORGANISER))).status_code == 404


async def test_what_is_gone_is_404_and_never_received_again(house: House) -> None:
    house.owners.says("GET", PATH, 410, {"type": "/problems/gone"})
    assert (await house.client.get(PATH, headers=house.holder())).status_code == 404
    house.owners.says("GET", PATH, 404, {"type": "/problems/not-found"})
    assert (await house.client.get(PATH, headers=house.holder(generation=1))).status_code == 404


async def test_with_registration_down_a_read_is_503(settings: GatewaySettings, owners: Owners) -> None:
    away = settings.model_copy(update={"registration_url": "http://127.0.0.1:9"})
    async with house_of(away, owners) as house:
        answer = await house.client.get(PATH, headers=house.holder())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_change_goes_to_the_log_with_the_token_s_generation_and_sealed_names(house: House) -> None:
    colleague = {"name": "A Colleague", "email": "colleague@example.org"}
    body = {"parts": [{"part": "main", "mode": "remote"}], "attendee": colleague}
    answer = await house.client.patch(PATH, json=body, headers=house.holder(generation=2) | ASYNC)
    assert (answer.status_code, answer.headers["location"]) == (202, PATH)
    message = house.producer.log[0].message
    assert isinstance(message, ChangeSubmitted)
    assert (message.generation, [(one.part, one.mode) for one in message.parts]) == (2, [("main", "remote")])
    opened = Seal.for_service(house.settings.secrets, "registration").open(message.sealed or "", message.id)
    assert opened["attendee"]["email"] == "colleague@example.org"
    assert b"colleague" not in message.to_json()


async def test_a_decided_change_is_the_owner_s_answer(house: House) -> None:
    house.producer.decide = lambda _: (200, resource())
    answer = await house.client.patch(PATH, json={"answers": {"diet": "vegan"}}, headers=house.holder())
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


async def test_a_refused_change_is_a_409_that_says_why(house: House) -> None:
    house.producer.decide = lambda _: (
        409,
        {"type": "/problems/part-full", "title": "Part full", "reason": "part-full"},
    )
    answer = await house.client.patch(PATH, json={"answers": {}}, headers=house.holder())
    assert answer.status_code == 409
    assert (answer.json()["type"], answer.json()["reason"]) == ("/problems/part-full", "part-full")


async def test_a_change_that_changes_nothing_is_422(house: House) -> None:
    assert (await house.client.patch(PATH, json={}, headers=house.holder())).status_code == 422


@pytest.mark.parametrize(("body", "parts"), [({}, None), ({"parts": ["main"]}, ("main",))])
async def test_a_cancellation_names_parts_or_all(house: House, body: Any, parts: tuple[str, ...] | None) -> None:
    answer = await house.client.post(f"{PATH}/cancellation", json=body, headers=house.holder() | ASYNC)
    assert answer.status_code == 202
    message = house.producer.log[0].message
    assert isinstance(message, CancellationSubmitted)
    assert (message.parts, message.sealed) == (parts, None)


async def test_a_cancellation_of_everything_needs_no_body(house: House) -> None:
    answers = [
        await house.client.post(f"{PATH}/cancellation", headers=house.holder() | ASYNC | {"Idempotency-Key": "k" * 16}),
        await house.client.post(
            f"{PATH}/cancellation", json={}, headers=house.holder() | ASYNC | {"Idempotency-Key": "k" * 16}
        ),
    ]
    assert [one.status_code for one in answers] == [202, 202]
    assert len({one.id for one in house.producer.log}) == 1  # both say the same


async def test_a_reason_is_sealed(house: House) -> None:
    await house.client.post(f"{PATH}/cancellation", json={"reason": "I am ill"}, headers=house.holder() | ASYNC)
    message = house.producer.log[0].message
    assert isinstance(message, CancellationSubmitted)
    opened = Seal.for_service(house.settings.secrets, "registration").open(message.sealed or "", message.id)
    assert opened == {"reason": "I am ill"}


async def test_an_organiser_cancels_for_somebody_of_their_own_gathering(house: House) -> None:
    person = {"people": {REGISTRATION: {"manage_token": house.key(generation=3)}}}
    house.owners.says("POST", "/internal/people", 200, person)
    path = f"{PATH}/cancellation"
    answer = await house.client.post(path, json={}, headers=house.staff(Role.ORGANISER) | ASYNC)
    assert answer.status_code == 202
    message = house.producer.log[0].message
    assert isinstance(message, CancellationSubmitted)
    assert message.generation == 3
    assert (await house.client.post(path, json={}, headers=house.staff(Role.ORGANISER, "other"))).status_code == 404
    assert (await house.client.post(path, json={}, headers=house.staff(Role.AUDITOR))).status_code == 403
    assert (await house.client.post(path, json={}, headers=house.holder("s" * 32))).status_code == 404
    assert len(house.producer.log) == 1


async def test_wishes_are_ranked_and_accepted(house: House) -> None:
    body = {"working_groups": ["circular", "digital"], "meet": ["x" * 32]}
    answer = await house.client.put(f"{PATH}/preferences", json=body, headers=house.holder() | ASYNC)
    assert (answer.status_code, answer.json()["registration_id"]) == (202, REGISTRATION)
    message = house.producer.log[0].message
    assert isinstance(message, PreferenceSubmitted)
    assert message.working_groups == ("circular", "digital")


@pytest.mark.parametrize(("method", "starred"), [("PUT", True), ("DELETE", False)])
async def test_a_star_is_put_and_taken_back(house: House, method: str, starred: bool) -> None:  # noqa: FBT001  a case
    answer = await house.client.request(method, f"{PATH}/stars/opening", headers=house.holder() | ASYNC)
    assert (answer.status_code, answer.json()["registration_id"]) == (202, REGISTRATION)
    message = house.producer.log[0].message
    assert isinstance(message, SessionStarred)
    assert (message.session, message.starred) == ("opening", starred)


async def test_one_key_on_two_calls_is_two_submissions(house: House) -> None:
    key = {"Idempotency-Key": "one-key-for-two-calls"}
    await house.client.post(f"{PATH}/cancellation", json={}, headers=house.holder() | ASYNC | key)
    await house.client.put(f"{PATH}/preferences", json={}, headers=house.holder() | ASYNC | key)
    await house.client.post(f"{PATH}/cancellation", json={}, headers=house.holder() | ASYNC | key)
    first, other, again = house.producer.log
    assert first.id == again.id != other.id
    assert orjson.loads(first.message.to_json())["key"] != orjson.loads(other.message.to_json())["key"]


async def test_a_coordinator_hands_a_place_of_the_own_delegation_over_and_does_nothing_else(house: House) -> None:
    person = {"people": {REGISTRATION: {"manage_token": house.key(), "delegation": "d1"}}}
    house.owners.says("POST", "/internal/people", 200, person)
    colleague = {"attendee": {"name": "Grace", "email": "grace@example.org"}}
    mine = house.staff(Role.COORDINATOR, scope="d1") | ASYNC
    assert (await house.client.patch(PATH, json=colleague, headers=mine)).status_code == 202
    assert [type(one.message) for one in house.producer.log] == [ChangeSubmitted]
    other: list[dict[str, Any]] = [{"answers": {}}, {"parts": [{"part": "main", "mode": "remote"}]}]
    for body in [*other, colleague | {"answers": {}}]:
        assert (await house.client.patch(PATH, json=body, headers=mine)).status_code == 403
    for headers in (
        house.staff(Role.COORDINATOR, scope="d2"),
        house.staff(Role.COORDINATOR),
        house.staff(Role.COORDINATOR, "other", scope="d1"),
    ):
        assert (await house.client.patch(PATH, json=colleague, headers=headers)).status_code == 404
    assert (await house.client.post(f"{PATH}/cancellation", json={}, headers=mine)).status_code == 403
    assert len(house.producer.log) == 1
