"""One's own pages: who gets in, and that every form is the call it stands for."""

from typing import Any

import pytest

from shared.messages.gathering import Definition
from shared.messages.registration import ChangeSubmitted
from shared.messages.scheduling import (
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MoveRequested,
    NoShowReported,
    PreferenceSubmitted,
    ProfileSubmitted,
    ReleaseRequested,
    SessionStarred,
    SlotRequested,
    WaitRequested,
)
from tests.component.gateway.conftest import GATHERING, REGISTRATION, House
from tests.component.gateway.test_pages import DEFINITION

OWN = f"/r/{REGISTRATION}"
BOOKING = "b" * 32
SLOT = {"slot_id": "ada-1", "desk": "ada", "starts_at": "2099-03-28T11:00:00Z", "ends_at": "2099-03-28T11:10:00Z"}


@pytest.fixture
def visited(house: House) -> House:
    """A registration whose holder has entered."""
    definition = Definition.model_validate(DEFINITION).public().model_dump(mode="json", by_alias=True)
    house.owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, definition | {"version": 1, "availability": []})
    part = {"part": "main", "mode": "in-person", "status": "confirmed", "reason": None}
    registration = {"id": REGISTRATION, "gathering": GATHERING, "version": 1, "accepted_at": None, "parts": [part]}
    house.owners.says("GET", f"/v1/registrations/{REGISTRATION}", 200, registration)
    says(house, {"bookings": [], "held": [], "waiting": [], "sessions": []})
    house.owners.says(
        "GET", f"/internal/bookings/{BOOKING}", 200, {"id": BOOKING, "registration_id": REGISTRATION, "version": 1}
    )
    house.client.cookies.set("foyer-key", house.key(), path=OWN)
    house.producer.decide = lambda _: (200, {"slot_id": "ada-1"})
    return house


def says(house: House, diary: dict[str, Any]) -> None:
    house.owners.says("GET", f"/v1/registrations/{REGISTRATION}/diary", 200, diary | {"timezone": "Europe/Paris"})


async def test_who_shows_no_key_sees_nothing_and_nobody_is_asked(house: House) -> None:
    page = await house.client.get(OWN)
    assert (page.status_code, "Your personal link" in page.text) == (200, True)
    assert house.owners.calls == []


async def test_the_key_is_kept_where_no_script_and_no_other_page_sees_it(house: House) -> None:
    entered = await house.client.post(f"{OWN}/key", data={"key": f"https://foyer.example{OWN}#{house.key()}"})
    assert (entered.status_code, entered.headers["location"]) == (303, f"{OWN}?lang=en")
    cookie = entered.headers["set-cookie"]
    assert f"Path={OWN};" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize("forged", ["", "no", "a.b.c", "of-another"])
async def test_a_key_that_is_not_this_registration_s_opens_nothing(house: House, forged: str) -> None:
    key = house.key(registration_id="o" * 32) if forged == "of-another" else forged
    entered = await house.client.post(f"{OWN}/key", data={"key": key})
    assert ("said=wrong_key" in entered.headers["location"], "set-cookie" in entered.headers) == (True, False)
    house.client.cookies.set("foyer-key", key, path=OWN)
    assert "Your personal link" in (await house.client.get(OWN)).text
    assert (await house.client.post(f"{OWN}/parts", data={"key": "k"})).status_code == 404
    assert house.producer.log == []


async def test_a_key_that_was_handed_over_is_said_to_be_void(visited: House) -> None:
    visited.owners.says("GET", f"/v1/registrations/{REGISTRATION}", 410, {"type": "/problems/gone"})
    assert "This link is no longer valid" in (await visited.client.get(OWN)).text


async def test_a_form_from_another_site_is_refused_even_with_the_key(visited: House) -> None:
    for place in ("cross-site", "same-site"):
        answer = await visited.client.post(f"{OWN}/parts", data={"key": "k"}, headers={"Sec-Fetch-Site": place})
        assert answer.status_code == 403
    assert visited.producer.log == []


