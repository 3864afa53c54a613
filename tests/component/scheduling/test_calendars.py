"""Calendars through a whole life, read by a second library, as a client that keeps to RFC 5546 would."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import vobject

from shared.messages.gathering import ReleaseLabel
from shared.tokens import Role
from tests.component.scheduling.conftest import Service
from tests.component.scheduling.test_desks_and_diaries import opened, sealed
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    SESSIONS,
    G,
    asks,
    cancelled,
    desk_with,
    erased,
    moves,
    published,
    releases,
    slot,
    stars,
)

MEETING = "booking-ada@foyer.test"
TEN = timedelta(minutes=10)


@dataclass
class Client:
    """What a subscriber ends up with: of one UID the highest SEQUENCE counts, of equal ones the later DTSTAMP."""

    entries: dict[str, tuple[int, datetime, str, datetime]] = field(default_factory=dict)

    def read(self, content: bytes) -> None:
        calendar = vobject.readOne(content.decode())
        for event in calendar.contents.get("vevent", ()):
            sequence, stamp = int(event.sequence.value), event.dtstamp.value
            known = self.entries.get(event.uid.value)
            if known is None or (sequence, stamp) >= known[:2]:
                self.entries[event.uid.value] = (sequence, stamp, event.status.value, event.dtstart.value)

    def shows(self, uid: str) -> datetime | None:
        _, _, status, starts_at = self.entries[uid]
        return starts_at if status == "CONFIRMED" else None

    def sequence(self, uid: str) -> int:
        return self.entries[uid][0]


async def address(service: Service, client: httpx.AsyncClient, who: str = "ada") -> str:
    diary = (await client.get(f"/v1/registrations/{who}/diary", headers=service.holder(who))).json()
    return str(diary["feed"]).removeprefix("http://foyer.test")


async def desk_address(service: Service, client: httpx.AsyncClient, desk: str = "anna") -> str:
    staff = service.headers(Role.EXPERT, scope=desk)
    day = (await client.get(f"/v1/gatherings/{G}/desks/{desk}/bookings", headers=staff)).json()
    return str(day["feed"]).removeprefix("http://foyer.test")


async def test_a_meeting_through_its_life_as_both_sides_see_it(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    guest, anna, marc = Client(), Client(), Client()
    feeds = [
        (guest, await address(service, client)),
        (anna, await desk_address(service, client)),
        (marc, await desk_address(service, client, "marc")),
    ]

    async def all_read() -> None:
        service.clock.at += timedelta(seconds=1)
        for reader, feed in feeds:
            answer = await client.get(feed)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/calendar")
            reader.read(answer.content)

    table = [  # what happens · when the guest, anna and marc expect the meeting · its SEQUENCE
        (sealed(service), NOON, NOON, ..., 1),
        (moves("ada", slot(10)), NOON + TEN, NOON + TEN, ..., 2),
        (moves("ada", slot(10, "marc"), 2), NOON + TEN, None, NOON + TEN, 3),
        (moves("ada", slot(20), 3), NOON + 2 * TEN, NOON + 2 * TEN, None, 4),
        (published(2, desks=[DESKS[0] | {"closes": "2021-12-10T13:20"}, DESKS[1]]), None, None, None, 5),
    ]
    for what, for_guest, for_anna, for_marc, sequence in table:
        await service.hear(what)
        await all_read()
        assert guest.shows(MEETING) == for_guest
        assert anna.shows(MEETING) == for_anna
        if for_marc is ...:
            assert MEETING not in marc.entries
        else:
            assert marc.shows(MEETING) == for_marc
        assert guest.sequence(MEETING) == anna.sequence(MEETING) == sequence


async def test_who_gives_up_leaves_a_cancelled_entry_and_no_second_one(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    await service.hear(asks(), releases(), asks(booking="again"))
    reader = Client()
    reader.read((await client.get(await desk_address(service, client))).content)
    assert reader.shows(MEETING) is None
    assert reader.sequence(MEETING) == 2
    assert reader.shows("again@foyer.test") == NOON


async def test_a_gathering_that_moves_moves_in_the_calendar(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    feed, reader = await address(service, client), Client()
    reader.read((await client.get(feed)).content)
    part = "ada-day@foyer.test"
    assert reader.shows(part) == NOON - timedelta(hours=4)
    moved = {"part": "day", "starts": "2021-12-10T08:00", "ends": "2021-12-10T18:00", "modes": {"remote": {}}}
    service.clock.at += timedelta(seconds=1)
    await service.hear(published(2, parts=[moved]))
    reader.read((await client.get(feed)).content)
    assert reader.shows(part) == NOON - timedelta(hours=5)
    await service.hear(cancelled("ada", 2))
    reader.read((await client.get(feed)).content)
    assert reader.shows(part) is None


async def test_an_erased_person_has_no_calendar_and_the_expert_keeps_no_name(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    await service.hear(sealed(service))
    theirs, desk = await address(service, client), await desk_address(service, client)
    assert b"Ada" in (await client.get(desk)).content
    await service.hear(erased("ada"))
    service.people.gone.add("ada")
    assert (await client.get(theirs)).status_code == 404
    for own in ("diary", "diary.ics"):
        path = f"/v1/registrations/ada/{own}"
        assert (await client.get(path, headers=service.holder("ada"))).status_code == 404
    answer = await client.get(desk)
    assert b"Ada" not in answer.content
    assert b"Our region" not in answer.content
    reader = Client()
    reader.read(answer.content)
    assert reader.shows(MEETING) is None


async def test_a_room_knows_what_is_held_in_it_and_what_no_longer_is(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    staff = service.headers(Role.ORGANISER)
    listed = (await client.get(f"/v1/gatherings/{G}/feeds", headers=staff)).json()
    assert [one["expert"] for one in listed["experts"]] == ["anna", "marc"]
    (hall,) = listed["rooms"]
    feed, reader = hall["feed"].removeprefix("http://foyer.test"), Client()
    reader.read((await client.get(feed)).content)
    opening, practices = (f"{G}-{name}@foyer.test" for name in ("opening", "practices"))
    assert reader.shows(opening) == datetime.fromisoformat("2021-12-10T08:00:00+00:00")
    elsewhere = [SESSIONS[0] | {"room": "cellar"}]
    await service.hear(published(2, sessions=elsewhere))
    reader.read((await client.get(feed)).content)
    assert (reader.shows(opening), reader.shows(practices)) == (None, None)
    assert reader.sequence(opening) == 2
    assert (await service.store.agenda(G)).latest.label is ReleaseLabel.DRAFT  # type: ignore[union-attr]


async def test_a_starred_session_is_followed_until_it_is_held_no_more(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    feed, reader = await address(service, client), Client()
    opening, practices = (f"{G}-{name}@foyer.test" for name in ("opening", "practices"))
    eight = datetime.fromisoformat("2021-12-10T08:00:00+00:00")

    async def read() -> None:
        service.clock.at += timedelta(seconds=1)
        reader.read((await client.get(feed)).content)

    await service.hear(stars())
    await read()
    assert (reader.shows(opening), practices in reader.entries) == (eight, False)
    later = SESSIONS[0] | {"starts": "2021-12-10T09:15"}
    await service.hear(published(2, sessions=[later, SESSIONS[1]]))
    await read()
    assert (reader.shows(opening), reader.sequence(opening)) == (eight + timedelta(minutes=15), 2)
    await service.hear(published(3, sessions=[SESSIONS[1]]))
    await read()
    assert (reader.shows(opening), reader.sequence(opening)) == (None, 3)
    await service.hear(published(4, sessions=SESSIONS))
    await read()
    assert (reader.shows(opening), reader.sequence(opening)) == (eight, 4)
    await service.hear(stars(number=2, starred=False))
    assert opening.encode() not in (await client.get(feed)).content


async def test_an_address_is_a_key_and_a_former_holders_is_void(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    feed = await address(service, client)
    assert (await client.get(feed)).status_code == 200
    code = feed.rpartition("/")[2]
    kind, gathering, of, mark, _ = code.split(".")
    for wrong in (f"{kind}.{gathering}.bob.{mark}.ics", f"expert.{gathering}.{of}.{mark}.ics", "person.x", f"{code}x"):
        assert (await client.get(f"/v1/feeds/{wrong}")).status_code == 404
    service.people.generations["ada"] = 1
    assert (await client.get(feed)).status_code == 404
    colleague = service.headers(Role.ATTENDEE, gatherings=(G,), registration_id="ada", generation=1)
    theirs = (await client.get("/v1/registrations/ada/diary", headers=colleague)).json()["feed"]
    assert (await client.get(theirs.removeprefix("http://foyer.test"))).status_code == 200
    service.people.away = True
    assert (await client.get(theirs.removeprefix("http://foyer.test"))).status_code == 503


async def test_times_are_right_on_either_side_of_summer_time(service: Service, client: httpx.AsyncClient) -> None:
    """02:30 happens twice on 31 October in Paris: two slots, two moments, whatever the reader's own zone."""
    part = {"part": "day", "starts": "2021-10-31T00:00", "ends": "2021-10-31T23:00", "modes": {"remote": {}}}
    night: dict[str, Any] = {
        "opens": "2021-10-31T02:00+02:00",
        "closes": "2021-10-31T04:00",
        "per_person": None,
        "slot_minutes": 30,
    }
    service.clock.at = EARLY - timedelta(days=60)
    await opened(service)
    await service.hear(published(2, sessions=[], desks=desk_with(**night), parts=[part]))
    twice = ["anna-20211031T0030Z", "anna-20211031T0130Z"]
    for number, slot_id in enumerate(twice):
        await service.hear(asks("ada", slot_id, f"night-{number}", at=service.clock.at))
    reader = Client()
    reader.read((await client.get(await address(service, client))).content)
    first, second = (reader.shows(f"night-{number}@foyer.test") for number in range(2))
    assert first is not None
    assert second is not None
    assert second - first == timedelta(hours=1)
    diary = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada"))).json()
    assert [one["starts_local"] for one in diary["bookings"]] == [
        "2021-10-31T02:30:00+02:00",
        "2021-10-31T02:30:00+01:00",
    ]


