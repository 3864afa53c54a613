"""A gathering that none of us wrote, from its definition to its export: nothing in Foyer knows the two seeds."""

import json
import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.foyer import Answer, Foyer, running_foyer

ZONE = ZoneInfo("Pacific/Auckland")
BEGINS = datetime(2031, 3, 3, 9, 0, tzinfo=ZONE)
TALKS, CRUISE, WORKSHOP = "talks", "harbour-cruise", "knot-workshop"


@pytest.fixture(scope="module")
async def foyer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foyer]:
    async with running_foyer(tmp_path_factory.mktemp("foyer") / "state", BEGINS) as running:
        yield running


def definition(gathering: str, first_day: datetime) -> dict[str, Any]:
    """Another organiser's: other parts, desks, doors, quotas, language and hemisphere; most of the rest left out."""

    def at(hour: int, minute: int = 0) -> str:
        return first_day.replace(hour=hour, minute=minute).strftime("%Y-%m-%dT%H:%M")

    return {
        "gathering": gathering,
        "title": {"en": "Tall ships and small harbours"},
        "timezone": "Pacific/Auckland",
        "delegations": {"label": "Crew"},
        "consents": [{"id": "swim", "text": "I can swim.", "required": True}],
        "parts": [
            {
                "part": TALKS,
                "starts": at(9),
                "ends": at(12),
                "modes": {"in-person": {"capacity": 3}, "remote": {"join": {"url": "https://example.net/talks"}}},
            },
            {
                "part": CRUISE,
                "starts": at(14),
                "ends": at(16),
                "needs": {"part": TALKS, "mode": "in-person"},
                "excludes": [WORKSHOP],
                "modes": {"in-person": {"capacity": 2, "places_per_delegation": 1}},
            },
            {"part": WORKSHOP, "starts": at(14), "ends": at(16), "modes": {"in-person": {"capacity": 10}}},
        ],
        "doors": [
            {"door": "hall", "part": TALKS, "opens": at(8), "requires": [{"id": "badge", "kind": "attested"}]},
            {"door": "gangway", "part": CRUISE, "opens": at(13, 30)},
        ],
        "agenda": {
            "sessions": [
                {"session": "rigging", "part": TALKS, "title": "Rigging", "starts": at(9), "ends": at(10)},
            ]
        },
        "helpdesk": {
            "desks": [
                {"desk": "sails", "expert": "Hinemoa", "opens": at(12), "closes": at(13), "slot_minutes": 20},
                {"desk": "engines", "expert": "Tama", "opens": at(12), "closes": at(12, 45), "slot_minutes": 15},
            ]
        },
    }


async def published(foyer: Foyer, days_ahead: int = 10) -> str:
    gathering = f"harbours-{uuid.uuid4().hex[:8]}"  # noqa: TID251  each test has a gathering of its own
    first_day = foyer.clock.now().astimezone(ZONE) + timedelta(days=days_ahead)
    put = await foyer.staff("PUT", f"/v1/gatherings/{gathering}", definition(gathering, first_day))
    assert put.status == 200, put.body
    answer = await foyer.staff("POST", f"/v1/gatherings/{gathering}/publish")
    assert answer.status == 200, answer.body
    return gathering


async def register(
    foyer: Foyer, gathering: str, name: str, *wishes: tuple[str, str], crew: str | None = None
) -> Answer:
    body = {
        "attendee": {"name": f"{name} Synthetic", "email": f"{name.lower()}.{gathering}@example.org"},
        "delegation": crew,
        "parts": [{"part": part, "mode": mode} for part, mode in wishes],
        "consents": {"swim": True},
    }
    answer = await foyer.ask("POST", f"/v1/gatherings/{gathering}/registrations", body)
    assert answer.status == 201, answer.body
    return answer


def standing(answer: Answer, part: str) -> tuple[str, str | None]:
    (found,) = (one for one in answer.body["parts"] if one["part"] == part)
    return found["status"], found["reason"]


async def test_a_definition_is_put_read_changed_and_guarded_against_lost_updates(foyer: Foyer) -> None:
    gathering = f"harbours-{uuid.uuid4().hex[:8]}"  # noqa: TID251
    path, written = f"/v1/gatherings/{gathering}", definition(gathering, BEGINS + timedelta(days=30))

    first = await foyer.staff("PUT", path, written)
    unseen = await foyer.ask("GET", path)
    again = await foyer.staff("PUT", path, written)
    stale = await foyer.staff("PUT", path, written, If_Match='"another"')
    meant = await foyer.staff("PUT", path, written, If_Match=first.headers["ETag"])
    await foyer.staff("POST", f"{path}/publish")
    seen = await foyer.ask("GET", path)
    foreign = await foyer.ask("PUT", path, written)

    assert (first.status, unseen.status, again.status, stale.status) == (200, 404, 428, 412)
    assert (meant.status, seen.status, foreign.status) == (200, 200, 401)
    assert "example.net" not in json.dumps(seen.body)  # where one joins is told to those who may
    assert [one["free"] for one in seen.body["availability"]] == [3, None, 2, 10]


