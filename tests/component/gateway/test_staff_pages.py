"""Staff's pages: who gets in, and that every form is the call it stands for."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from shared.clock import Clock
from shared.messages.gathering import Definition
from shared.tokens import Role
from tests.component.gateway.conftest import GATHERING, House
from tests.component.gateway.test_pages import DEFINITION

HERE = f"/staff/g/{GATHERING}"
API = f"/v1/gatherings/{GATHERING}"
HEAD = {"id": "p-1", "state": "draft", "made_at": "2099-03-01T08:00:00Z", "version": 1}
TIMES = {"starts_at": "2099-03-28T11:00:00Z", "ends_at": "2099-03-28T11:10:00Z"}
GROUPS: dict[str, Any] = {
    "offers": [{"rule": "max-per-country", "now": 3, "then": 4, "unplaced": 0}],
    "figures": {"people": 2, "placed": 2, "by_wish": [1, 1], "content": 2, "outside": 0},
    "is_proven": True,
    "rooms": [{"room": "north", "capacity": 2, "people": 2}],
    "places": [
        {"registration_id": "r-1", "room": "north", "wish": 2, "missed": [{"room": "s", "bars": ["room-full"]}]},
        {"registration_id": "r-2", "room": "north", "wish": None, "missed": []},
    ],
}
PAIRS: dict[str, Any] = {
    "figures": {"meetings": 9, "bound": 10, "people": 6, "with_none": 0, "under_three": 1, "jain": 0.98765},
    "shares": [{"registration_id": "r-1", "meetings": 1, "unmet": [{"registration_id": "r-2", "why": "no-time"}]}],
}


DAY: dict[str, Any] = {
    "desk": "ada",
    "expert": "Ada",
    "bookings": [],
    "blocks": [],
    "join": None,
    "feed": "https://x/e.ics",
}


@pytest.fixture
def office(house: House) -> House:
    """An organiser who has entered."""
    with_both = DEFINITION | {
        "partnering": {"part": "main", "tables": 4, "slot_minutes": 15},
        "working_groups": {"session": "opening", "rooms": [{"room": "north", "capacity": 2}]},
        "helpdesk": {
            "desks": [
                {
                    "desk": "ada",
                    "expert": "Ada",
                    "opens": "2099-03-28T12:00",
                    "closes": "2099-03-28T13:00",
                    "slot_minutes": 10,
                }
            ]
        },
    }
    definition = Definition.model_validate(with_both).public().model_dump(mode="json", by_alias=True)
    house.owners.says("GET", API, 200, definition | {"version": 1, "availability": []})
    enter(house, Role.ORGANISER)
    return house


def enter(house: House, role: Role, scope: str | None = None) -> None:
    token = house.staff(role, scope=scope)["Authorization"].removeprefix("Bearer ")
    house.client.cookies.set("foyer-key", token, path="/staff")


@pytest.mark.parametrize(
    "booking",
    ["", "../export", "b-1?x=1", "b-1 HTTP/1.1\r\r\nHost: x\r\r\n\r\r\nGET /internal/export", "\u00e9"],
)
async def test_what_a_form_names_is_an_id_or_reaches_nobody(office: House, booking: str) -> None:
    """It stands in the address of a call that bears the gateway's own token."""
    enter(office, Role.EXPERT, scope="ada")
    answer = await office.client.post(f"{HERE}/desks/ada", data={"act": "attendee", "booking": booking, "key": "k"})
    assert (answer.status_code, office.owners.calls) == (303, [])
    assert "said=not-found" in answer.headers["location"]


async def test_without_a_staff_key_there_is_a_form_and_nothing_else(house: House) -> None:
    assert "Your staff key" in (await house.client.get("/staff")).text
    for path in (HERE, f"{HERE}/desks/ada/sheet", f"{HERE}/proposals/p-1", f"{HERE}/sheets/person", f"{HERE}/result"):
        house.client.cookies.set("foyer-key", house.key(), path="/staff")  # an attendee's key is none
        page = await house.client.get(path)
        assert (page.status_code, 'action="/staff/key?' in page.text) == (200, True)
        assert (await house.client.post(f"{HERE}/proposals", data={"key": "k"})).status_code == 404
    assert house.owners.calls == []
    entered = await house.client.post("/staff/key", data={"key": house.key()})
    assert "said=wrong_key" in entered.headers["location"]


