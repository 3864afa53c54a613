"""Pages for people."""

import re
from typing import Any

import orjson
import pytest

from shared.messages.gathering import Definition
from shared.messages.registration import RegistrationSubmitted
from shared.seal import Seal
from tests.component.gateway.conftest import GATHERING, House

FORM = f"/g/{GATHERING}/register"
DEFINITION: dict[str, Any] = {
    "gathering": GATHERING,
    "title": {"en": "Spring <forum>", "fr": "Forum de printemps"},
    "about": {"en": "Come **all**. <script>alert(1)</script> [bad](javascript:alert(1))"},
    "timezone": "Europe/Paris",
    "languages": ["en", "fr"],
    "organisers": ["A Region"],
    "questions": [{"id": "diet", "type": "choice", "options": ["vegan"]}],
    "consents": [{"id": "privacy", "text": "I agree", "required": True}],
    "parts": [
        {
            "part": "main",
            "starts": "2099-03-28T09:00",
            "ends": "2099-03-28T17:00",
            "modes": {"in-person": {"capacity": 20}, "remote": {}},
        },
        {"part": "dinner", "starts": "2099-03-28T19:00", "ends": "2099-03-28T22:00", "modes": {"in-person": {}}},
    ],
    "doors": [
        {"door": "main", "part": "main", "opens": "2099-03-28T08:00", "requires": [{"id": "id", "kind": "attested"}]}
    ],
    "agenda": {
        "sessions": [{"session": "opening", "part": "main", "starts": "2099-03-28T09:00", "ends": "2099-03-28T10:00"}]
    },
}


@pytest.fixture
def published(house: House) -> House:
    definition = Definition.model_validate(DEFINITION).public().model_dump(mode="json", by_alias=True)
    counts = [{"part": "main", "mode": "in-person", "capacity": 20, "free": 7, "held": 0}]
    house.owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, definition | {"version": 1, "availability": counts})
    listed = {"gathering": GATHERING, "title": {"en": "Spring"}, "timezone": "Europe/Paris"}
    times = {"starts_at": "2099-03-28T08:00:00Z", "ends_at": "2099-03-28T20:00:00Z"}
    house.owners.says("GET", "/v1/gatherings", 200, {"gatherings": [listed | times]})
    return house


async def test_the_list_leads_to_each_gathering(published: House) -> None:
    page = await published.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'href="/g/{GATHERING}' in page.text


async def test_a_gathering_shows_what_its_helpdesk_is_for_and_what_a_duty_rests_on(house: House) -> None:
    hours = {
        "opens": "2099-03-28T10:00",
        "closes": "2099-03-28T11:00",
        "slot_minutes": 10,
    }
    more = {
        "parts": [DEFINITION["parts"][0] | {"obligation": {"min": 1, "basis": "the call, article 2.2.2"}}],
        "helpdesk": {"about": {"en": "Ask about *anything*."}, "desks": [{"desk": "ada", "expert": "Ada"} | hours]},
        "delegations": {"eligible": ["d-1"]},
    }
    definition = Definition.model_validate(DEFINITION | more).public().model_dump(mode="json", by_alias=True)
    house.owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, definition | {"version": 1, "availability": []})
    page = (await house.client.get(f"/g/{GATHERING}")).text
    assert "Every delegation sends at least 1. (the call, article 2.2.2)" in page
    assert "Ask about <em>anything</em>." in page


async def test_a_desk_shows_all_its_hours(house: House) -> None:
    desk = {
        "desk": "ada",
        "expert": "Ada",
        "slot_minutes": 10,
        "opens": "2099-03-29T10:00",
        "closes": "2099-03-29T11:00",
    }
    desk |= {"also": [{"opens": "2099-03-28T15:00", "closes": "2099-03-28T16:00"}]}
    definition = Definition.model_validate(DEFINITION | {"helpdesk": {"desks": [desk]}}).public()
    shown = definition.model_dump(mode="json", by_alias=True) | {"version": 1, "availability": []}
    house.owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, shown)
    page = (await house.client.get(f"/g/{GATHERING}")).text
    card = page[page.index("<h3>Ada</h3>") :]
    assert 0 < card.find("28 March 2099, 15:00") < card.find("29 March 2099, 10:00")


