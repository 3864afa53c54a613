"""What organisers do: select, invite, add people, waive duties, change parts; once per key, and never by halves."""

from typing import Any

import orjson

from shared.access import Actor
from shared.tokens import Role
from tests.component.registration.conftest import HERE, Registration
from tests.support.registration import DEFINITION, FORUM, GATHERING, LUNCH, MATCHING, OPEN, VISIT, definition

KEY = "0123456789abcdef"


def chosen(part: str, **outcomes: str) -> dict[str, Any]:
    decisions = [{"registration_id": name, "outcome": outcome} for name, outcome in outcomes.items()]
    return {"part": part, "decisions": decisions}


async def match(here: Registration, *names: str) -> None:
    """They apply for a place in the matching; the last letter is the number of their delegation."""
    await here.service.hear(*(here.service.submission(name, MATCHING, delegation=f"d{name[-1]}") for name in names))


async def test_a_selection_is_applied_whole(here: Registration) -> None:
    await match(here, "a1", "b2", "c3")
    answer = await here.post("selections", chosen("matching", a1="confirmed", b2="confirmed"))
    assert (answer["decided"], answer["changed"]) == (2, 2)
    assert [await here.status(name, "matching") for name in ("a1", "b2", "c3")] == [
        "confirmed",
        "confirmed",
        "awaiting-selection",
    ]


async def test_a_selection_that_breaks_a_rule_changes_nothing_and_says_why(here: Registration) -> None:
    await match(here, "a1", "b2", "c3")
    wrong = chosen("matching", a1="confirmed", b2="confirmed", c3="confirmed")
    refused = await here.post("selections", wrong, status=409)
    assert refused["errors"] == [{"reason": "part-full", "registration_id": "c3", "delegation": "d3"}]
    refused = await here.post("selections", chosen("matching", a1="declined"), status=409)
    assert refused["errors"] == [{"reason": "obligation-unmet", "registration_id": None, "delegation": "d1"}]
    refused = await here.post("selections", chosen("matching", a1="waitlisted"), status=409)
    assert refused["errors"][0]["reason"] == "obligation-unmet"
    for part in ("talk", "nothing"):
        refused = await here.post("selections", chosen(part, a1="declined"), status=409)
        assert refused["errors"][0]["reason"] == "not-a-selection-part"
    assert await here.status("a1", "matching") == "awaiting-selection"
    assert (await here.get("/v1/registrations/a1"))["version"] == 1


async def test_a_waived_duty_lets_a_delegation_go(here: Registration) -> None:
    await match(here, "a1")
    waiver = {"part": "matching", "reason": "Their only applicant is ill."}
    for _ in range(2):
        answer = await here.call("PUT", f"{HERE}/obligations/d1/waiver", waiver, key=KEY)
        assert answer.json() == {"delegation": "d1", "part": "matching", "waived": waiver["reason"]}
    await here.post("selections", chosen("matching", a1="declined"))
    owed = (await here.get(f"{HERE}/obligations"))["obligations"]
    assert {
        "delegation": "d1",
        "part": "matching",
        "minimum": 1,
        "confirmed": 0,
        "applied": 1,
        "attended": None,
        "waived": waiver["reason"],
    } in owed
    assert [one["delegation"] for one in owed if one["part"] == "matching"] == ["d1", "d2", "d3"]
    nothing = await here.call("PUT", f"{HERE}/obligations/d1/waiver", {"part": "talk", "reason": "x"})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/no-obligation")
    nobody = await here.call("PUT", f"{HERE}/obligations/d99/waiver", {"part": "matching", "reason": "x"})
    assert nobody.status_code == 404


async def test_a_repeated_selection_has_the_same_answer_and_one_effect(here: Registration) -> None:
    await match(here, "a1", "b2")
    body = chosen("matching", a1="confirmed", b2="waitlisted")
    await here.call("PUT", f"{HERE}/obligations/d2/waiver", {"part": "matching", "reason": "ill"})
    first = await here.post("selections", body, key=KEY)
    told = await here.service.told()
    await here.service.hear(here.service.cancellation("a1"))  # the reserve list moves up
    assert await here.status("b2", "matching") == "confirmed"
    assert await here.post("selections", body, key=KEY) == first
    assert await here.status("b2", "matching") == "confirmed"
    assert len([one for one in await here.service.told() if one.topic == "selection-published"]) == 1
    assert len(told) < len(await here.service.told())
    other = await here.post("selections", chosen("matching", b2="declined"), status=422, key=KEY)
    assert other["type"] == "/problems/idempotency-mismatch"


