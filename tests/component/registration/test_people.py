"""People: read by their key, listed for staff, handed out, erased, sent their lost link."""

import csv
import io
from datetime import timedelta
from typing import Any, cast

import httpx
import orjson
import pytest
from fastapi import FastAPI

from services.registration.api import Office, router
from services.registration.identities import Identities
from services.registration.store import LostLink
from shared import http
from shared.access import Actor
from shared.messages.envelope import Wire
from shared.messages.registration import ChangeSubmitted
from shared.tokens import Role
from tests.component.registration.conftest import HERE, SERVICE, Registration
from tests.support.registration import AT, FORUM, GATHERING, OPEN, REMOTE, definition


def holder(name: str, generation: int = 0) -> Actor:
    return Actor(Role.ATTENDEE, name, (GATHERING,), registration_id=name, generation=generation)


async def topics(here: Registration) -> list[str]:
    return [wire.topic for wire in await here.service.told()]


async def substitute(here: Registration, name: str, email: str) -> tuple[int, dict[str, Any]]:
    sealed = here.service.seal.seal({"attendee": {"name": "Grace", "email": email}}, f"{name}-s")
    change = ChangeSubmitted(
        gathering_id=GATHERING,
        registration_id=name,
        accepted_at=AT,
        key=f"key-{name}-s",
        id=f"{name}-s",
        generation=0,
        sealed=sealed,
    )
    [reply] = await here.service.hear(change)
    return reply.status, reply.body


async def test_a_registration_is_read_by_its_key_and_by_staff(here: Registration) -> None:
    [reply] = await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    found = await here.get("/v1/registrations/a", actor=holder("a"))
    assert found == reply.body == await here.get("/v1/registrations/a")
    assert (await here.call("GET", "/v1/registrations/a", actor=holder("b"))).status_code == 404
    elsewhere = Actor(Role.ORGANISER, "o", ("another",))
    assert (await here.call("GET", "/v1/registrations/a", actor=elsewhere)).status_code == 404
    assert (await here.call("GET", "/v1/registrations/nobody")).json()["type"] == "/problems/not-found"