async def test_a_gathering_shows_local_time_utc_places_and_what_to_bring(published: House) -> None:
    page = (await published.client.get(f"/g/{GATHERING}")).text
    assert "Saturday 28 March 2099, 09:00" in page
    assert "08:00 UTC" in page
    assert "7 of 20 places left" in page
    assert "Draft" in page
    assert "This gathering is past." not in page
    assert f'href="{FORM}' in page


async def test_what_an_organiser_writes_is_formatted_and_never_runs(published: House) -> None:
    page = (await published.client.get(f"/g/{GATHERING}")).text
    assert "<strong>all</strong>" in page
    assert "Spring &lt;forum&gt;" in page
    assert "<script>alert" not in page
    assert "javascript:" not in re.sub(r"\[bad\]\(javascript:alert\(1\)\)", "", page)


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "fr-CH, en;q=0.8", "fr"),
        ("?lang=en", "fr", "en"),
        ("", "de, fr;q=0.1, en;q=0.2", "en"),
        ("", ";;q=x", "en"),
    ],
)
async def test_the_reader_s_language_wins(published: House, query: str, header: str, language: str) -> None:
    page = await published.client.get(f"/g/{GATHERING}{query}", headers={"Accept-Language": header})
    assert page.headers["content-language"] == language
    assert ("Forum de printemps" in page.text) == (language == "fr")


async def test_nothing_inline_stands_on_any_page(published: House) -> None:
    for path in ("/", f"/g/{GATHERING}", FORM, "/r/abc", "/problems/invalid-json", "/g/none"):
        page = (await published.client.get(path)).text
        assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page), path


async def test_an_unknown_gathering_is_a_page_that_says_so(published: House) -> None:
    page = await published.client.get("/g/none")
    assert (page.status_code, "Nothing here" in page.text) == (404, True)


async def test_a_form_registers_without_a_script_and_a_second_press_is_the_same(published: House) -> None:
    page = (await published.client.get(FORM)).text
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found
    fields = {
        "key": found.group(1),
        "name": "Nykänen",
        "email": "n@example.org",
        "country": "fi",
        "part.main": "remote",
        "part.dinner": "",
        "answer.diet": "vegan",
        "consent.privacy": "yes",
    }
    published.producer.decide = lambda got: (
        201,
        {"parts": [{"part": "main", "mode": "remote", "status": "confirmed", "reason": None}]} | {"id": got.subject},
    )
    first = await published.client.post(FORM, data=fields)
    second = await published.client.post(FORM, data=fields)
    assert (first.status_code, second.text) == (201, first.text)
    assert "Confirmed" in first.text
    message = published.producer.log[0].message
    assert isinstance(message, RegistrationSubmitted)
    assert [(one.part, one.mode) for one in message.parts] == [("main", "remote")]
    sealed = Seal.for_service(published.settings.secrets, "registration").open(message.sealed, message.registration_id)
    assert (sealed["attendee"]["country"], sealed["answers"], sealed["consents"]) == (
        "FI",
        {"diet": "vegan"},
        {"privacy": True},
    )
    link = re.search(rf'href="/r/{message.registration_id}#([^"]+)"', first.text)
    assert link
    assert published.tokens.read_manage(link.group(1)).registration_id == message.registration_id


async def test_a_form_with_faults_comes_back_with_what_was_typed(published: House) -> None:
    page = await published.client.post(FORM, data={"name": "Keep <me>", "email": "none"})
    assert page.status_code == 422
    assert 'value="Keep &lt;me&gt;"' in page.text
    assert 'href="#email"' in page.text
    assert "Choose at least one part." in page.text
    assert published.producer.log == []


