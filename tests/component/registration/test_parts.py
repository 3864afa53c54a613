"""Parts that are cancelled, moved or held at another time, and definitions that leave nobody standing."""

from typing import Any

import orjson
import pytest

from shared.messages.gathering import Definition
from tests.component.registration.conftest import HERE, Registration
from tests.component.registration.test_staff import KEY, chosen
from tests.support.registration import FORUM, MATCHING, OPEN, OTHER_VISIT, VISIT, definition, with_pool


async def test_a_cancelled_part_takes_everything_that_hung_on_it_and_takes_nobody_any_more(here: Registration) -> None:
    await here.service.hear(*(here.service.submission(f"n{n}", OPEN, FORUM) for n in range(6)))
    body = {"cancel": True, "reason": "storm"}
    first = await here.post("parts/talk/changes", body, status=202, key=KEY)
    assert await here.post("parts/talk/changes", body, status=202, key=KEY) == first
    await here.service.hear(here.service.submission("late", OPEN))
    await here.service.tasks.turn()
    await here.service.tasks.turn()
    for name in ("n0", "n5"):
        assert await here.status(name, "talk") == "cancelled"
    assert await here.status("late", "talk") == "declined: deadline-passed"
    told = [one for one in await here.service.told() if b'"n1"' in one.value]
    assert [one.topic for one in told if one.topic == "registration-confirmed"] == []  # nobody moves up into it
    gathering = await here.get(HERE)
    assert gathering["version"] == 2
    talk = next(one for one in gathering["availability"] if (one["part"], one["mode"]) == OPEN)
    assert (talk["confirmed"], talk["waiting"], talk["free"]) == (0, 0, 0)


async def test_a_part_that_goes_online_takes_everybody_along(here: Registration) -> None:
    invitation = (await here.post("invitations", {"delegation": "d1", "places": 9}, status=201))["invitations"][0]
    names = ("a", "b", "c")
    await here.service.hear(
        *(
            here.service.submission(n, FORUM, OTHER_VISIT, VISIT, delegation="d1", invitation=invitation["code"])
            for n in names
        )
    )
    await here.post("selections", chosen("forum", a="confirmed", b="confirmed"))
    assert await here.status("a", "other-visit") == "confirmed"
    await here.post("parts/forum/changes", {"move_to": "remote", "reason": "storm"}, status=202)
    await here.service.tasks.turn()
    assert await here.status("a", "forum") == "confirmed (remote)"
    assert await here.status("b", "forum") == "declined: part-full (remote)"  # it holds one
    refused = await here.post("parts/talk/changes", {"move_to": "in-person", "reason": "sun"}, status=202)
    assert refused["status"] == "accepted"
    unknown = await here.post("parts/visit/changes", {"move_to": "remote", "reason": "storm"}, status=409)
    assert unknown["type"] == "/problems/unknown-mode"