@pytest.mark.parametrize(
    ("path", "form", "kind", "said"),
    [
        ("/parts", {"part": "main", "mode": "remote"}, ChangeSubmitted, "changed"),
        ("/slots/ada-1", {"topic": "Why?"}, SlotRequested, "booked"),
        (f"/bookings/{BOOKING}", {"act": "move", "slot_id": "ada-2"}, MoveRequested, "moved"),
        (f"/bookings/{BOOKING}", {"act": "release"}, ReleaseRequested, "given_up"),
        (f"/bookings/{BOOKING}", {"act": "missed"}, NoShowReported, "no_show"),
        ("/wishes", {"wish": "north"}, PreferenceSubmitted, "wishes_kept"),
        ("/meetings/m-1", {"act": "held"}, MeetingNoted, "meeting_held"),
        ("/meetings/m-1", {"act": "release"}, MeetingReleaseRequested, "given_up"),
        ("/stars/opening", {"act": "star"}, SessionStarred, "starred"),
        ("/stars/opening", {"act": "unstar"}, SessionStarred, "unstarred"),
        ("/desks/ada", {"act": "wait"}, WaitRequested, "waits"),
        ("/desks/ada", {"act": "leave"}, WaitRequested, "waits_no_longer"),
    ],
)
async def test_each_form_is_one_submission_however_often_it_is_sent(
    visited: House, path: str, form: dict[str, str], kind: type, said: str
) -> None:
    for _ in range(2):
        answer = await visited.client.post(OWN + path, data={"key": "k" * 32, **form})
        assert (answer.status_code, f"said={said}" in answer.headers["location"]) == (303, True)
    first, second = visited.producer.log
    assert isinstance(first.message, kind)
    assert first.id == second.id


async def test_two_buttons_of_one_page_are_two_acts(visited: House) -> None:
    for slot in ("ada-1", "ada-2"):
        await visited.client.post(f"{OWN}/holds", data={"key": "k" * 32, "slot_id": slot})
    first, second = visited.producer.log
    assert first.id != second.id


@pytest.mark.parametrize(
    ("cancelled", "says"), [(False, "The deadline has passed."), (True, "This part was cancelled.")]
)
async def test_who_asked_for_what_was_cancelled_is_told_that(visited: House, says: str, *, cancelled: bool) -> None:
    raw = Definition.model_validate(DEFINITION).public().model_dump(mode="json", by_alias=True)
    raw["parts"][0]["modes"]["in-person"]["cancelled"] = cancelled
    visited.owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, raw | {"version": 1, "availability": []})
    part = {"part": "main", "mode": "in-person", "status": "declined", "reason": "deadline-passed"}
    registration = {"id": REGISTRATION, "gathering": GATHERING, "version": 1, "accepted_at": None, "parts": [part]}
    visited.owners.says("GET", f"/v1/registrations/{REGISTRATION}", 200, registration)
    assert f"<p>{says}</p>" in (await visited.client.get(OWN)).text


async def test_a_refusal_comes_back_as_a_sentence(visited: House) -> None:
    visited.producer.decide = lambda _: (409, {"type": "/problems/slot-taken", "detail": "Taken."})
    answer = await visited.client.post(f"{OWN}/holds", data={"key": "k" * 32, "slot_id": "ada-1"})
    page = await visited.client.get(answer.headers["location"])
    assert "Somebody was faster: choose another time." in page.text
    visited.producer.away = True
    answer = await visited.client.post(f"{OWN}/holds", data={"key": "k" * 32, "slot_id": "ada-1"})
    assert "This did not work" in (await visited.client.get(answer.headers["location"])).text


async def test_an_offer_shows_what_is_kept_and_for_how_long(visited: House) -> None:
    now = visited.settings.clock.now()
    kept = {"id": "h", "status": "offered", "expires_at": (now.replace(year=2098)).isoformat(), **SLOT}
    gone = kept | {"slot_id": "ada-9", "expires_at": now.replace(year=2001).isoformat()}
    says(visited, {"bookings": [], "held": [kept, gone], "waiting": [], "sessions": []})
    page = (await visited.client.get(OWN)).text
    assert f'href="{OWN}/slots/ada-1?' in page
    assert "ada-9" not in page
    form = await visited.client.get(f"{OWN}/slots/ada-1")
    assert "What would you like to talk about?" in form.text
    late = await visited.client.get(f"{OWN}/slots/ada-9")
    assert (late.status_code, "said=hold_gone" in late.headers["location"]) == (303, True)


async def test_without_scheduling_the_page_shows_what_it_can(visited: House) -> None:
    visited.owners.says("GET", f"/v1/registrations/{REGISTRATION}/diary", 503, {"type": "/problems/unavailable"})
    page = await visited.client.get(OWN)
    assert (page.status_code, "Your diary cannot be shown at the moment." in page.text) == (200, True)


async def test_what_somebody_typed_never_becomes_markup(visited: House) -> None:
    topic = "</style></title><script>x</script><img src=x onerror=y>"
    booking = {"id": BOOKING, "expert": "<b>Ada</b>", "status": "booked", "topic": topic, **SLOT}
    says(visited, {"bookings": [booking], "held": [], "waiting": [], "sessions": []})
    page = (await visited.client.get(OWN)).text
    assert "<script>x" not in page
    assert "<b>Ada" not in page
    assert "<img src=x" not in page
    assert page.count("</style>") == page.count("<style")


