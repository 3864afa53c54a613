"""What a device takes along: it can read a ticket that is shown, and nothing about anybody else."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.checkin.roster import line_id, unseal
from shared.access import Actor
from shared.messages.registration import RegistrationChanged
from shared.tokens import Role
from tests.component.checkin.conftest import GUARD, Checkin
from tests.support.checkin import DOOR, GATHERING, confirmed, state

ROSTER = f"/v1/gatherings/{GATHERING}/doors/{DOOR}/roster"


async def test_a_scanned_ticket_opens_its_own_line_and_no_other(opened: Checkin) -> None:
    await opened.hear(confirmed("r2"), confirmed("r3", 1, state("site-visit")))
    await opened.check_in()
    answer = await opened.get(ROSTER)
    assert "Ada" not in answer.text
    content = answer.json()
    bundle = json.loads(content["roster"])
    assert len(bundle["lines"]) == 2
    line = unseal(opened.ticket_of(), bundle["lines"][line_id(opened.ticket_of())])
    assert line == {
        "registration_id": "r1",
        "name": "Ada Lovelace",
        "delegation": "escp-4x-01",
        "admitted_at": "2021-11-22T08:00:00.000Z",
    }
    with pytest.raises(InvalidTag):
        unseal(opened.ticket_of(), bundle["lines"][line_id(opened.ticket_of("r2"))])


async def test_the_bundle_is_signed_with_the_key_that_tickets_are(opened: Checkin) -> None:
    content = (await opened.get(ROSTER)).json()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(content["keys"][0]))
    key.verify(base64.b64decode(content["signature"]), b"foyer roster\x00" + content["roster"].encode())


async def test_a_revoked_ticket_is_listed_as_such_at_once(opened: Checkin) -> None:
    taken_over = confirmed("r1", 2).model_dump() | {"substituted": True}
    await opened.hear(RegistrationChanged.model_validate(taken_over))
    bundle = json.loads((await opened.get(ROSTER)).json()["roster"])
    assert bundle["revoked"] == [line_id(opened.ticket_of())]
    assert list(bundle["lines"]) == [line_id(opened.ticket_of(before=1))]


async def test_without_registration_the_lines_have_no_names(opened: Checkin) -> None:
    opened.people.away = True
    bundle = json.loads((await opened.get(ROSTER)).json()["roster"])
    [sealed] = bundle["lines"].values()
    assert unseal(opened.ticket_of(), sealed)["name"] is None


async def test_only_a_door_of_this_gathering_has_a_roster_and_only_for_its_staff(opened: Checkin) -> None:
    assert (await opened.get(ROSTER.replace(DOOR, "back-door"))).status_code == 404
    assert (await opened.get(ROSTER, Actor(Role.EXPERT, "e"))).status_code == 403
    assert (await opened.get(ROSTER, GUARD)).headers["cache-control"] == "no-store"