@pytest.mark.parametrize(
    "words",
    [
        'a; b, c \\ d: "e"',
        "one\nEND:VEVENT\nBEGIN:VEVENT",
        "one\r\nATTENDEE:mailto:x@example.org",
        "=HYPERLINK(1)\t</style><script>",
        "日本語👩\u200d🚀" * 40,
        "x" * 5000,
    ],
)
async def test_what_people_write_stays_one_field_of_the_calendar(
    service: Service, client: httpx.AsyncClient, words: str
) -> None:
    await opened(service)
    service.people.names = {"ada": words}
    await service.hear(sealed(service, topic=words))
    expert = await client.get(await desk_address(service, client))
    own = await client.get(await address(service, client))
    for content in (expert.content, own.content):
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        assert b"\n" not in content.replace(b"\r\n", b"")
        calendar = vobject.readOne(content.decode())
        events = [one for one in calendar.contents["vevent"] if one.uid.value == MEETING]
        assert len(events) == 1
        assert "attendee" not in events[0].contents
    text = vobject.readOne(expert.content.decode()).vevent
    assert words.replace("\r\n", "\n") in text.summary.value + text.description.value


async def test_rooms_whose_names_read_alike_have_calendars_of_their_own(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    rooms = ["Main Hall", "main-hall", "Main  hall!", "Зал", "Salle Éluard"]
    sessions = [SESSIONS[0] | {"session": f"s{number}", "room": room} for number, room in enumerate(rooms)]
    await service.hear(published(2, sessions=sessions))
    listed = (await client.get(f"/v1/gatherings/{G}/feeds", headers=service.headers(Role.ORGANISER))).json()
    found = {one["room"]: one["feed"].removeprefix("http://foyer.test") for one in listed["rooms"]}
    assert len(set(found.values())) == len(found) == len(rooms) + 1  # and the hall of before
    assert ".main-hall." in found["main-hall"]
    assert ".salle-eluard--" in found["Salle Éluard"]
    for number, room in enumerate(rooms):
        answer, reader = await client.get(found[room]), Client()
        reader.read(answer.content)
        assert list(reader.entries) == [f"{G}-s{number}@foyer.test"]
        assert answer.headers["content-disposition"].isascii()