async def test_a_key_leads_to_the_page_it_was_asked_for(house: House) -> None:
    house.client.cookies.clear()
    page = f"{HERE}/proposals/p-1"
    assert f'name="to" value="{page}"' in (await house.client.get(page)).text
    token = house.staff(Role.ORGANISER, GATHERING)["Authorization"].removeprefix("Bearer ")
    entered = await house.client.post("/staff/key", data={"key": token, "to": page})
    assert entered.headers["location"] == f"{page}?lang=en"
    wrong = await house.client.post("/staff/key", data={"key": "no key", "to": page})
    assert wrong.headers["location"] == f"{page}?lang=en&said=wrong_key"


@pytest.mark.parametrize(
    "to", ["", "/r/a", "//e.example/staff/", "/staff//e.example", "/staff/../x", "/staff/\r\nX: y"]
)
async def test_a_key_leads_nowhere_but_to_what_it_opens(house: House, to: str) -> None:
    token = house.staff(Role.ORGANISER, GATHERING)["Authorization"].removeprefix("Bearer ")
    entered = await house.client.post("/staff/key", data={"key": token, "to": to})
    assert entered.headers["location"] == "/staff?lang=en"
    own = house.tokens.desk(GATHERING, "ada", Clock().wall(), timedelta(hours=1))
    entered = await house.client.post("/staff/key", data={"key": own, "to": f"{HERE}/desks/bob"})
    assert entered.headers["location"] == f"{HERE}/desks/ada?lang=en"


async def test_a_staff_key_opens_the_gatherings_it_covers(house: House) -> None:
    listed = {"timezone": "Europe/Paris", "title": {"en": "Spring"}, **TIMES}
    known = [listed | {"gathering": GATHERING}, listed | {"gathering": "another", "title": {"en": "Autumn"}}]
    house.owners.says("GET", "/v1/gatherings", 200, {"gatherings": known})
    token = house.staff(Role.ORGANISER, GATHERING)["Authorization"].removeprefix("Bearer ")
    entered = await house.client.post("/staff/key", data={"key": token})
    assert "Path=/staff;" in entered.headers["set-cookie"]
    page = (await house.client.get("/staff")).text
    assert ("Spring" in page, "Autumn" in page) == (True, False)
    left = await house.client.post("/staff/leave", data={"key": "k"})
    assert 'foyer-key=""' in left.headers["set-cookie"]


async def test_an_expert_sees_the_own_day_and_no_other(office: House) -> None:
    booking = {"id": "b-1", "topic": "<b>Why</b>", "name": None, "organisation": None, "status": "booked", **TIMES}
    begun = booking | {"id": "b-2", "starts_at": "2001-03-28T11:00:00Z", "ends_at": "2001-03-28T11:10:00Z"}
    day = DAY | {"bookings": [booking, begun], "join": "https://x/room"}
    office.owners.says("GET", f"{API}/desks/ada/bookings", 200, day)
    office.owners.says("GET", f"{API}/desks/bob/bookings", 200, day)
    enter(office, Role.EXPERT, scope="ada")
    page = (await office.client.get(f"{HERE}/desks/ada")).text
    assert "&lt;b&gt;Why" in page
    assert page.count("Did not come") == 1  # only of what has begun
    assert 'href="https://x/room"' in page
    assert (await office.client.get(f"{HERE}/desks/bob")).status_code == 404


async def test_the_link_of_an_expert_s_mail_opens_one_day_alone_until_its_key_is_forgotten(office: House) -> None:
    desk = f"{HERE}/desks/ada"
    office.owners.says("GET", f"{API}/desks/ada/bookings", 200, DAY)
    office.client.cookies.clear()
    assert f'action="{desk}/key?' in (await office.client.get(desk)).text
    assert office.owners.calls == []
    key = office.tokens.desk(GATHERING, "ada", Clock().wall(), timedelta(hours=1))
    entered = await office.client.post(f"{desk}/key", data={"key": f"https://foyer.example{desk}#{key}"})
    assert (entered.status_code, entered.headers["location"]) == (303, f"{desk}?lang=en")
    assert f"Path={desk};" in entered.headers["set-cookie"]
    assert key not in entered.headers["location"]
    page = (await office.client.get(desk)).text
    assert "https://x/e.ics" in page
    assert f'href="{HERE}?' not in page  # what it does not open, it does not lead to
    assert 'id="key-form"' in (await office.client.get(HERE)).text
    left = await office.client.post(f"{desk}/leave", data={"key": "k"})
    assert (left.headers["location"], f"Path={desk};" in left.headers["set-cookie"]) == (
        f"{desk}?lang=en&said=left",
        True,
    )
    wrong = await office.client.post(f"{desk}/key", data={"key": office.key()})
    assert wrong.headers["location"] == f"{desk}?lang=en&said=wrong_key"