async def test_a_part_at_another_time_takes_its_sessions_and_doors_along_and_tells_everybody(
    here: Registration,
) -> None:
    given = definition(
        doors=[{"door": "hall", "part": "talk", "opens": "2021-11-22T08:00"}],
        agenda={
            "sessions": [{"session": "one", "part": "talk", "starts": "2021-11-22T09:00", "ends": "2021-11-22T10:00"}]
        },
    )
    await here.publish(given)
    waiting = given.model_copy(update={"credits": given.credits, "languages": ("en", "fr")})
    await here.service.hear(here.service.submission("a", OPEN))
    there = await here.call("GET", HERE)
    assert (await here.put(waiting, if_match=there.headers["ETag"])).status_code == 200  # put, not published
    body = {"starts": "2021-11-29T10:00:00+01:00", "reason": "storm"}
    for _ in range(2):
        await here.post("parts/talk/changes", body, status=202, key=KEY)
    await here.service.tasks.turn()
    found = await here.get(HERE)
    assert found["languages"] == ["en"]
    assert found["parts"][0]["starts"] == "2021-11-29T09:00:00Z"
    assert found["parts"][0]["ends"] == "2021-11-29T12:00:00Z"
    assert found["doors"][0]["opens"] == "2021-11-29T08:00:00Z"
    assert found["agenda"]["sessions"][0]["starts"] == "2021-11-29T09:00:00Z"
    assert (await here.get("/v1/registrations/a"))["version"] == 2
    [said] = [wire for wire in await here.service.told() if wire.topic == "registration-changed"]
    said_of = orjson.loads(said.value)
    assert (said_of["retimed_part"], said_of["retimed_from"]) == ("talk", "2021-11-22T09:00:00Z")
    published = await here.post("publish")
    found = await here.get(HERE)
    assert (found["languages"], found["parts"][0]["starts"]) == (["en", "fr"], "2021-11-29T09:00:00Z")
    assert published["version"] == found["version"]
    wrong = await here.post("parts/talk/changes", {"starts": "2021-10-19T08:00:00Z", "reason": "x"}, status=409)
    assert wrong["type"] == "/problems/change-refused"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cancel": True, "move_to": "remote"},
        {"starts": "noon"},
        {"starts": "2021-02-29T10:00:00Z"},
        {"starts": "0001-01-01T00:00:00+14:00"},
        {"starts": "9999-12-31T23:59:59-14:00"},
    ],
)
async def test_a_change_of_a_part_says_exactly_one_thing(here: Registration, body: dict[str, Any]) -> None:
    await here.post("parts/talk/changes", body | {"reason": "x"}, status=422)
    await here.post("parts/nothing/changes", {"cancel": True, "reason": "x"}, status=404)


async def test_a_definition_that_leaves_somebody_standing_is_not_published(here: Registration) -> None:
    await here.service.hear(*(here.service.submission(f"n{n}", OPEN, delegation=f"d{n}") for n in (1, 2, 3)))
    await here.service.hear(
        here.service.submission("m1", MATCHING, delegation="d1"), here.service.submission("x", OPEN)
    )

    async def refusal(given: Definition) -> str:
        there = await here.call("GET", f"{HERE}?draft=true")
        assert (await here.put(given, if_match=there.headers["ETag"])).status_code == 200
        return str((await here.post("publish", status=409))["type"])

    assert await refusal(with_pool(OPEN, capacity=3, places_per_delegation=None)) == "/problems/capacity-below-taken"
    assert await refusal(with_pool(MATCHING, entry="open")) == "/problems/part-in-use"
    four = definition(delegations={"eligible": ["d1", "d2", "d3", "d4"]})
    assert await refusal(four) == "/problems/capacity-below-taken"  # nothing is left to keep for the fourth
    parts = [one for one in definition().model_dump(mode="json")["parts"] if one["part"] != "matching"]
    assert await refusal(definition(parts=parts)) == "/problems/part-in-use"
    await here.post("parts/matching/changes", {"cancel": True, "reason": "storm"}, status=202)
    await here.service.tasks.turn()
    await here.post("publish")
    assert await here.status("m1", "matching") == "cancelled"


async def test_what_staff_do_and_what_follows_names_the_request_that_it_began_with(here: Registration) -> None:
    await here.publish(definition())
    await here.service.hear(here.service.submission("a", OPEN))
    changed = await here.call("POST", f"{HERE}/parts/talk/changes", {"cancel": True, "reason": "storm"})
    await here.service.tasks.turn()
    published, cancelled = (await here.service.told())[-2:]
    assert (published.topic, cancelled.topic.startswith("registration-")) == ("gathering-published", True)
    assert {dict(one.headers)["ce_correlationid"] for one in (published, cancelled)} == {
        changed.headers["x-request-id"]
    }


async def test_a_part_that_starts_anew_does_so_at_wall_time_in_the_gatherings_zone(here: Registration) -> None:
    await here.publish(definition(timezone="Europe/Paris"))
    body = {"starts": "2021-11-29T10:00", "reason": "storm"}
    await here.post("parts/talk/changes", body, status=202)
    assert (await here.get(HERE))["parts"][0]["starts"] == "2021-11-29T09:00:00Z"
