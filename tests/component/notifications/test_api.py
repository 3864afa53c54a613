"""The follow-up, the announcement and the export, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from services.notifications.api import routes
from services.notifications.domain import Article, DeskAccess, News, Template, hear
from services.notifications.spreading import Spreading
from services.notifications.store import Wanted
from shared import http, secrets
from shared.access import Access, Actor
from shared.messages.notifications import FollowUpPublished
from shared.messages.registration import GatheringPublished
from shared.tokens import Role, Tokens
from tests.support.notifications import FakePeople, FakeStore, G, SetClock, confirmed, heard
from tests.unit.notifications.samples import DEFINITION

ARTICLE = {"title": "What comes next", "url": "https://example.org/article", "text": "Ten lessons."}
NEWS: dict[str, Any] = {
    "to": {"part": "policy-event", "mode": "in-person", "status": "confirmed"},
    "subject": "A new entrance",
    "text": "It is on the north side.",
}


ACCESS = "desks/arnault-morisson/access"


@dataclass
class Face:
    client: httpx.AsyncClient
    store: FakeStore
    people: FakePeople
    spreading: Spreading
    access: Access

    def as_role(self, role: str, *gatherings: str) -> dict[str, str]:
        return self.access.header(Actor(role, "olga", gatherings or ("*",)))

    async def post(self, what: str, body: Any, role: str = Role.ORGANISER, **more: str) -> httpx.Response:
        headers = self.as_role(role) | {"Content-Type": "application/json"} | more
        return await self.client.post(f"/v1/gatherings/{G}/{what}", content=orjson.dumps(body), headers=headers)


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    secrets.create(tmp_path)
    clock = SetClock()
    store = FakeStore(clock)
    loaded = await store.load(Wanted())
    said = [heard(GatheringPublished(gathering_id=G, version=1, definition=DEFINITION)), heard(confirmed("a"))]
    await store.commit(loaded, hear(loaded.view, said))
    access = Access(Tokens(tmp_path), clock)
    spreading = Spreading(store, clock, asyncio.Event())
    app = FastAPI()
    http.install(app)
    people = FakePeople(DEFINITION)
    app.include_router(routes(store, people, spreading.woken.set, access, clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifications") as client:
        yield Face(client, store, people, spreading, access)


def mailing(face: Face) -> Any:
    [(found, _, _)] = face.store.mailings.values()
    return found


async def test_a_follow_up_is_for_those_who_attended_and_is_said_to_the_world(face: Face) -> None:
    answer = await face.post("follow-up", ARTICLE)
    assert answer.status_code == 200
    recorded = mailing(face)
    assert recorded.template is Template.FOLLOW_UP
    assert recorded.content == Article(**ARTICLE)
    assert (recorded.audience.attended, recorded.audience.statuses) == (True, None)
    [fact] = face.store.said
    assert isinstance(fact, FollowUpPublished)
    assert (fact.follow_up_id, fact.url) == (answer.json()["follow_up_id"], ARTICLE["url"])
    assert face.spreading.woken.is_set()


async def test_the_same_follow_up_again_is_the_same_and_another_is_another(face: Face) -> None:
    first = await face.post("follow-up", ARTICLE)
    assert (await face.post("follow-up", ARTICLE)).json() == first.json()
    assert len(face.store.mailings) == 1
    await face.post("follow-up", ARTICLE | {"text": "Eleven lessons."})
    assert len(face.store.mailings) == 2


async def test_an_article_under_another_key_is_no_other_and_another_article_under_that_key_is_refused(
    face: Face,
) -> None:
    keys = [{"Idempotency-Key": f"0123456789abcdef-{number}"} for number in (1, 2)]
    answers = [await face.post("follow-up", ARTICLE, **key) for key in (*keys, *keys)]
    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
    for key in keys:
        other = await face.post("follow-up", ARTICLE | {"text": "Eleven lessons."}, **key)
        assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    assert (len(face.store.mailings), len(face.store.said), len(face.store.audit)) == (1, 1, 2)


async def test_an_announcement_is_for_whom_all_of_it_fits(face: Face) -> None:
    answer = await face.post("announcements", NEWS)
    assert answer.status_code == 202
    recorded = mailing(face)
    assert recorded.content == News(subject=NEWS["subject"], text=NEWS["text"])
    audience = recorded.audience
    assert (audience.parts, audience.mode, audience.statuses) == ({"policy-event"}, "in-person", {"confirmed"})
    assert [one.object for one in face.store.audit] == [f"announcements/{answer.json()['announcement_id']}"]


async def test_the_same_words_under_another_key_are_meant_twice(face: Face) -> None:
    everybody = {"subject": "News", "text": "Hello"}
    await face.post("announcements", everybody)
    await face.post("announcements", everybody)
    await face.post("announcements", everybody, **{"Idempotency-Key": "0123456789abcdef-2"})
    assert len(face.store.mailings) == 2


async def test_the_same_key_with_other_words_is_refused_and_with_the_same_is_the_same(face: Face) -> None:
    key = {"Idempotency-Key": "0123456789abcdef"}
    first = await face.post("announcements", NEWS, **key)
    assert (await face.post("announcements", NEWS, **key)).json() == first.json()
    other = await face.post("announcements", NEWS | {"text": "It is on the south side."}, **key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    assert len(face.store.mailings) == 1


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("announcements", NEWS | {"to": {"part": "unheard-of"}}, 422),
        ("announcements", NEWS | {"to": {"mode": "by-letter"}}, 422),
        ("announcements", NEWS | {"subject": "two\nlines"}, 422),
        ("announcements", NEWS | {"bcc": "all@example.org"}, 422),
        ("announcements", [], 422),
        ("follow-up", ARTICLE | {"url": "javascript:alert(1)"}, 422),
        ("follow-up", ARTICLE | {"title": ""}, 422),
        ("follow-up", {}, 422),
    ],
)
async def test_what_is_malformed_is_refused_and_does_nothing(face: Face, what: str, body: Any, status: int) -> None:
    answer = await face.post(what, body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == http.PROBLEM
    assert face.store.mailings == {}


@pytest.mark.parametrize(("what", "body"), [("follow-up", ARTICLE), ("announcements", NEWS), (ACCESS, {})])
async def test_only_organisers_of_the_gathering_may(face: Face, what: str, body: Any) -> None:
    assert (await face.post(what, body, Role.DOOR)).status_code == 403
    assert (await face.post(what, body, Role.EXPERT)).status_code == 403
    headers = face.as_role(Role.ORGANISER, "another") | {"Content-Type": "application/json"}
    path = f"/v1/gatherings/{G}/{what}"
    assert (await face.client.post(path, content=orjson.dumps(body), headers=headers)).status_code == 404
    assert (await face.client.post(path, json=body)).status_code == 401
    headers = face.as_role(Role.ORGANISER) | {"Content-Type": "application/json"}
    unknown = path.replace(G, "unknown")
    assert (await face.client.post(unknown, content=orjson.dumps(body), headers=headers)).status_code == 404


async def test_an_expert_is_mailed_the_way_to_their_day_once_a_key(face: Face) -> None:
    first = await face.post(ACCESS, {}, **{"Idempotency-Key": "0123456789abcdef"})
    assert (first.status_code, first.json()["desk"]) == (202, "arnault-morisson")
    assert (await face.post(ACCESS, {}, **{"Idempotency-Key": "0123456789abcdef"})).json() == first.json()
    for _ in range(2):  # without a key, each asks for another mail
        await face.post(ACCESS, {})
    told = [kept.told for kept in face.store.mails.values() if kept.told.template is Template.DESK_ACCESS]
    assert len(told) == 3
    assert {(one.content, one.registration_id) for one in told} == {(DeskAccess(desk="arnault-morisson"), None)}
    assert [(one.action, one.object) for one in face.store.audit] == [
        ("mail-desk-access", "desks/arnault-morisson")
    ] * 3
    assert face.spreading.woken.is_set()


async def test_a_desk_that_is_none_or_has_no_address_has_nobody_to_mail_to(face: Face) -> None:
    assert (await face.post("desks/nobody/access", {})).status_code == 404
    face.people.known = DEFINITION.public()
    answer = await face.post(ACCESS, {})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-address")
    face.people.away = True
    assert (await face.post(ACCESS, {})).status_code == 503
    assert (len(face.store.mails), face.store.audit) == (1, [])


async def test_the_export_shows_each_mail_without_anything_personal(face: Face) -> None:
    headers = face.access.own_header("gateway")
    answer = await face.client.get("/internal/export", params={"gathering": G}, headers=headers)
    assert answer.headers["content-type"] == "application/x-ndjson"
    [line] = [orjson.loads(one) for one in answer.content.splitlines()]
    assert line["kind"] == "notification"
    assert {"id", "registration_id", "template", "cause_id", "message_id", "status", "sent_at"} <= line.keys()
    assert (line["status"], line["message_id"]) == ("queued", f"<{line['id']}@foyer.example>")


async def test_the_export_is_for_our_own_processes(face: Face) -> None:
    headers = face.as_role(Role.ADMIN)
    assert (await face.client.get("/internal/export", params={"gathering": G}, headers=headers)).status_code == 404


async def test_while_the_database_is_away_the_export_is_not_cut_short_but_refused(face: Face) -> None:
    face.store.away = True
    headers = face.access.own_header("gateway")
    answer = await face.client.get("/internal/export", params={"gathering": G}, headers=headers)
    assert answer.status_code == 503


async def test_the_mails_to_one_person_are_handed_out(face: Face) -> None:
    own, where = face.access.own_header("gateway"), {"gathering": G}
    [mail] = (await face.client.get("/internal/people/a", params=where, headers=own)).json()["notifications"]
    assert (mail["registration_id"], mail["kind"]) == ("a", "notification")
    assert (await face.client.get("/internal/people/b", params=where, headers=own)).json() == {"notifications": []}
    foreign = await face.client.get("/internal/people/a", params=where, headers=face.as_role(Role.ADMIN))
    assert foreign.status_code == 404