async def test_an_expert_s_own_key_goes_before_another_of_staff_s_and_is_asked_for_where_that_opens_nothing(
    office: House,
) -> None:
    office.owners.says("GET", f"{API}/desks/ada/bookings", 200, DAY)
    key = office.tokens.desk(GATHERING, "ada", Clock().wall(), timedelta(hours=1))
    elsewhere = office.staff(Role.ORGANISER, "another")["Authorization"].removeprefix("Bearer ")
    office.client.cookies.clear()
    for sent, status in ((f"foyer-key={key}; foyer-key={elsewhere}", 200), (f"foyer-key={elsewhere}", 404)):
        page = await office.client.get(f"{HERE}/desks/ada", headers={"Cookie": sent})
        assert (page.status_code, 'id="key-form"' in page.text) == (status, status == 404)


async def test_the_organiser_has_the_expert_mailed_and_is_told_where_there_is_no_address(office: House) -> None:
    press = f'action="{HERE}/desks/ada/access?'
    assert press in (await office.client.get(HERE)).text
    office.owners.says("POST", f"{API}/desks/ada/access", 202, {"desk": "ada"})
    mailed = await office.client.post(f"{HERE}/desks/ada/access", data={"key": "k" * 32})
    assert "said=access_mailed" in mailed.headers["location"]
    office.owners.says("POST", f"{API}/desks/ada/access", 409, {"type": "/problems/no-address"})
    refused = await office.client.post(f"{HERE}/desks/ada/access", data={"key": "k" * 32})
    assert "gives this desk no e-mail address" in (await office.client.get(refused.headers["location"])).text
    enter(office, Role.AUDITOR)
    assert press not in (await office.client.get(HERE)).text


@pytest.mark.parametrize(
    ("path", "form", "call", "sent"),
    [
        (
            "/desks/ada",
            {"act": "walk-in", "person": "r-1", "topic": ""},
            ("POST", f"{API}/desks/ada/walk-ins"),
            {"registration_id": "r-1", "topic": None},
        ),
        (
            "/desks/ada",
            {"act": "block", "starts_at": "2099-03-29T01:30", "ends_at": "2099-03-29T03:30", "elsewhere": "yes"},
            ("POST", f"{API}/desks/ada/blocks"),
            {
                "starts_at": "2099-03-29T01:30:00+01:00",
                "ends_at": "2099-03-29T03:30:00+02:00",
                "reason": None,
                "offer_elsewhere": True,
            },
        ),
        ("/desks/ada", {"act": "unblock", "block": "b-9"}, ("DELETE", f"{API}/desks/ada/blocks/b-9"), None),
        (
            "/desks/ada",
            {"act": "attendee", "booking": "b-1"},
            ("POST", "/v1/bookings/b-1/no-show"),
            {"who": "attendee"},
        ),
        ("/proposals", {"kind": "partnering"}, ("POST", f"{API}/partnering/propose"), {}),
        (
            "/proposals/p-1",
            {"act": "publish", "kind": "working-groups", "leave_out": "yes"},
            ("POST", f"{API}/working-groups/publish"),
            {"proposal": "p-1", "leave_out": True},
        ),
        (
            "/proposals/p-1",
            {"act": "move", "person": "r-1", "room": "north"},
            ("PATCH", f"{API}/proposals/p-1"),
            {"registration_id": "r-1", "room": "north", "preview": False},
        ),
        ("/proposals/p-1", {"act": "delete"}, ("DELETE", f"{API}/proposals/p-1"), None),
    ],
)
async def test_each_form_is_the_call_it_stands_for(
    office: House, path: str, form: dict[str, str], call: tuple[str, str], sent: Any
) -> None:
    office.owners.says(*call, 200, {"id": "p-1"})
    answer = await office.client.post(HERE + path, data={"key": "k" * 32, **form})
    assert (answer.status_code, "said=" in answer.headers["location"]) == (303, True)
    called = office.owners.forwarded()[-1]
    assert (called.method, called.target) == call
    assert (orjson.loads(called.body) if called.body else None) == sent


async def test_a_refusal_is_said_in_words(office: House) -> None:
    office.owners.says("GET", f"{API}/proposals/p-1", 200, HEAD | {"topic": "working-groups", "result": GROUPS})
    refused = {"type": "/problems/stale-proposal", "detail": "x", "conflicts": []}
    office.owners.says("POST", f"{API}/working-groups/publish", 409, refused)
    form = {"key": "k" * 32, "act": "publish", "kind": "working-groups"}
    answer = await office.client.post(f"{HERE}/proposals/p-1", data=form)
    assert "Something has changed since" in (await office.client.get(answer.headers["location"])).text