async def test_whom_a_selection_puts_in_reserve_waits_though_there_is_room(here: Registration) -> None:
    await match(here, "a1", "b1", "c1")
    await here.post("selections", chosen("matching", a1="confirmed", b1="waitlisted", c1="waitlisted"))
    await here.service.tasks.turn()
    assert await here.status("b1", "matching") == "waitlisted"
    await here.service.hear(here.service.cancellation("a1"))
    assert await here.status("b1", "matching") == "confirmed"
    assert await here.status("c1", "matching") == "waitlisted"


async def test_a_proposal_can_be_sent_back_as_it_is(here: Registration) -> None:
    await match(here, "a1", "b1", "c2", "d3")
    proposal = await here.post("selections/propose", {"part": "matching"})
    outcomes = {one["registration_id"]: one["outcome"] for one in proposal["decisions"]}
    assert outcomes == {"a1": "confirmed", "c2": "confirmed", "b1": "waitlisted"}  # d3 owes, and is left to people
    await here.post("selections", proposal)


async def test_who_is_not_selected_attends_online_and_loses_what_hung_on_it(here: Registration) -> None:
    invitation = await invite(here, "a@example.org")
    await here.service.hear(
        here.service.submission("a", FORUM, VISIT, LUNCH, email="a@example.org", invitation=invitation["code"])
    )
    assert await here.status("a", "lunch") == "awaiting-selection"
    await here.post("selections", chosen("forum", a="declined"))
    assert await here.status("a", "forum") == "confirmed (remote)"
    assert await here.status("a", "visit") == "declined: not-eligible"
    assert await here.status("a", "lunch") == "declined: not-eligible"


async def test_who_is_selected_gets_what_hung_on_it_in_the_same_decision(here: Registration) -> None:
    invitation = await invite(here, "a@example.org")
    await here.service.hear(
        here.service.submission("a", FORUM, VISIT, LUNCH, email="a@example.org", invitation=invitation["code"])
    )
    await here.post("selections", chosen("forum", a="confirmed"))
    found = await here.get("/v1/registrations/a")
    assert {one["status"] for one in found["parts"]} == {"confirmed"}
    assert found["version"] == 2
    await here.service.hear(here.service.cancellation("a"))
    assert {one["status"] for one in (await here.get("/v1/registrations/a"))["parts"]} == {"cancelled"}


async def invite(here: Registration, *emails: str, key: str = "") -> Any:
    body = {"invitations": [{"email": email, "name": "Somebody"} for email in emails]}
    return (await here.post("invitations", body, status=201, key=key))["invitations"][0]


async def test_an_invitation_admits_its_person_once_and_can_be_revoked(here: Registration) -> None:
    first, again = [await invite(here, "a@example.org", key=KEY) for _ in range(2)]
    assert first == again
    listed = (await here.get(f"{HERE}/invitations"))["invitations"]
    assert [(one["id"], one["email"], one["used"]) for one in listed] == [(first["id"], "a@example.org", 0)]
    code = first["code"]
    await here.service.hear(
        here.service.submission("thief", FORUM, email="t@example.org", invitation=code),
        here.service.submission("a", FORUM, email="A@example.org", invitation=code.upper()),
    )
    assert await here.status("thief", "forum") == "declined: not-invited"
    assert await here.status("a", "forum") == "awaiting-selection"
    for _ in range(2):
        gone = await here.call("DELETE", f"{HERE}/invitations/{first['id']}", key=KEY)
        assert gone.json() == {"id": first["id"], "revoked": True}
    assert (await here.call("DELETE", f"{HERE}/invitations/{first['id']}")).status_code == 404
    assert await here.status("a", "forum") == "awaiting-selection"
    issued = [one for one in await here.service.told() if one.topic == "invitation-issued"]
    assert len(issued) == 2


async def test_a_delegation_is_invited_with_so_many_places(here: Registration) -> None:
    answer = await here.post("invitations", {"delegation": "d1", "places": 2}, status=201)
    [invitation] = answer["invitations"]
    send = [
        here.service.submission(name, FORUM, delegation=mine, invitation=invitation["code"])
        for name, mine in (("x", "d2"), ("a", "d1"), ("b", "d1"), ("c", "d1"))
    ]
    await here.service.hear(*send)
    assert await here.status("x", "forum") == "declined: not-invited"
    assert [await here.status(name, "forum") for name in "abc"][:2] == ["awaiting-selection"] * 2
    assert await here.status("c", "forum") == "declined: not-invited"
    await here.service.hear(here.service.cancellation("a"))
    await here.service.hear(here.service.submission("e", FORUM, delegation="d1", invitation=invitation["code"]))
    assert await here.status("e", "forum") == "awaiting-selection"
    unknown = await here.post("invitations", {"delegation": "dx"}, status=404)
    assert unknown["type"] == "/problems/not-found"
    for wrong in ({}, {"delegation": "d1", "invitations": [{"email": "a@example.org"}]}, {"places": 2}):
        await here.post("invitations", wrong, status=422)


