"""What staff do to meetings, what people hold and wait for, and what they ask speakers, over HTTP and from the log."""

from datetime import timedelta

import httpx

from services.scheduling.domain import Star
from shared.tokens import Role
from tests.component.scheduling.conftest import Service
from tests.component.scheduling.test_desks_and_diaries import opened, sealed
from tests.unit.scheduling.building import (
    EARLY,
    NOON,
    G,
    asks,
    backs,
    cancelled,
    confirmed,
    desk_with,
    holds,
    prefers,
    published,
    questions,
    releases,
    slot,
    stars,
    waits,
)

DESK = f"/v1/gatherings/{G}/desks/anna"
QUESTIONS = f"/v1/gatherings/{G}/sessions/opening/questions"
OVERRIDE = "/v1/bookings/booking-ada/override"
MISSED = "/v1/bookings/booking-ada/no-show"


async def test_a_held_slot_says_until_when_and_stands_in_the_diary(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    answers = await service.tell(holds("ada"), asks("bob"))
    status, body = answers["hold-ada-1"]
    assert (status, body["status"], body["expires_at"]) == (201, "held", "2021-12-07T12:05:00.000Z")
    assert answers["booking-bob"][0] == 409
    desks = (await client.get(f"/v1/gatherings/{G}/desks")).json()["desks"]
    assert desks[0]["slots"][0]["free"] is False
    diary = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada"))).json()
    assert [one["slot_id"] for one in diary["held"]] == [slot(0)]
    service.clock.at = EARLY + timedelta(minutes=5)
    await service.handlers.lapse()
    await service.handlers.lapse()  # nothing is left to end
    desks = (await client.get(f"/v1/gatherings/{G}/desks")).json()["desks"]
    assert desks[0]["slots"][0]["free"] is True


async def test_an_offer_goes_down_the_list_as_the_clock_runs(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published(desks=desk_with(closes="2021-12-10T13:10", offer_minutes=15)))
    await service.hear(*(confirmed(who) for who in ("ada", "bob", "cyd")))
    answers = await service.tell(asks(), waits("bob"), waits("cyd", at=EARLY + timedelta(seconds=1)))
    assert answers["wait-bob-anna-1"] == (200, {"desk": "anna", "registration_id": "bob", "waiting": True})

    async def seen(who: str) -> tuple[list[str], list[int]]:
        diary = (await client.get(f"/v1/registrations/{who}/diary", headers=service.holder(who))).json()
        return [one["status"] for one in diary["held"]], [one["ahead"] for one in diary["waiting"]]

    assert await seen("cyd") == ([], [1])
    await service.hear(cancelled())
    assert (await seen("bob"), await seen("cyd")) == ((["offered"], [0]), ([], [1]))
    service.clock.at = EARLY + timedelta(minutes=15)
    await service.handlers.lapse()
    assert (await seen("bob"), await seen("cyd")) == (([], []), (["offered"], [0]))
    status, _ = (await service.tell(asks("cyd", at=service.clock.at)))["booking-cyd"]
    assert status == 201
    topics = [wire.topic for entry in service.store.said for wire in entry.wires][-3:]
    assert topics == ["slot-offered", "slot-offer-ended", "slot-booked"]


async def test_staff_override_a_window_and_say_why(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published(desks=desk_with(cancel_until_minutes=60, reschedule_until_minutes=60)))
    await service.hear(confirmed(), confirmed("bob"), asks(), asks("bob", slot(10)))
    service.clock.at = NOON - timedelta(minutes=5)
    assert (await service.tell(releases(at=service.clock.at)))["release-ada-1"][0] == 409
    expert, other = service.headers(Role.EXPERT, scope="anna"), service.headers(Role.EXPERT, scope="marc")
    move = {"slot_id": slot(20), "reason": "a late train"}
    assert (await client.post(OVERRIDE, json=move, headers=other)).status_code == 404
    assert (await client.post(OVERRIDE, json=move, headers=service.headers(Role.DOOR))).status_code == 403
    for wrong in ({"reason": "why"}, {"slot_id": slot(20)}, move | {"release": True}):
        assert (await client.post(OVERRIDE, json=wrong, headers=expert)).status_code == 422
    taken = await client.post(OVERRIDE, json=move | {"slot_id": slot(10)}, headers=expert)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/slot-taken")
    assert taken.json()["alternatives"]
    moved = await client.post(OVERRIDE, json=move, headers=expert)
    assert (moved.status_code, moved.json()["slot_id"]) == (200, slot(20))
    released = await client.post(OVERRIDE, json={"release": True, "reason": "ill"}, headers=expert)
    assert released.json()["status"] == "released"
    told = [(audit.action, audit.reason) for _, audit in service.store.audits]
    assert told == [("move-booking", "a late train"), ("release-booking", "ill")]  # a refusal leaves no trace


async def test_who_did_not_come_is_noted(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks())
    expert = service.headers(Role.EXPERT, scope="anna")
    early = await client.post(MISSED, json={"who": "attendee"}, headers=expert)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-begun")
    service.clock.at = NOON
    noted = await client.post(MISSED, json={"who": "attendee"}, headers=expert)
    assert (noted.status_code, noted.json()["missed"]) == (200, ["attendee"])
    assert (await client.post(MISSED, json={"who": "nobody"}, headers=expert)).status_code == 422
    assert (await client.post(MISSED.replace("ada", "zoe"), json={"who": "expert"}, headers=expert)).status_code == 404


async def test_an_expert_takes_in_who_stands_there(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks())
    service.clock.at = NOON + timedelta(minutes=3)
    expert = service.headers(Role.EXPERT, scope="anna") | {"Idempotency-Key": "0123456789abcdef"}
    body = {"registration_id": "cyd", "topic": "A quick word"}
    first = await client.post(f"{DESK}/walk-ins", json=body, headers=expert)
    assert (first.status_code, first.json()["slot_id"]) == (201, slot(10))
    assert (await client.post(f"{DESK}/walk-ins", json=body, headers=expert)).json() == first.json()
    day = (await client.get(f"{DESK}/bookings", headers=expert)).json()["bookings"]
    assert [(one["name"], one["topic"]) for one in day] == [("Ada", None), ("Cyd", "A quick word")]
    organiser = service.headers(Role.ORGANISER)
    elsewhere = body | {"slot_id": slot(20, "marc")}
    assert (await client.post(f"{DESK}/walk-ins", json=elsewhere, headers=organiser)).status_code == 404
    stranger = {"registration_id": "nobody"}
    refused = await client.post(f"{DESK}/walk-ins", json=stranger, headers=organiser)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-registered")


async def test_a_sheet_to_print_has_everything_and_runs_nothing(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    service.people.names = {"cyd": "</style><img src=x onerror=alert(1)>"}
    await service.hear(
        sealed(service, topic="<script>alert(1)</script>"),
        asks("bob", slot(20), sealed=None),
        sealed(service, "cyd", topic="</td></table>", slot_id=slot(40)),
    )
    expert = service.headers(Role.EXPERT, scope="anna")
    span = {"starts_at": "2021-12-10T13:30:00+01:00", "ends_at": "2021-12-10T13:40:00+01:00", "reason": "coffee"}
    await client.post(f"{DESK}/blocks", json=span, headers=expert)
    sheet = await client.get(f"{DESK}/sheet", headers=expert)
    assert sheet.headers["content-type"].startswith("text/html")
    assert [forbidden for forbidden in ("<script>", "<img", "</td></table><") if forbidden in sheet.text] == []
    assert (sheet.text.count("</style>"), sheet.text.count("</table>")) == (1, 1)
    for said in ("Anna Expert", "13:00-13:10", "Ada, Org", "&lt;script&gt;", "coffee", "Workshop"):
        assert said in sheet.text
    assert sheet.text.index("13:00") < sheet.text.index("13:20") < sheet.text.index("13:30")
    assert (await client.get(f"{DESK}/sheet", headers=service.headers(Role.DOOR))).status_code == 403


async def test_an_expert_who_is_ill_offers_other_slots(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks())
    span = {"starts_at": "2021-12-10T12:00:00Z", "ends_at": "2021-12-10T13:00:00Z", "offer_elsewhere": True}
    answer = await client.post(f"{DESK}/blocks", json=span, headers=service.headers(Role.ORGANISER))
    assert [one["id"] for one in answer.json()["released"]] == ["booking-ada"]
    assert [(one["desk"], one["status"]) for one in answer.json()["offered"]] == [("marc", "offered")]


async def test_a_star_is_answered_and_stands_in_the_diary(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    answers = await service.tell(stars(), stars(session="nothing"), stars("bob", "practices"))
    assert answers["star-ada-opening-1"] == (200, {"session": "opening", "registration_id": "ada", "starred": True})
    status, problem = answers["star-ada-nothing-1"]
    assert (status, problem["type"]) == (409, "/problems/unknown-session")
    assert "newest release" in str(problem["detail"])
    diary = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada"))).json()
    assert [(one["session"], one["starred"]) for one in diary["sessions"]] == [("opening", True), ("practices", False)]
    [taken_back] = await service.hear(stars(number=2, starred=False))
    assert (taken_back.status, taken_back.body["starred"]) == (200, False)
    assert service.store.stars == {Star(G, "practices", "bob")}


async def test_questions_are_read_by_all_and_moderated_by_staff(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    assert (await client.get(QUESTIONS.replace("opening", "nothing"))).status_code == 404

    def asked(who: str, text: str) -> object:
        one = questions(who)
        return one.model_copy(update={"sealed": service.seal.seal({"text": text}, one.id)})

    answers = await service.tell(asked("ada", "When?"), asked("bob", "Spam"), backs("cyd"), backs("cyd", number=2))  # type: ignore[arg-type]
    assert answers["question-ada-1"] == (
        201,
        {"id": "question-ada-1", "session": "opening", "status": "open", "votes": 0},
    )
    assert answers["backs-cyd-2"] == (200, {"id": "question-ada-1", "backed": True})
    shown = (await client.get(QUESTIONS)).json()["questions"]
    assert [(one["text"], one["votes"]) for one in shown] == [("When?", 1), ("Spam", 0)]
    assert "registration_id" not in shown[0]
    staff = service.headers(Role.ORGANISER)
    hidden = await client.patch(f"{QUESTIONS}/question-bob-1", json={"status": "hidden"}, headers=staff)
    assert hidden.json()["status"] == "hidden"
    assert [one["text"] for one in (await client.get(QUESTIONS)).json()["questions"]] == ["When?"]
    assert len((await client.get(QUESTIONS, headers=staff)).json()["questions"]) == 2
    nothing = await client.patch(f"{QUESTIONS}/nothing", json={"status": "open"}, headers=staff)
    assert nothing.status_code == 404
    assert (await service.tell(questions("cyd", "nothing")))["question-cyd-1"][0] == 409


async def test_all_that_is_held_of_a_person_is_handed_out_in_their_words(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    text = service.seal.seal({"text": "When is the next call?"}, "question-ada-1")
    asked = questions().model_copy(update={"sealed": text})
    await service.hear(sealed(service), asked, prefers())
    own = service.access.own_header("gateway")
    held = (await client.get("/internal/people/ada", headers=own)).json()
    assert [one["topic"] for one in held["bookings"]] == ["Our region"]
    assert [(one["session"], one["text"]) for one in held["questions"]] == [("opening", "When is the next call?")]
    assert held["preferences"]["working_groups"]
    assert (held["profile"], held["rooms"], held["meetings"], held["waiting_lists"]) == (None, [], [], [])
    nobody = (await client.get("/internal/people/nobody", headers=own)).json()
    assert not any(nobody.values())
    assert (await client.get("/internal/people/ada", headers=service.headers(Role.ADMIN))).status_code == 404
