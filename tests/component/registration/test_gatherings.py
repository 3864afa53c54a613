"""Gatherings: put under If-Match, published, read with what is left."""

import pytest

from shared.access import Actor
from shared.tokens import Role
from tests.component.registration.conftest import HERE, Registration
from tests.support.registration import GATHERING, OPEN, REMOTE, definition, with_pool


async def test_a_first_put_needs_no_precondition_and_every_other_does(unpublished: Registration) -> None:
    here = unpublished
    first = await here.put(definition())
    assert (first.status_code, first.headers["ETag"], first.json()["version"]) == (200, '"v1"', 1)
    missing = await here.put(definition(title="Again"))
    assert (missing.status_code, missing.json()["type"]) == (428, "/problems/precondition-required")
    stale = await here.put(definition(title="Again"), if_match='"v9"')
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/precondition-failed")
    again = await here.put(definition(title="Again"), if_match='"v1"')
    assert (again.status_code, again.headers["ETag"]) == (200, '"v2"')
    same = await here.put(definition(title="Again"), if_match="*")
    assert (same.status_code, same.headers["ETag"]) == (200, '"v2"')  # nothing changed, so nothing is to publish
    nothing = await here.call("PUT", "/v1/gatherings/another", definition().model_dump(mode="json"))
    assert nothing.json()["errors"][0]["pointer"] == "/gathering"
    unborn = definition(gathering="another").model_dump(mode="json", by_alias=True)
    answer = await here.call("PUT", "/v1/gatherings/another", unborn, if_match='"v1"')
    assert answer.status_code == 412


async def test_what_is_wrong_with_a_definition_is_told_with_its_place(unpublished: Registration) -> None:
    answer = await unpublished.call("PUT", HERE, {"gathering": GATHERING})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-definition")
    assert {one["pointer"] for one in answer.json()["errors"]} >= {"/parts", "/title", "/timezone"}


async def test_nobody_sees_a_gathering_before_it_is_published(unpublished: Registration) -> None:
    await unpublished.put(definition())
    assert (await unpublished.call("GET", HERE)).status_code == 404
    assert (await unpublished.get("/v1/gatherings"))["gatherings"] == []
    answers = [await unpublished.post("publish", key="0123456789abcdef") for _ in range(2)]
    assert answers[0] == answers[1] == {"gathering": GATHERING, "version": 1, "published_version": 1}
    assert (await unpublished.post("publish"))["version"] == 1
    [listed] = (await unpublished.get("/v1/gatherings"))["gatherings"]
    assert (listed["gathering"], listed["past"], listed["starts_at"]) == (GATHERING, False, "2021-11-22T09:00:00Z")
    assert listed.items() >= (await unpublished.get(HERE)).items()  # the definition, and what is left of it
    assert [wire.topic for wire in await unpublished.service.told()] == ["gathering-published"]


async def test_a_gathering_is_read_with_what_is_left(here: Registration) -> None:
    people = [here.service.submission(f"n{n}", OPEN, delegation=f"d{n}") for n in (1, 2)]
    await here.service.hear(*people, *(here.service.submission(f"x{n}", OPEN) for n in range(3)))
    found = await here.get(HERE)
    counts = {(one["part"], one["mode"]): one for one in found["availability"]}
    talk = {name: counts[OPEN][name] for name in ("capacity", "confirmed", "held", "waiting", "free")}
    assert talk == {"capacity": 4, "confirmed": 3, "held": 1, "waiting": 2, "free": 0}
    assert counts[REMOTE]["free"] is None
    here.service.clock.at = here.service.clock.at.replace(day=12)
    released = {(one["part"], one["mode"]): one for one in (await here.get(HERE))["availability"]}[OPEN]
    assert (released["held"], released["free"]) == (0, 1)
    await here.service.tasks.turn()
    moved = {(one["part"], one["mode"]): one for one in (await here.get(HERE))["availability"]}[OPEN]
    assert (moved["confirmed"], moved["waiting"], moved["free"]) == (4, 1, 0)


@pytest.mark.parametrize("capacity", [0, 1])
async def test_a_capacity_below_the_confirmed_is_not_published(here: Registration, capacity: int) -> None:
    await here.service.hear(*(here.service.submission(f"n{n}", OPEN, delegation=f"d{n}") for n in (1, 2)))
    fewer = with_pool(OPEN, capacity=capacity, places_per_delegation=None)
    there = (await here.call("GET", HERE)).headers["ETag"]
    assert (await here.put(fewer, there)).status_code == 200
    refused = await here.post("publish", status=409)
    assert refused["type"] == "/problems/capacity-below-taken"
    assert await here.status("n1", OPEN[0]) == "confirmed"


async def test_a_raised_capacity_lets_the_queue_in_when_it_is_published(here: Registration) -> None:
    await here.service.hear(*(here.service.submission(f"x{n}", OPEN) for n in range(5)))
    await here.publish(with_pool(OPEN, capacity=6))
    assert [await here.status(f"x{n}", "talk") for n in range(5)] == ["confirmed"] * 3 + ["waitlisted"] * 2


async def test_what_is_read_may_be_put_only_if_no_draft_was_missed(here: Registration) -> None:
    published = await here.call("GET", HERE)
    drafted = definition(title="Draft")
    assert (await here.put(drafted, if_match=published.headers["ETag"])).status_code == 200  # nothing else waited
    public = await here.call("GET", HERE)
    assert (public.json()["title"], public.headers["ETag"]) == ({"en": "Clusters"}, published.headers["ETag"])
    assert (await here.put(definition(title="Over it"), if_match=public.headers["ETag"])).status_code == 412
    draft = await here.call("GET", f"{HERE}?draft=true")
    assert draft.json()["title"] == {"en": "Draft"}
    assert (await here.put(definition(title="After it"), if_match=draft.headers["ETag"])).status_code == 200


async def test_a_draft_is_read_whole_and_put_again_as_it_is(unpublished: Registration) -> None:
    here = unpublished
    listed = [{"id": "d1", "coordinator": "c@example.org", "membership_code": "secret"}, "d2", "d3"]
    given = definition(delegations={"eligible": listed})
    await here.put(given)
    draft = await here.call("GET", f"{HERE}?draft=true")
    assert draft.json() == given.model_dump(mode="json", by_alias=True)
    assert draft.json()["delegations"]["eligible"][0]["membership_code"] == "secret"
    again = await here.call("PUT", HERE, draft.json(), if_match=draft.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (200, draft.headers["ETag"])  # it says the same
    auditor = await here.call("GET", f"{HERE}?draft=true", actor=Actor(Role.AUDITOR, "aline"))
    assert "secret" not in auditor.text
    assert auditor.json()["gathering"] == GATHERING
    for actor in (Actor("public", "-"), Actor(Role.DOOR, "d"), Actor(Role.ORGANISER, "o", ("another",))):
        assert (await here.call("GET", f"{HERE}?draft=true", actor=actor)).status_code == 404
