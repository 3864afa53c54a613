"""Profiles and meetings of two: one submission each, sealed where it is text, about others only."""

from typing import Any

import pytest

from shared.messages.scheduling import (
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    PreferenceSubmitted,
    ProfileSubmitted,
)
from shared.seal import Seal
from tests.component.gateway.conftest import REGISTRATION, House

OWN = f"/v1/registrations/{REGISTRATION}"


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("POST", "/meetings", {"with": "other"}, MeetingRequested),
        ("DELETE", "/meetings/m-1", None, MeetingReleaseRequested),
        ("POST", "/meetings/m-1/held", None, MeetingNoted),
        ("PUT", "/preferences", {"meet": ["a"], "no_thanks": ["b"]}, PreferenceSubmitted),
    ],
)
async def test_each_call_is_one_submission(house: House, method: str, path: str, body: Any, kind: type) -> None:
    house.producer.decide = lambda _: (200, {"id": "m-1"})
    sent = {"headers": house.holder(), "json": body} if body is not None else {"headers": house.holder()}
    answer = await house.client.request(method, OWN + path, **sent)
    assert (answer.status_code, answer.json()) == (200, {"id": "m-1"})
    (appended,) = house.producer.log
    assert isinstance(appended.message, kind)


async def test_a_profile_is_sealed_and_one_line_is_a_list_of_one(house: House) -> None:
    house.producer.decide = lambda _: (200, {})
    body = {"offers": "wind", "seeks": ["sun", "rain"], "visible": False}
    await house.client.put(f"{OWN}/profile", json=body, headers=house.holder())
    (appended,) = house.producer.log
    message = appended.message
    assert isinstance(message, ProfileSubmitted)
    assert message.visible is False
    opened = Seal.for_service(house.settings.secrets, "scheduling").open(message.sealed or "", message.id)
    assert opened == {"offers": ["wind"], "seeks": ["sun", "rain"], "topics": []}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/meetings", {"with": REGISTRATION}),
        ("PUT", "/preferences", {"meet": ["a", REGISTRATION]}),
        ("PUT", "/preferences", {"no_thanks": [REGISTRATION]}),
        ("PUT", "/preferences", {"meet": ["a"], "no_thanks": ["a"]}),
        ("PUT", "/preferences", {"meet": [str(number) for number in range(10_000)]}),
        ("PUT", "/profile", {"offers": ["x" * 201]}),
        ("PUT", "/profile", {"offers": ["x"] * 21}),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_the_log(house: House, method: str, path: str, body: Any) -> None:
    answer = await house.client.request(method, OWN + path, json=body, headers=house.holder())
    assert (answer.status_code, house.producer.log) == (422, [])


async def test_somebody_else_s_meetings_are_not_there(house: House) -> None:
    answer = await house.client.delete(f"/v1/registrations/{'s' * 32}/meetings/m-1", headers=house.holder())
    assert (answer.status_code, house.producer.log) == (404, [])