async def test_a_key_that_was_handed_on_opens_nothing(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    status, body = await substitute(here, "a", "grace@example.org")
    assert (status, body["version"]) == (200, 2)
    told = [orjson.loads(wire.value) for wire in await here.service.told()]
    assert [one["generation"] for one in told if "registration_id" in one] == [0, 1]
    assert (await here.call("GET", "/v1/registrations/a", actor=holder("a"))).status_code == 410
    assert (await here.get("/v1/registrations/a", actor=holder("a", 1)))["version"] == 2
    [reply] = await here.service.hear(here.service.cancellation("a"))
    assert reply.status == 404
    assert (await here.get("/v1/registrations/a"))["version"] == 2
    assert await substitute(here, "a", "grace@example.org") == (200, body)  # repeated, it has the same answer
    handed = await here.get("/v1/people/a/export", actor=Actor(Role.AUDITOR, "aline"))
    assert handed["personal"] == {
        "attendee": {"name": "Grace", "email": "grace@example.org"},
        "answers": {},
        "consents": {},
    }


async def test_staff_lists_people_page_by_page(here: Registration) -> None:
    await here.service.hear(*(here.service.submission(f"n{n}", OPEN, FORUM) for n in range(5)))
    names, cursor = [], ""
    while True:
        page = await here.get(f"{HERE}/registrations?part=talk&limit=2{cursor}")
        names += [one["attendee"]["name"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == [f"n{n}" for n in range(5)]
    confirmed = await here.get(f"{HERE}/registrations?part=talk&status=confirmed")
    assert [one["id"] for one in confirmed["items"]] == ["n0"]
    declined = await here.get(f"{HERE}/registrations?status=declined")
    assert len(declined["items"]) == 5
    assert (await here.call("GET", f"{HERE}/registrations?cursor=%21%21")).json()["type"] == "/problems/invalid-cursor"
    assert (await here.call("GET", f"{HERE}/registrations?limit=0")).status_code == 422
    assert (await here.get(f"{HERE}/registrations?status=received"))["items"] == []  # what is listed is decided
    unknown = (await here.call("GET", f"{HERE}/registrations?status=zzz")).json()
    known = "'received', 'confirmed', 'waitlisted', 'awaiting-selection', 'declined' or 'cancelled'"
    assert unknown["errors"] == [{"pointer": "/status", "detail": f"Input should be {known}"}]
    everybody = await here.get(f"{HERE}/registrations?part=&status=&cursor=")  # a form's fields, left empty
    assert [one["id"] for one in everybody["items"]] == [f"n{n}" for n in range(5)]


@pytest.mark.parametrize(
    "query",
    [
        *(f"limit={size}" for size in ("0", "-1", "201", "1.5", "1e3", "9223372036854775808", "%00")),
        *("status=%7B%22$ne%22:null%7D", "part=$where", "status=None'"),
    ],
)
async def test_a_page_that_cannot_be_asked_for_is_422(here: Registration, query: str) -> None:
    assert (await here.call("GET", f"{HERE}/registrations?{query}")).status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status[$ne]=confirmed", 3),  # no operator reaches the database: it is a parameter that nobody knows
        ("id[$gt]=&part[$regex]=x", 3),
        ("limit=3&limit=1", 1),  # of what is said twice the last counts
        ("status=confirmed&status=waitlisted", 0),
    ],
)
async def test_a_strange_query_asks_for_no_more_than_its_words(here: Registration, query: str, found: int) -> None:
    await here.service.hear(*(here.service.submission(f"n{n}", OPEN, delegation=f"d{n}") for n in range(3)))
    assert len((await here.get(f"{HERE}/registrations?{query}"))["items"]) == found


async def test_no_cell_of_the_table_is_a_formula(here: Registration) -> None:
    await here.service.hear(
        *(
            here.service.submission(name, OPEN, email=f"{number}@example.org")
            for number, name in enumerate(["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1"])
        ),
        here.service.submission("b", OPEN),
    )
    answer = await here.call("GET", f"{HERE}/registrations.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{GATHERING}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["name"] for row in rows} >= {"'=HYPERLINK(1)", "'+1+1", "b"}
    assert len(rows) == 7
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


async def test_organisers_see_what_people_answered(here: Registration) -> None:
    diet = {"id": "diet", "type": "choices", "options": ["vegan", "-halal"]}
    await here.publish(definition(questions=[diet, {"id": "name", "type": "yes-no"}, {"id": "wish"}]))
    given = {"diet": ["-halal", "vegan"], "name": False, "wish": "=1+1"}
    await here.service.hear(
        here.service.submission("a", OPEN, FORUM, answers=given), here.service.submission("b", REMOTE)
    )
    listed = {one["id"]: one for one in (await here.get(f"{HERE}/registrations"))["items"]}
    assert (listed["a"]["answers"], listed["a"]["consents"]) == (given, {"privacy": True})
    assert listed["b"]["answers"] == {}
    table = await here.call("GET", f"{HERE}/registrations.csv", actor=Actor(Role.AUDITOR, "aline"))
    rows = list(csv.DictReader(io.StringIO(table.text)))
    answered = [[value for column, value in row.items() if "." in column] for row in rows]
    of_a = ["'-halal, vegan", "no", "'=1+1", "yes"]
    assert answered == [of_a, of_a, ["", "", "", "yes"]]
    assert (rows[0]["name"], rows[0]["answers.name"]) == ("a", "no")
    export = f"/internal/export?gathering={GATHERING}"
    for also, expected in (("", None), ("&personal=true", given)):
        lines = (await here.call("GET", export + also, actor=SERVICE)).text.splitlines()
        assert orjson.loads(lines[0]).get("answers") == expected


async def test_a_coordinator_does_not_see_what_people_answered(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    coordinator = Actor(Role.COORDINATOR, "cora", scope="d1")
    [member] = (await here.get(f"{HERE}/delegations/d1", actor=coordinator))["registrations"]
    assert member["attendee"]["name"] == "a"
    assert not {"answers", "consents"} & set(member)


async def test_an_erased_person_is_nowhere_any_more(here: Registration) -> None:
    invited = await here.post("invitations", {"invitations": [{"email": "a@example.org", "name": "Ada"}]}, status=201)
    code = invited["invitations"][0]["code"]
    submission = here.service.submission("a", OPEN, FORUM, email="a@example.org", invitation=code)
    await here.service.hear(submission, here.service.submission("w", OPEN))
    for key in ("0123456789abcdef", "0123456789abcdef", ""):
        answer = await here.call("DELETE", "/v1/people/a", key=key)
        assert (answer.status_code, answer.json()["erased"]) == (200, True)
    assert (await topics(here)).count("attendee-erased") == 1
    assert await here.status("w", "talk") == "confirmed"
    for path in ("/v1/registrations/a", "/v1/people/a/export"):
        assert (await here.call("GET", path)).status_code in {404, 410}
    [reply] = await here.service.hear(submission)  # from the intake log, read again
    assert reply.status == 404
    collections = await here.service.mongo._database.list_collection_names()
    for collection in collections:
        async for document in here.service.mongo[collection].find({}):
            assert b"a@example.org" not in orjson.dumps(document, default=str), collection
            assert b"Ada" not in orjson.dumps(document, default=str), collection
    assert (await here.call("DELETE", "/v1/people/nobody")).status_code == 404
    [again] = await here.service.hear(here.service.submission("a2", REMOTE, email="a@example.org"))
    assert again.status == 201


async def test_whoever_is_erased_is_erased_under_every_registration_they_sent(here: Registration) -> None:
    first = here.service.submission("a", OPEN, email="a@example.org")
    again = here.service.submission("a2", OPEN, email="A@example.org")
    other = here.service.submission("w", OPEN, email="w@example.org")
    await here.service.hear(first, again, other)
    assert (await here.call("DELETE", "/v1/people/a")).status_code == 200
    assert (await topics(here)).count("attendee-erased") == 2
    left = [
        document["_id"] async for document in here.service.mongo["registrations"].find({"personal": {"$exists": True}})
    ]
    assert left == ["w"]


async def test_our_own_services_ask_for_names_and_for_the_whole_definition(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    asked = {"registration_ids": ["a", "nobody"]}
    answer = await here.call("POST", "/internal/people", asked, actor=SERVICE)
    [(name, person)] = answer.json()["people"].items()
    assert (name, person["name"], person["email"], person["delegation"]) == ("a", "a", "a@example.org", "d1")
    assert person["version"] == 1
    manage = here.service.tokens.read_manage(person["manage_token"])
    assert (manage.registration_id, manage.generation, person["generation"]) == ("a", 0, 0)
    await substitute(here, "a", "grace@example.org")
    [(_, taken_over)] = (await here.call("POST", "/internal/people", asked, actor=SERVICE)).json()["people"].items()
    assert taken_over["generation"] == here.service.tokens.read_manage(taken_over["manage_token"]).generation == 1
    assert (await here.call("POST", "/internal/people", asked)).status_code == 404
    whole = await here.get(f"/internal/gatherings/{GATHERING}", actor=SERVICE)
    assert whole["version"] == 1
    assert (await here.call("GET", "/internal/gatherings/nothing", actor=SERVICE)).status_code == 404
    assert (await here.call("GET", f"/internal/gatherings/{GATHERING}")).status_code == 404


FORMER = "/internal/people/a/former/1"


async def test_whoever_handed_on_is_named_to_notifications_alone_until_they_are_told(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    assert (await here.call("GET", FORMER, actor=SERVICE)).status_code == 404
    await substitute(here, "a", "grace@example.org")
    found = await here.get(FORMER, actor=SERVICE)
    assert found == {"name": "a", "email": "a@example.org", "language": "", "parts": ["talk"]}
    for other in (Actor("service", "checkin"), Actor(Role.ORGANISER, "olga"), holder("a", 1)):
        assert (await here.call("GET", FORMER, actor=other)).status_code == 404
        assert (await here.call("DELETE", FORMER, actor=other)).status_code == 404
    assert (await here.call("GET", "/internal/people/a/former/2", actor=SERVICE)).status_code == 404
    assert "a@example.org" not in str(await here.get("/v1/people/a/export"))
    for _ in range(2):
        assert (await here.call("DELETE", FORMER, actor=SERVICE)).status_code == 200
    assert (await here.call("GET", FORMER, actor=SERVICE)).status_code == 404


async def test_whoever_handed_on_is_forgotten_within_a_week(here: Registration) -> None:
    kept = await here.service.mongo["former"].index_information()
    assert [one["expireAfterSeconds"] for one in kept.values() if "expireAfterSeconds" in one] == [7 * 24 * 3600]
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    await substitute(here, "a", "grace@example.org")
    [document] = await here.service.mongo["former"].find({}).to_list(None)
    assert document["at"] is not None


async def test_who_only_corrects_their_name_hands_nothing_on(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    assert (await substitute(here, "a", "A+desk@example.org"))[0] == 200
    assert await here.service.mongo["former"].count_documents({}) == 0


async def test_who_holds_it_again_is_not_told_that_they_do_not(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    await substitute(here, "a", "grace@example.org")
    back = here.service.substitution("a", "a@example.org", number=2).model_copy(update={"generation": 1})
    [reply] = await here.service.hear(back)
    assert reply.status == 200
    assert (await here.call("GET", FORMER, actor=SERVICE)).status_code == 404
    assert (await here.get("/internal/people/a/former/2", actor=SERVICE))["email"] == "grace@example.org"


@pytest.mark.parametrize("erased", ["a", "again"])
async def test_an_erasure_of_either_person_leaves_nothing_of_who_handed_on(here: Registration, erased: str) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))
    await substitute(here, "a", "grace@example.org")
    again = here.service.submission("again", OPEN, email="a@example.org", delegation="d2")
    await here.service.hear(again)
    assert (await here.call("DELETE", f"/v1/people/{erased}")).status_code == 200
    assert await here.service.mongo["former"].count_documents({}) == 0
    assert (await here.call("GET", FORMER, actor=SERVICE)).status_code == 404
    said = b"".join(wire.value or b"" for wire in await here.service.told())
    assert b"example.org" not in said
    for collection in await here.service.mongo._database.list_collection_names():
        async for document in here.service.mongo[collection].find({}):
            gone = b"a@example.org" if erased == "again" else b"grace@example.org"
            assert gone not in orjson.dumps(document, default=str), collection


async def test_a_lost_link_is_mailed_again_at_most_once_a_minute(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN))
    answers = [
        await here.call("POST", "/v1/access-links", {"gathering": GATHERING, "email": email}, actor=SERVICE)
        for email in ("a@example.org", "A@Example.org", "nobody@example.org")
    ]
    assert {(one.status_code, one.text) for one in answers} == {(202, '{"status":"accepted"}')}
    assert await here.service.mongo["lost-links"].count_documents({}) == 3
    await here.service.tasks.turn()
    assert await here.service.mongo["lost-links"].count_documents({}) == 0
    assert (await topics(here)).count("access-link-requested") == 1


async def test_a_lost_link_that_was_promised_outlives_the_process_and_the_minute(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN))
    asked, kept = {"gathering": GATHERING, "email": "a@example.org"}, here.service.mongo["lost-links"]
    assert (await here.call("POST", "/v1/access-links", asked, actor=SERVICE)).status_code == 202
    [promised] = await kept.find({}).to_list(None)
    here.service.clock.at = AT + timedelta(minutes=2)
    for _ in range(2):  # as where a process dies between the two writes
        await here.service.tasks.turn()
        assert await kept.count_documents({}) == 0
        await kept.insert_one(promised)
    assert (await topics(here)).count("access-link-requested") == 1


class Desk:
    """All that may be touched before the answer, whoever is asked for."""

    def __init__(self) -> None:
        self.asked: list[LostLink] = []

    async def ask_for_link(self, asked: LostLink) -> None:
        self.asked.append(asked)


async def test_before_its_answer_a_known_address_takes_the_way_of_an_unknown_one(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN))
    desk, nothing = Desk(), cast("Any", None)
    identities = Identities(here.service.tokens)
    app = FastAPI()
    http.install(app)
    app.include_router(
        router(Office(nothing, cast("Any", desk), identities, here.access, here.service.clock, nothing))
    )  # all it may use
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registration") as client:
        for email in ("a@example.org", "nobody@example.org"):
            body, sent = {"gathering": GATHERING, "email": email}, here.access.header(SERVICE)
            answer = await client.post("/v1/access-links", json=body, headers=sent)
            assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert len({one.id for one in desk.asked}) == 2


async def test_an_export_has_every_line_and_names_nobody_unless_asked(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, delegation="d1"))

    async def lines(more: str = "") -> list[Any]:
        answer = await here.call("GET", f"/internal/export?gathering={GATHERING}{more}", actor=SERVICE)
        return [orjson.loads(line) for line in answer.text.splitlines()]

    await here.call("PUT", f"{HERE}/obligations/d1/waiver", {"part": "matching", "reason": "Ada is ill."})
    [registration, put, audit, _] = await lines()
    assert (put["action"], put["actor"], put["object"]) == ("put-definition", "olga", f"gatherings/{GATHERING}@1")
    assert not any("note" in one for one in await lines())
    assert [one.get("note") for one in await lines("&personal=true")][1:] == [None, None, "Ada is ill."]
    assert (registration["kind"], registration["id"], registration["delegation"]) == ("registration", "a", "d1")
    assert "attendee" not in registration
    assert (audit["kind"], audit["action"], audit["actor"], audit["role"]) == ("audit", "publish", "olga", "organiser")
    assert (await lines("&personal=true"))[0]["attendee"]["email"] == "a@example.org"


async def test_a_coordinator_sees_the_own_delegation_and_no_other(here: Registration) -> None:
    await here.service.hear(
        here.service.submission("a", OPEN, delegation="d1"), here.service.submission("b", OPEN, delegation="d2")
    )
    coordinator = Actor(Role.COORDINATOR, "c", (GATHERING,), scope="d1")
    found = await here.get(f"{HERE}/delegations/d1", actor=coordinator)
    assert [one["attendee"]["name"] for one in found["registrations"]] == ["a"]
    assert found["held"] == [{"part": "talk", "mode": "in-person", "confirmed": 1}]
    assert {one["part"] for one in found["owed"]} == {"forum", "matching"}
    assert found["membership_code"]
    assert (await here.call("GET", f"{HERE}/delegations/d2", actor=coordinator)).status_code == 404
    assert (await here.call("GET", f"{HERE}/delegations/dx")).status_code == 404
    auditor = await here.get(f"{HERE}/delegations/d1", actor=Actor(Role.AUDITOR, "a"))
    assert auditor["membership_code"] is None


async def test_what_is_told_names_nobody(here: Registration) -> None:
    await here.service.hear(here.service.submission("a", OPEN, email="canary@example.org"))
    wires: list[Wire] = await here.service.told()
    assert not any(b"canary" in wire.value for wire in wires)


async def test_a_change_may_bring_the_invitation_that_its_part_asks_for(here: Registration) -> None:
    body = {"invitations": [{"email": name + "@example.org"} for name in ("a", "b")]}
    codes = [one["code"] for one in (await here.post("invitations", body, status=201))["invitations"]]
    await here.service.hear(here.service.submission("a", OPEN), here.service.submission("b", OPEN))

    async def change(number: int, code: str | None) -> tuple[int, str]:
        sealed = here.service.seal.seal({"invitation": code}, f"a-c{number}") if code else None
        asked = here.service.change("a", FORUM, number=number).model_copy(update={"sealed": sealed})
        [reply] = await here.service.hear(asked)
        return reply.status, str(reply.body.get("reason"))

    assert await change(1, None) == (409, "not-invited")
    assert await change(2, codes[1]) == (409, "not-invited")  # somebody else's
    assert (await change(3, codes[0]))[0] == 200
    assert await here.status("a", "forum") == "awaiting-selection"
    used = {one["email"]: one["used"] for one in (await here.get(f"{HERE}/invitations"))["invitations"]}
    assert used == {"a@example.org": 1, "b@example.org": 0}
    await here.service.hear(here.service.cancellation("a"))
    assert {one["used"] for one in (await here.get(f"{HERE}/invitations"))["invitations"]} == {0}