async def test_a_form_from_another_site_is_refused(published: House) -> None:
    page = await published.client.post(FORM, data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403
    assert (await published.client.post(FORM, json={"name": "x"})).status_code == 415


async def test_a_join_link_shows_a_button_and_records_nothing(published: House) -> None:
    times = {"starts": "2099-03-28T08:00:00.000Z", "ends": "2099-03-28T16:00:00.000Z"}
    about = {"gathering": GATHERING, "timezone": "Europe/Paris", "title": {"en": "Spring"}, "part": "main"}
    published.owners.says("GET", "/v1/join/a.b.c", 200, about | times | {"part_title": {"en": "Main"}})
    page = await published.client.get("/v1/join/a.b.c", headers={"Accept": "text/html"})
    assert '<form method="post" action="/v1/join/a.b.c">' in page.text
    assert "form-action 'self' https: http:" in page.headers["content-security-policy"]
    assert [called.method for called in published.owners.calls] == ["GET"]
    assert "your attendance is recorded, and you are sent on" in page.text
    published.owners.says("GET", "/v1/join/a.b.c", 200, about | times | {"part_title": {"en": "Main"}, "counts": False})
    page = await published.client.get("/v1/join/a.b.c", headers={"Accept": "text/html"})
    assert "recorded only from an hour before the start" in page.text
    as_json = await published.client.get("/v1/join/a.b.c", headers={"Accept": "application/json"})
    assert orjson.loads(as_json.content)["part"] == "main"
    published.owners.says("GET", "/v1/join/x.y.z", 409, {"type": "/problems/no-remote-place", "detail": "No longer."})
    refused = await published.client.get("/v1/join/x.y.z")
    assert (refused.status_code, "No longer." in refused.text) == (409, True)


async def test_a_meetings_link_shows_a_button_and_speaks_of_no_attendance(published: House) -> None:
    about = {"gathering": GATHERING, "timezone": "Europe/Paris", "title": {"en": "Spring"}, "meeting": "m-1"}
    published.owners.says("GET", "/v1/join/a.b.c", 200, about)
    page = (await published.client.get("/v1/join/a.b.c", headers={"Accept": "text/html"})).text
    assert ("Join the meeting" in page, "attendance is recorded" in page) == (True, False)


async def test_a_working_groups_link_shows_its_room_and_the_hours_if_there_are_any(published: House) -> None:
    about = {"gathering": GATHERING, "timezone": "Europe/Paris", "title": {"en": "Spring"}, "room": "water"}
    for times in ({"starts": "2099-03-28T08:00:00.000Z", "ends": "2099-03-28T09:00:00.000Z"}, {}):
        published.owners.says("GET", "/v1/join/a.b.c", 200, about | times | {"room_title": {"en": "Water"}})
        page = await published.client.get("/v1/join/a.b.c", headers={"Accept": "text/html"})
        assert "your attendance is recorded" not in page.text  # as it is by the livestream's
        assert (page.status_code, "<h1>Water</h1>" in page.text) == (200, True)
        assert ("10:00" in page.text) is bool(times)


async def test_short_addresses_in_mails_lead_to_the_page(published: House) -> None:
    for path, place in ((f"/g/{GATHERING}/agenda", "#agenda"), (f"/g/{GATHERING}/desks/one", "#helpdesk")):
        answer = await published.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/g/{GATHERING}{place}")


async def test_a_lost_link_is_asked_for_without_telling_who_is_registered(published: House) -> None:
    path = f"/g/{GATHERING}/link"
    assert "Mail it to me" in (await published.client.get(path)).text
    published.owners.says("POST", "/v1/access-links", 202, {"status": "accepted"})
    page = await published.client.post(path, data={"email": "n@example.org"})
    assert (page.status_code, "If this address is registered" in page.text) == (202, True)
    assert orjson.loads(published.owners.calls[-1].body) == {"gathering": GATHERING, "email": "n@example.org"}
    published.owners.says("POST", "/v1/access-links", 422, {})
    wrong = await published.client.post(path, data={"email": "n"})
    assert (wrong.status_code, "Please check this." in wrong.text) == (422, True)
    published.owners.says("POST", "/v1/access-links", 500, {})
    assert (await published.client.post(path, data={"email": "n"})).status_code == 503


async def test_a_form_with_far_too_many_fields_is_400(published: House) -> None:
    fields = {f"field-{number}": "x" for number in range(400)}
    assert (await published.client.post(FORM, data=fields)).status_code == 400


async def test_what_is_not_decided_in_time_is_said_to_have_arrived(
    published: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.pages.views.WAIT", 0.1)
    fields = {"name": "N", "email": "n@example.org", "part.main": "remote", "consent.privacy": "yes"}
    page = await published.client.post(FORM, data=fields)
    assert (page.status_code, "Your registration has arrived" in page.text) == (202, True)
    published.producer.decide = lambda _: (422, {})
    refused = await published.client.post(FORM, data=fields)
    assert (refused.status_code, "This did not work" in refused.text) == (422, True)
    published.producer.away = True
    away = await published.client.post(FORM, data=fields)
    assert (away.status_code, away.headers["retry-after"]) == (503, "1")