async def test_files_are_the_holder_s_alone(visited: House) -> None:
    visited.owners.says("GET", f"/v1/registrations/{REGISTRATION}/ticket.pdf", 200, b"%PDF")
    assert (await visited.client.get(f"{OWN}/ticket.pdf")).content == b"%PDF"
    visited.client.cookies.clear()
    assert (await visited.client.get(f"{OWN}/ticket.pdf")).status_code == 404


PARTNERS = f"{OWN}/partners"


async def test_profiles_show_what_was_wished_and_what_can_be_said(visited: House) -> None:
    names = {"organisation": "Works", "country": "DE", "offers": ["<wind>"], "seeks": [], "topics": []}
    shown = [{"registration_id": "o-1", "name": "Bob", "wishes_you": True, **names}]
    shown.append({"registration_id": "o-2", "name": None, "meeting": "m-1", **names})
    visited.owners.says("GET", f"/v1/gatherings/{GATHERING}/profiles", 200, {"profiles": shown})
    page = (await visited.client.get(PARTNERS)).text
    assert "&lt;wind&gt;" in page
    assert "Yes, at the next time we both have" in page
    assert "You have a meeting" in page
    visited.owners.says("GET", f"/v1/gatherings/{GATHERING}/profiles", 403, {"type": "/problems/not-registered"})
    assert "Profiles are shown to those" in (await visited.client.get(PARTNERS)).text


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"act": "profile", "offers": "wind\r\n\r\nsun", "visible": "yes"}, ProfileSubmitted),
        ({"act": "agree", "person": "o-1"}, MeetingRequested),
    ],
)
async def test_a_profile_and_a_yes_are_submissions(visited: House, form: dict[str, str], kind: type) -> None:
    answer = await visited.client.post(PARTNERS, data={"key": "k" * 32, **form})
    assert (answer.status_code, "said=" in answer.headers["location"]) == (303, True)
    assert isinstance(visited.producer.log[0].message, kind)


async def test_a_wish_leaves_the_others_as_they_were(visited: House) -> None:
    kept = {"working_groups": ["north"], "meet": ["o-1", "o-2"], "no_thanks": ["o-3"]}
    visited.owners.says("GET", f"/v1/registrations/{REGISTRATION}/preferences", 200, kept)
    for act in ("meet", "no-thanks", "neither"):
        await visited.client.post(PARTNERS, data={"key": act * 8, "act": act, "person": "o-3"})
    wished = [one.message for one in visited.producer.log]
    assert [(one.meet, one.no_thanks) for one in wished if isinstance(one, PreferenceSubmitted)] == [
        (("o-1", "o-2", "o-3"), ()),
        (("o-1", "o-2"), ("o-3",)),
        (("o-1", "o-2"), ()),
    ]


async def test_that_the_expert_did_not_come_can_be_said_once_it_has_begun(visited: House) -> None:
    begun = SLOT | {"starts_at": "2001-03-28T11:00:00Z"}
    for times, missed, pressed, noted in (
        (SLOT, None, False, False),
        (begun, None, True, False),
        (begun, ["attendee"], True, False),
        (begun, ["expert"], False, True),
    ):
        booking = {"id": BOOKING, "expert": "Ada", "status": "booked", "missed": missed, **times}
        says(visited, {"bookings": [booking], "held": [], "waiting": [], "sessions": []})
        page = (await visited.client.get(OWN)).text
        assert 'name="act" value="missed"' in page if pressed else 'name="act" value="missed"' not in page
        assert ('<span class="chip warn">The expert did not come' in page) is noted


GROUPS = {"session": "opening", "wishes": 2, "rooms": [{"room": room, "capacity": 9} for room in ("a", "b", "c")]}
MINE = f"/v1/registrations/{REGISTRATION}/preferences"


@pytest.fixture
def wishing(visited: House) -> House:
    """Somebody whose wishes for working groups are still waited for."""
    definition = Definition.model_validate(DEFINITION | {"working_groups": GROUPS}).public()
    shown = definition.model_dump(mode="json", by_alias=True) | {"version": 1, "availability": []}
    visited.owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, shown)
    says(visited, {"bookings": [], "held": [], "waiting": [], "sessions": [], "wishes_open": True})
    return visited