async def test_the_mail_of_an_invitation_is_written_from_here(here: Registration) -> None:
    invitation = await invite(here, "a@example.org")
    service = Actor("service", "notifications")
    found = await here.get(f"/internal/invitations/{invitation['id']}", actor=service)
    assert (found["code"], found["email"], found["places"]) == (invitation["code"], "a@example.org", 1)
    assert (await here.call("GET", f"/internal/invitations/{invitation['id']}")).status_code == 404
    await here.call("DELETE", f"{HERE}/invitations/{invitation['id']}")
    assert (await here.call("GET", f"/internal/invitations/{invitation['id']}", actor=service)).status_code == 404


GUEST = {
    "attendee": {"name": "Grace", "email": "grace@example.org"},
    "parts": [{"part": "talk", "mode": "in-person"}],
    "category": "speaker",
    "override": "Keynote",
}


async def test_staff_adds_a_speaker_beside_the_public_places(here: Registration) -> None:
    first = await here.post("registrations", GUEST, status=201, key=KEY)
    assert await here.post("registrations", GUEST, status=201, key=KEY) == first
    assert (first["category"], first["parts"][0]["status"], first["version"]) == ("speaker", "confirmed", 1)
    assert here.service.tokens.read_manage(first["manage_token"]).registration_id == first["id"]
    repeated = await here.call("POST", f"{HERE}/registrations", GUEST, key=KEY)
    assert repeated.headers["Location"] == f"/v1/registrations/{first['id']}"
    gathering = await here.get(HERE)
    talk = next(one for one in gathering["availability"] if (one["part"], one["mode"]) == OPEN)
    assert (talk["confirmed"], talk["held"], talk["free"]) == (0, 3, 1)
    again = await here.post("registrations", GUEST, status=409)
    assert again["type"] == "/problems/already-registered"
    unknown = GUEST | {"attendee": {"name": "X", "email": "x@example.org"}, "parts": [{"part": "x", "mode": "remote"}]}
    assert (await here.post("registrations", unknown, status=409))["type"] == "/problems/unknown-part"
    await here.post("registrations", GUEST | {"category": "attendee"}, status=422)
    await here.post("registrations", GUEST | {"override": ""}, status=422)


async def test_only_the_roles_that_may_do_it(here: Registration) -> None:
    auditor, elsewhere = Actor(Role.AUDITOR, "a"), Actor(Role.ORGANISER, "o", gatherings=("another",))
    calls = [
        ("POST", "selections", chosen("matching", a="declined")),
        ("POST", "selections/propose", {"part": "matching"}),
        ("POST", "invitations", {"delegation": "d1"}),
        ("POST", "registrations", GUEST),
        ("POST", "parts/talk/changes", {"cancel": True, "reason": "storm"}),
        ("POST", "publish", None),
        ("PUT", "obligations/d1/waiver", {"part": "matching", "reason": "ill"}),
    ]
    for method, path, body in calls:
        assert (await here.call(method, f"{HERE}/{path}", body, actor=auditor)).status_code == 403, path
        assert (await here.call(method, f"{HERE}/{path}", body, actor=elsewhere)).status_code == 404, path
        unsigned = await here.client.request(method, f"{HERE}/{path}", json=body)
        assert unsigned.status_code == 401
    for path in ("registrations", "registrations.csv", "obligations", "invitations"):
        assert (await here.call("GET", f"{HERE}/{path}", actor=auditor)).status_code == 200
        assert (await here.call("GET", f"{HERE}/{path}", actor=elsewhere)).status_code == 404
        assert (await here.call("GET", f"{HERE}/{path}", actor=Actor(Role.DOOR, "d"))).status_code == 403


async def test_nothing_is_decided_on_a_gathering_that_is_not_published(unpublished: Registration) -> None:
    for path, body in (
        ("selections", chosen("matching", a="declined")),
        ("selections/propose", {"part": "matching"}),
        ("invitations", {"delegation": "d1"}),
        ("registrations", GUEST),
        ("parts/talk/changes", {"cancel": True, "reason": "storm"}),
        ("publish", None),
    ):
        await unpublished.post(path, body, status=404)