async def test_a_definition_that_cannot_hold_together_is_refused_with_the_reason(foyer: Foyer) -> None:
    broken = definition("harbours-broken", BEGINS) | {"timezone": "Pacific/Atlantis", "captain": "Ahab"}

    refused = await foyer.staff("PUT", "/v1/gatherings/harbours-broken", broken)

    assert refused.status == 422
    assert {one["pointer"] for one in refused.body["errors"]} >= {"/timezone", "/captain"}


async def test_places_are_given_in_order_within_quotas_and_come_free_again(foyer: Foyer) -> None:
    gathering = await published(foyer)
    wishes = ((TALKS, "in-person"), (CRUISE, "in-person"))
    people = [await register(foyer, gathering, f"P{n}", *wishes, crew=f"crew-{n // 2}") for n in range(5)]
    clash = await register(foyer, gathering, "Q", (WORKSHOP, "in-person"), (CRUISE, "in-person"))
    afar = await register(foyer, gathering, "R", (TALKS, "remote"), (CRUISE, "in-person"))

    assert [standing(one, TALKS)[0] for one in people] == ["confirmed"] * 3 + ["waitlisted"] * 2
    assert standing(people[0], CRUISE) == ("confirmed", None)
    assert standing(people[1], CRUISE) == ("declined", "delegation-quota-reached")
    assert standing(people[2], CRUISE) == ("confirmed", None)
    assert standing(people[3], CRUISE) == ("awaiting-selection", None)  # until its talks are decided
    assert standing(clash, CRUISE) == ("declined", "not-eligible")
    assert (standing(afar, TALKS)[0], standing(afar, CRUISE)[1]) == ("confirmed", "not-eligible")

    gone = people[0].body
    cancelled = await foyer.ask("POST", f"/v1/registrations/{gone['id']}/cancellation", {}, token=gone["manage_token"])
    assert cancelled.status == 200
    next_one = people[3].body
    path = f"/v1/registrations/{next_one['id']}"
    moved_up = await foyer.eventually(
        path, lambda answer: standing(answer, TALKS)[0] == "confirmed", next_one["manage_token"]
    )
    assert standing(moved_up, CRUISE)[0] in {"declined", "waitlisted", "confirmed"}
    last = await foyer.ask("GET", f"/v1/registrations/{people[4].body['id']}", token=people[4].body["manage_token"])
    assert standing(last, TALKS)[0] == "waitlisted"


async def test_slots_of_two_desks_are_booked_moved_and_given_back(foyer: Foyer) -> None:
    gathering = await published(foyer)
    guests = [(await register(foyer, gathering, name, (TALKS, "remote"))).body for name in ("A", "B")]
    shown = await foyer.eventually(f"/v1/gatherings/{gathering}/desks", lambda answer: answer.status == 200)
    sails, engines = ([slot["slot_id"] for slot in desk["slots"]] for desk in shown.body["desks"])
    assert (len(sails), len(engines)) == (3, 3)

    async def book(guest: dict[str, Any], slot: str) -> Answer:
        body = {"slot_id": slot, "registration_id": guest["id"], "topic": "Barnacles"}
        return await foyer.ask("POST", f"/v1/gatherings/{gathering}/bookings", body, token=guest["manage_token"])

    booked, taken, clash = [
        await book(*one)
        for one in zip((guests[0], guests[1], guests[0]), (sails[0], sails[0], engines[1]), strict=True)
    ]
    assert (booked.status, taken.status, clash.status) == (201, 409, 409)
    assert taken.body["alternatives"][0]["slot_id"] == sails[1]
    assert clash.body["type"] == "/problems/conflict"  # 12:15 overlaps 12:00 to 12:20

    path = f"/v1/bookings/{booked.body['id']}"
    token = guests[0]["manage_token"]
    moved = await foyer.ask("POST", f"{path}/reschedule", {"slot_id": engines[2]}, token=token)
    assert (moved.status, moved.body["desk"], moved.body["version"]) == (200, "engines", 2)
    assert (await book(guests[1], sails[0])).status == 201
    assert (await foyer.ask("DELETE", path, token=token)).status == 200
    sails_now, engines_now = (await foyer.ask("GET", f"/v1/gatherings/{gathering}/desks")).body["desks"]
    assert [slot["free"] for slot in sails_now["slots"]] == [False, True, True]
    assert [slot["free"] for slot in engines_now["slots"]] == [True, True, True]