async def test_wishes_for_working_groups_are_ranked_and_shown_as_they_were_sent(wishing: House) -> None:
    blank = (await wishing.client.get(OWN)).text
    assert (blank.count('name="wish"'), blank.count(" selected>")) == (2, 0)
    wishing.owners.says("GET", MINE, 200, {"working_groups": ["b", "a"], "meet": [], "no_thanks": []})
    page = (await wishing.client.get(OWN)).text
    first, second = page.split('name="wish"')[1:]
    assert '<option value="b" selected>' in first
    assert '<option value="a" selected>' in second
    wishing.owners.says("GET", MINE, 503, {"type": "/problems/unavailable"})
    assert 'name="wish"' not in (await wishing.client.get(OWN)).text
    says(wishing, {"bookings": [], "held": [], "waiting": [], "sessions": [], "wishes_open": False})
    assert 'name="wish"' not in (await wishing.client.get(OWN)).text


async def test_wishes_leave_the_others_as_they_were_or_are_not_sent(wishing: House) -> None:
    kept = {"registration_id": REGISTRATION, "working_groups": ["c"], "meet": ["o-1"], "no_thanks": ["o-2"]}
    wishing.owners.says("GET", MINE, 200, kept | {"accepted_at": "2099-01-01T00:00:00Z"})
    form = {"key": "k" * 32, "wish": ["b", "", "b", "a"]}
    assert (await wishing.client.post(f"{OWN}/wishes", data=form)).status_code == 303
    [one] = [one.message for one in wishing.producer.log]
    assert isinstance(one, PreferenceSubmitted)
    assert (one.working_groups, one.meet, one.no_thanks) == (("b", "a"), ("o-1",), ("o-2",))
    wishing.owners.says("GET", MINE, 503, {"type": "/problems/unavailable"})
    assert (await wishing.client.post(f"{OWN}/wishes", data=form)).status_code == 503
    assert (await wishing.client.post(PARTNERS, data=form | {"act": "meet", "person": "o-3"})).status_code == 503
    assert len(wishing.producer.log) == 1


async def test_a_room_and_a_meeting_stand_in_the_diary(visited: House) -> None:
    room = {"room": "north", "title": {"en": "North <room>"}, "session": "opening", "join": "/v1/join/a.b.c", **SLOT}
    other = {"name": "Bob", "organisation": "Works"}
    meeting = {"id": "m-1", "status": "scheduled", "held": False, "table": 4, "with": other, **SLOT}
    diary = {"bookings": [], "held": [], "waiting": [], "sessions": [], "meetings": [meeting], "room": room}
    says(visited, diary)
    page = (await visited.client.get(OWN)).text
    assert "North &lt;room&gt;" in page
    assert "Meeting with Bob" in page
    assert f'action="{OWN}/meetings/m-1?' in page
    afar = meeting | {"table": None, "online": True, "mode": "in-person", "join": "/v1/join/m.e.t"}
    says(visited, diary | {"meetings": [afar]})
    page = (await visited.client.get(OWN)).text
    assert ("Bob takes part remotely" in page, 'href="/v1/join/m.e.t"' in page) == (True, True)
    says(visited, diary | {"meetings": [{**afar, "join": None}]})
    assert "no address to meet at" in (await visited.client.get(OWN)).text
    says(visited, diary | {"meetings": [meeting | {"status": "cancelled"}], "room": None})
    assert f'action="{OWN}/meetings/m-1?' not in (await visited.client.get(OWN)).text


async def test_only_who_speaks_is_asked_questions(visited: House) -> None:
    when = {
        "starts_at": "2099-03-28T11:00:00Z",
        "ends_at": "2099-03-28T11:10:00Z",
        "title": {"en": "x"},
        "part": "main",
    }
    sessions = [
        when | {"session": "lunch", "kind": "break", "speakers": []},
        when | {"session": "talk", "kind": "keynote", "speakers": [{"name": "Ada"}]},
        when | {"session": "answers", "kind": "qa", "speakers": []},
    ]
    says(visited, {"bookings": [], "held": [], "waiting": [], "sessions": sessions})
    page = (await visited.client.get(OWN)).text
    led = {one: f'href="{OWN}/sessions/{one}?' in page for one in ("lunch", "talk", "answers")}
    assert led == {"lunch": False, "talk": True, "answers": True}


async def test_a_session_is_starred_and_the_star_taken_back_by_a_button(visited: House) -> None:
    held = {"title": {"en": "Opening"}, "room": None, "starred": False, **SLOT}
    sessions = [held | {"session": "opening", "starred": True}, held | {"session": "closing"}]
    says(visited, {"bookings": [], "held": [], "waiting": [], "sessions": sessions})
    page = (await visited.client.get(OWN)).text
    assert f'action="{OWN}/stars/opening?lang=en"' in page
    assert ("Take the star back" in page, "Star it" in page) == (True, True)