async def test_of_a_gathering_that_was_never_put_there_is_nothing_to_read(unpublished: Registration) -> None:
    for path in ("registrations", "registrations.csv", "invitations", "obligations"):
        answer = await unpublished.call("GET", f"/v1/gatherings/nowhere/{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found"), path


async def test_what_can_be_meant_only_once_need_not_be_said(here: Registration) -> None:
    for _ in range(2):
        unsaid = await here.call("PUT", f"{HERE}/obligations/d1/waiver", key=KEY)
        assert unsaid.status_code == 422  # two parts ask something of their delegations
        assert unsaid.json()["errors"][0]["pointer"] == "/part"
    parts = [one | {"obligation": None} if one["part"] == "forum" else one for one in DEFINITION["parts"]]
    await here.publish(definition(parts=parts))
    waived = await here.call("PUT", f"{HERE}/obligations/d1/waiver")
    assert (waived.json()["part"], waived.status_code) == ("matching", 200)
    assert (await here.post("selections/propose", status=422))["errors"][0]["pointer"] == "/part"
    parts = [one for one in parts if one["part"] in {"talk", "matching"}]
    await here.publish(definition(parts=parts, questions=[]))
    assert await here.post("selections/propose") == {"part": "matching", "decisions": []}


async def test_a_coordinator_invites_the_own_delegation_within_its_places(here: Registration) -> None:
    coordinator = Actor(Role.COORDINATOR, "c", (GATHERING,), scope="d1")

    async def invites(body: Any, actor: Actor = coordinator) -> int:
        return (await here.call("POST", f"{HERE}/invitations", body, actor=actor)).status_code

    assert await invites({"delegation": "d1", "places": 1}) == 201
    assert await invites({"delegation": "d1", "places": 2}) == 409  # it may hold two, and one is given away
    assert await invites({"delegation": "d1"}) == 201
    assert await invites({"delegation": "d1"}) == 409
    assert await invites({"delegation": "d2"}) == 404
    assert await invites({"delegation": "d1"}, Actor(Role.COORDINATOR, "c", (GATHERING,))) == 404
    assert await invites({"delegation": "d1"}, Actor(Role.COORDINATOR, "c", ("another",), scope="d1")) == 404
    assert await invites({"invitations": [{"email": "a@example.org"}]}) == 403
    revoked = (await here.get(f"{HERE}/invitations"))["invitations"][0]["id"]
    await here.call("DELETE", f"{HERE}/invitations/{revoked}")
    assert await invites({"delegation": "d1"}) == 201
    assert await invites({"delegation": "d1", "places": 9}, Actor(Role.ORGANISER, "o")) == 201


async def test_a_duty_says_how_many_were_there_as_far_as_check_in_can_tell(here: Registration) -> None:
    async def attended() -> dict[str, int | None]:
        owed = (await here.get(f"{HERE}/obligations"))["obligations"]
        return {one["delegation"]: one["attended"] for one in owed if one["part"] == "matching"}

    assert await attended() == {"d1": None, "d2": None, "d3": None}
    here.attendance.known = {("d1", "matching"): 2, ("d2", "forum"): 5}
    assert await attended() == {"d1": 2, "d2": 0, "d3": 0}


async def test_an_invitation_that_nobody_took_up_is_said_again_once(here: Registration) -> None:
    names = ("used", "revoked", "unused")
    codes = {name: await invite(here, f"{name}@example.org") for name in names}
    await here.call("DELETE", f"{HERE}/invitations/{codes['revoked']['id']}")
    await here.service.hear(
        here.service.submission("used", FORUM, email="used@example.org", invitation=codes["used"]["code"])
    )

    async def reminded() -> list[str]:
        told = [orjson.loads(one.value) for one in await here.service.told() if one.topic == "invitation-issued"]
        return [one["invitation_id"] for one in told if one["reminder"]]

    await here.service.tasks.turn()
    assert await reminded() == []  # three weeks are left
    here.service.clock.at = here.service.clock.at.replace(day=20)
    late = await invite(here, "late@example.org")
    for _ in range(2):
        await here.service.tasks.turn()
    assert await reminded() == [codes["unused"]["id"]]
    here.service.clock.at = here.service.clock.at.replace(day=21, hour=23)
    await here.service.tasks.turn()
    assert await reminded() == [codes["unused"]["id"], late["id"]]
    gone = await here.call("DELETE", f"{HERE}/invitations/{late['id']}")
    assert gone.status_code == 200