async def test_the_day_itself_doors_livestream_article_and_export(foyer: Foyer) -> None:
    gathering = await published(foyer, days_ahead=20)
    here = (await register(foyer, gathering, "Here", (TALKS, "in-person"))).body
    afar = (await register(foyer, gathering, "Afar", (TALKS, "remote"))).body
    await register(foyer, gathering, "Absent", (TALKS, "in-person"))
    ticket = await foyer.eventually(
        f"/v1/registrations/{here['id']}/ticket", lambda answer: answer.status == 200, here["manage_token"]
    )
    assert ticket.body["doors"] == ["hall"]

    opens = (await foyer.ask("GET", f"/v1/gatherings/{gathering}")).body["doors"][0]["opens"]
    await foyer.move_clock(datetime.fromisoformat(opens) + timedelta(minutes=30))
    await _through_the_door(foyer, gathering, ticket.body["ticket"])
    await _online(foyer, afar, gathering)
    await _article(foyer, gathering)
    await _export(foyer, gathering, here, afar)


async def _through_the_door(foyer: Foyer, gathering: str, ticket: str) -> None:
    async def scan(door: str, *, badge: bool, scan_id: str | None = None) -> tuple[str, str | None]:
        body = {"door": door, "ticket": ticket, "scan_id": scan_id or str(uuid.uuid4()), "presented": {"badge": badge}}  # noqa: TID251
        answer = await foyer.staff("POST", f"/v1/gatherings/{gathering}/check-ins", body, role="door")
        assert answer.status == 200, answer.body
        return answer.body["outcome"], answer.body["reason"]

    same = str(uuid.uuid4())  # noqa: TID251
    assert await scan("hall", badge=False) == ("refused", "requirement-missing")
    assert await scan("gangway", badge=True) == ("refused", "wrong-part")
    assert await scan("hall", badge=True, scan_id=same) == ("admitted", None)
    assert await scan("hall", badge=True, scan_id=same) == ("admitted", None)
    assert await scan("hall", badge=True) == ("refused", "already-admitted")


async def _online(foyer: Foyer, guest: dict[str, Any], gathering: str) -> None:
    address = f"afar.{gathering}@example.org"
    link = await foyer.mailbox.find(address, re.compile(r"(https?://[^\s\"<>]+/v1/join/[\w.-]+)"))
    assert link is not None
    path = urlsplit(link).path

    looked = await foyer.ask("GET", path)
    pressed = await foyer.ask("POST", path)

    assert (looked.status, pressed.status) == (200, 303)
    assert pressed.headers["Location"] == "https://example.net/talks"
    assert guest["id"]


async def _article(foyer: Foyer, gathering: str) -> None:
    body = {"title": "What the tide brought", "url": "https://example.net/article", "text": "Thank you."}
    posted = await foyer.staff("POST", f"/v1/gatherings/{gathering}/follow-up", body)
    assert posted.status == 200
    article = re.compile(r"(https://example\.net/article)")
    for name in ("here", "afar"):
        assert await foyer.mailbox.find(f"{name}.{gathering}@example.org", article), name
    absent = foyer.mailbox.to(f"absent.{gathering}@example.org")
    assert not any(article.search(mail.text) for mail in absent)


async def _export(foyer: Foyer, gathering: str, here: dict[str, Any], afar: dict[str, Any]) -> None:
    exported = await foyer.staff("GET", f"/v1/gatherings/{gathering}/export", role="auditor")
    lines = [json.loads(line) for line in exported.body.splitlines()]

    registrations = {line["id"]: line for line in lines if line["kind"] == "registration"}
    admissions = [line for line in lines if line["kind"] == "admission" and line["outcome"] == "admitted"]
    assert {here["id"], afar["id"]} <= registrations.keys()
    assert [one["registration_id"] for one in admissions] == [here["id"]]
    assert {"registration", "admission", "notification", "audit"} <= {line["kind"] for line in lines}
    assert "Synthetic" not in exported.body  # nobody's name
    assert gathering + "@example.org" not in exported.body  # nobody's address
    assert datetime.fromisoformat(registrations[here["id"]]["accepted_at"]) <= foyer.clock.now().astimezone(UTC)