async def test_a_proposal_shows_figures_and_why_somebody_got_less(office: House) -> None:
    office.owners.says("GET", f"{API}/proposals/p-1", 200, HEAD | {"topic": "working-groups", "result": GROUPS})
    groups = (await office.client.get(f"{HERE}/proposals/p-1")).text
    assert "No other assignment meets more wishes." in groups
    assert "room full" in groups
    assert "r-2" not in groups  # who wished for nothing missed nothing
    assert "max per country: 4 instead of 3 would leave 0 without a room" in groups
    assert "<code>r-1</code>" in groups  # nobody could be named
    named = {"topic": "working-groups", "result": GROUPS, "names": {"r-1": "Ada <b>", "r-2": "Bob"}}
    office.owners.says("GET", f"{API}/proposals/p-1", 200, HEAD | named)
    groups = (await office.client.get(f"{HERE}/proposals/p-1")).text
    assert "Ada &lt;b&gt; →" in groups
    assert '<option value="r-2">Bob</option>' in groups
    office.owners.says("GET", f"{API}/proposals/p-1", 200, HEAD | {"topic": "partnering", "result": PAIRS})
    pairs = (await office.client.get(f"{HERE}/proposals/p-1")).text
    assert "<dd>0.99</dd>" in pairs
    assert "no time" in pairs
    running = HEAD | {"topic": "partnering", "state": "running", "progress": {"phase": "x", "done": 1, "total": 4}}
    office.owners.says("GET", f"{API}/proposals/p-1", 200, running)
    assert '<progress max="4" value="1">' in (await office.client.get(f"{HERE}/proposals/p-1")).text


async def test_moving_somebody_shows_the_effect_first(office: House) -> None:
    figures = {"placed": 2, "content": 2, "outside": 0}
    effect = {
        "broken": ["more than 3 of FR"],
        "wish_before": 1,
        "wish_after": None,
        "before": figures,
        "after": figures,
    }
    office.owners.says("PATCH", f"{API}/proposals/p-1", 200, {"effect": effect, "version": 1, "moved": False})
    form = {"key": "k" * 32, "act": "preview", "person": "r-1", "room": "north"}
    page = await office.client.post(f"{HERE}/proposals/p-1", data=form)
    assert (page.status_code, "more than 3 of FR" in page.text) == (200, True)
    (asked,) = (one for one in office.owners.forwarded() if one.method == "PATCH")
    assert orjson.loads(asked.body)["preview"] is True


async def test_sheets_and_the_result_can_be_printed(office: House) -> None:
    met = {"meeting_id": "m", "table": 4, "status": "scheduled", "with": [], **TIMES}
    bob = [{"name": "Bob", "organisation": "Works", "country": "DE"}]
    sheets = [{"registration_id": "r", "name": "Ann", "meetings": [met | {"with": bob}, met | {"table": None}]}]
    office.owners.says("GET", f"{API}/partnering/sheets", 200, {"by": "person", "sheets": sheets})
    page = (await office.client.get(f"{HERE}/sheets/person")).text
    assert "Bob, Works, DE" in page
    assert office.owners.forwarded()[-1].target.endswith("?by=person")
    result = {
        "organisations": 2,
        "meetings": 1,
        "jain": 1.0,
        "pairs_of_countries": [{"countries": ["DE", "FR"], "meetings": 1}],
    }
    office.owners.says("GET", f"{API}/partnering/result", 200, result)
    assert "DE \N{EN DASH} FR" in (await office.client.get(f"{HERE}/result")).text
    booked = {"id": "b-1", "registration_id": "r", "topic": "<i>Why</i>", "name": "Bob", "organisation": "Works"}
    blocks = [{"id": "x", "reason": "Lunch", "starts_at": "2099-03-28T10:00:00Z", "ends_at": "2099-03-28T11:00:00Z"}]
    office.owners.says("GET", f"{API}/desks/ada/bookings", 200, DAY | {"bookings": [booked | TIMES], "blocks": blocks})
    sheet = (await office.client.get(f"{HERE}/desks/ada/sheet")).text
    assert sheet.index("Lunch") < sheet.index("Bob, Works") < sheet.index("&lt;i&gt;Why")
    assert "<style" not in sheet  # no page may have one: the policy of every answer forbids it


async def test_the_office_lists_days_proposals_and_calendars(office: House) -> None:
    office.owners.says("GET", f"{API}/proposals", 200, {"proposals": [HEAD | {"topic": "partnering"}]})
    office.owners.says(
        "GET", f"{API}/feeds", 200, {"experts": [{"expert": "ada", "feed": "https://x/e.ics"}], "rooms": []}
    )
    page = (await office.client.get(HERE)).text
    for shown in (f"{HERE}/desks/ada", f"{HERE}/proposals/p-1", "https://x/e.ics", "Propose meetings"):
        assert shown in page
