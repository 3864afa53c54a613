"""Who may call what: every route and every role, and every forgery of a token."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.gateway.api.routes import OWN, ROUTES, Operation, Route
from services.gateway.settings import GatewaySettings
from shared import secrets
from shared.clock import Clock, set_clock
from shared.tokens import Join, Role
from tests.component.gateway.conftest import GATHERING, REGISTRATION, House, bearer, house_of
from tests.component.gateway.doubles import Owners

BOOKING = "b" * 32
STAFF_ROLES = [role for role in Role if role is not Role.ATTENDEE]
STAFF_PATH = f"/v1/gatherings/{GATHERING}/obligations"
HELD_PATH = f"/v1/registrations/{REGISTRATION}"

# What each route takes, beside `admin` (all) and `auditor` (every GET); a route that is missing here fails.
EXPECTED = {
    "POST /v1/gatherings/{g}/check-ins": {"door", "organiser"},
    "POST /v1/gatherings/{g}/check-ins/batch": {"door", "organiser"},
    "GET /v1/gatherings/{g}/doors/{d}/roster": {"door", "organiser"},
    "GET /v1/gatherings": None,
    "GET /v1/gatherings/{g}": None,
    "PUT /v1/gatherings/{g}": {"organiser"},
    "POST /v1/gatherings/{g}/publish": {"organiser"},
    "GET /v1/gatherings/{g}/registrations": {"organiser"},
    "GET /v1/gatherings/{g}/registrations.csv": {"organiser"},
    "GET /v1/gatherings/{g}/obligations": {"organiser"},
    "PUT /v1/gatherings/{g}/obligations/{d}/waiver": {"organiser"},
    "POST /v1/gatherings/{g}/selections": {"organiser"},
    "POST /v1/gatherings/{g}/selections/propose": {"organiser"},
    "POST /v1/gatherings/{g}/invitations": {"coordinator", "organiser"},
    "GET /v1/gatherings/{g}/invitations": {"organiser"},
    "DELETE /v1/gatherings/{g}/invitations/{i}": {"organiser"},
    "POST /v1/gatherings/{g}/parts/{p}/changes": {"organiser"},
    "GET /v1/gatherings/{g}/delegations/{d}": {"coordinator", "organiser"},
    "DELETE /v1/people/{r}": {"organiser"},
    "GET /v1/people/{r}/export": {"organiser"},
    "POST /v1/access-links": None,
    "POST /v1/gatherings/{g}/announcements": {"organiser"},
    "POST /v1/gatherings/{g}/follow-up": {"organiser"},
    "GET /v1/gatherings/{g}/agenda": None,
    "GET /v1/gatherings/{g}/agenda.ics": None,
    "PUT /v1/gatherings/{g}/agenda": {"organiser"},
    "POST /v1/gatherings/{g}/agenda/publish": {"organiser"},
    "GET /v1/gatherings/{g}/desks": None,
    "GET /v1/gatherings/{g}/desks/{d}/bookings": {"expert", "organiser"},
    "POST /v1/gatherings/{g}/desks/{d}/blocks": {"expert", "organiser"},
    "DELETE /v1/gatherings/{g}/desks/{d}/blocks/{b}": {"expert", "organiser"},
    "GET /v1/gatherings/{g}/desks/{d}/sheet": {"expert", "organiser"},
    "POST /v1/gatherings/{g}/desks/{d}/walk-ins": {"expert", "organiser"},
    "POST /v1/gatherings/{g}/desks/{d}/access": {"organiser"},
    "POST /v1/bookings/{b}/override": {"expert", "organiser"},
    "GET /v1/gatherings/{g}/sessions/{s}/questions": None,
    "PATCH /v1/gatherings/{g}/sessions/{s}/questions/{q}": {"organiser"},
    "GET /v1/gatherings/{g}/feeds": {"organiser"},
    "GET /v1/feeds/{code}": None,
    "GET /v1/registrations/{r}/diary": {"attendee", "organiser"},
    "GET /v1/registrations/{r}/diary.ics": {"attendee", "organiser"},
    "GET /v1/registrations/{r}/preferences": {"attendee", "organiser"},
    "GET /v1/registrations/{r}/ticket": {"attendee", "organiser"},
    "GET /v1/registrations/{r}/ticket.svg": {"attendee", "organiser"},
    "GET /v1/registrations/{r}/ticket.pdf": {"attendee", "organiser"},
    "GET /v1/registrations/{r}/profile": {"attendee", "organiser"},
    "GET /v1/gatherings/{g}/profiles": {"attendee", "organiser"},
    "POST /v1/gatherings/{g}/working-groups/propose": {"organiser"},
    "POST /v1/gatherings/{g}/working-groups/publish": {"organiser"},
    "GET /v1/gatherings/{g}/working-groups": {"organiser"},
    "PUT /v1/gatherings/{g}/working-groups/people/{r}": {"organiser"},
    "POST /v1/gatherings/{g}/partnering/propose": {"organiser"},
    "POST /v1/gatherings/{g}/partnering/publish": {"organiser"},
    "GET /v1/gatherings/{g}/partnering/sheets": {"organiser"},
    "GET /v1/gatherings/{g}/partnering/result": {"organiser"},
    "GET /v1/gatherings/{g}/proposals": {"organiser"},
    "GET /v1/gatherings/{g}/proposals/{p}": {"organiser"},
    "PATCH /v1/gatherings/{g}/proposals/{p}": {"organiser"},
    "DELETE /v1/gatherings/{g}/proposals/{p}": {"organiser"},
    "POST /v1/join/{code}": None,
    # the gateway's own
    "POST /v1/gatherings/{g}/registrations": None,
    "POST /v1/gatherings/{g}/bookings": {"attendee", "organiser"},
    "POST /v1/gatherings/{g}/holds": {"attendee", "organiser"},
    "PUT /v1/registrations/{r}/waiting-list/{d}": {"attendee", "organiser"},
    "DELETE /v1/registrations/{r}/waiting-list/{d}": {"attendee", "organiser"},
    "PUT /v1/registrations/{r}/stars/{s}": {"attendee", "organiser"},
    "DELETE /v1/registrations/{r}/stars/{s}": {"attendee", "organiser"},
    "POST /v1/gatherings/{g}/sessions/{s}/questions": {"attendee", "organiser"},
    "POST /v1/gatherings/{g}/sessions/{s}/questions/{q}/votes": {"attendee", "organiser"},
    "GET /v1/registrations/{r}": {"attendee", "organiser"},
    "PATCH /v1/registrations/{r}": {"attendee", "coordinator", "organiser"},
    "POST /v1/registrations/{r}/cancellation": {"attendee", "organiser"},
    "PUT /v1/registrations/{r}/preferences": {"attendee", "organiser"},
    "GET /v1/bookings/{b}": {"attendee", "organiser"},
    "DELETE /v1/bookings/{b}": {"attendee", "organiser"},
    "POST /v1/bookings/{b}/reschedule": {"attendee", "organiser"},
    "POST /v1/bookings/{b}/no-show": {"attendee", "expert", "organiser"},
    "PUT /v1/registrations/{r}/profile": {"attendee", "organiser"},
    "POST /v1/registrations/{r}/meetings": {"attendee", "organiser"},
    "DELETE /v1/registrations/{r}/meetings/{m}": {"attendee", "organiser"},
    "POST /v1/registrations/{r}/meetings/{m}/held": {"attendee", "organiser"},
    "GET /v1/gatherings/{g}/live": None,
    "GET /v1/gatherings/{g}/export": {"organiser"},
    "GET /v1/join/{code}": None,
}
PASSED_ON = [route for route in ROUTES if route.roles]


def name(route: Route | Operation) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route | Operation) -> str:
    filled = {"{g}": GATHERING, "{r}": REGISTRATION, "{b}": BOOKING, "{d}": "desk", "{p}": "main", "{i}": "inv-1"}
    filled |= {"{s}": "opening", "{q}": "question-1"}
    path = route.path
    for parameter, value in filled.items():
        path = path.replace(parameter, value)
    return path.replace("{code}", "a.b.c")


def test_every_route_stands_in_the_matrix_with_its_roles() -> None:
    found = {name(route): set(map(str, route.roles)) or None for route in (*ROUTES, *OWN)}
    assert found == EXPECTED


@pytest.mark.parametrize("route", PASSED_ON, ids=name)
@pytest.mark.parametrize("role", STAFF_ROLES)
async def test_a_staff_role_passes_exactly_where_the_matrix_says(house: House, route: Route, role: Role) -> None:
    house.owners.says(route.method, path_of(route), 200, {})
    allowed = EXPECTED[name(route)] or set()
    good = role in allowed or role is Role.ADMIN or (role is Role.AUDITOR and route.method == "GET")
    answer = await house.client.request(route.method, path_of(route), headers=house.staff(role))
    assert answer.status_code == (200 if good else 403)
    assert [called.actor.role for called in house.owners.forwarded()] == ([role] if good else [])


@pytest.mark.parametrize("route", [route for route in PASSED_ON if not route.is_held], ids=name)
async def test_without_a_staff_token_a_staff_route_is_401(house: House, route: Route) -> None:
    for headers in ({}, house.holder(), bearer("x.y.z")):
        answer = await house.client.request(route.method, path_of(route), headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert house.owners.calls == []


@pytest.mark.parametrize("route", [route for route in PASSED_ON if "{g}" in route.path], ids=name)
async def test_a_gathering_out_of_scope_is_404(house: House, route: Route) -> None:
    role = Role.ORGANISER
    answer = await house.client.request(route.method, path_of(route), headers=house.staff(role, "another-one"))
    assert answer.status_code == 404
    assert house.owners.calls == []


async def test_profiles_are_shown_to_whoever_holds_a_registration_for_the_gathering(house: House) -> None:
    path = f"/v1/gatherings/{GATHERING}/profiles"
    house.owners.says("GET", path, 200, {"profiles": []})
    assert (await house.client.get(path, headers=house.holder())).status_code == 200
    assert house.owners.forwarded()[-1].actor.registration_id == REGISTRATION
    assert (await house.client.get(path, headers=house.holder(gathering_id="another"))).status_code == 404
    assert (await house.client.get(path)).status_code == 401


@pytest.mark.parametrize("route", [route for route in PASSED_ON if route.is_held and "{r}" in route.path], ids=name)
async def test_a_holder_reads_their_own_and_nobody_else_s(house: House, route: Route) -> None:
    house.owners.says(route.method, path_of(route), 200, {})
    assert (await house.client.request(route.method, path_of(route), headers=house.holder())).status_code == 200
    (called,) = house.owners.forwarded()
    assert (called.actor.role, called.actor.registration_id) == ("attendee", REGISTRATION)
    neighbours = [house.holder(REGISTRATION[:-1] + chr(ord(REGISTRATION[-1]) + step)) for step in (-1, 1)]
    for headers in ({}, house.holder("s" * 32), *neighbours, bearer("x.y.z")):
        refused = await house.client.request(route.method, path_of(route), headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/not-found")
    assert len(house.owners.forwarded()) == 1


async def test_an_expert_sits_at_the_own_desk_and_a_coordinator_with_the_own_delegation(house: House) -> None:
    desk, other = (f"/v1/gatherings/{GATHERING}/desks/{d}/bookings" for d in ("mine", "theirs"))
    house.owners.says("GET", desk, 200, {})
    expert = house.staff(Role.EXPERT, scope="mine")
    assert (await house.client.get(desk, headers=expert)).status_code == 200
    assert (await house.client.get(other, headers=expert)).status_code == 404
    coordinator = house.staff(Role.COORDINATOR, scope="mine")
    assert (
        await house.client.get(f"/v1/gatherings/{GATHERING}/delegations/theirs", headers=coordinator)
    ).status_code == 404


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


def forgeries(house: House, genuine: str) -> Iterator[tuple[str, str]]:
    head, payload, signature = genuine.split(".")
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=="))
    kind = jwt.get_unverified_header(genuine)["typ"]
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    yield "alg none", f"{encoded({'alg': 'none', 'typ': kind})}.{payload}."
    yield "alg None", f"{encoded({'alg': 'None', 'typ': kind})}.{payload}.{signature}"
    yield "unknown alg", f"{encoded({'alg': 'XS256', 'typ': kind})}.{payload}.{signature}"
    for header in ({"kid": "../../dev/null"}, {"kid": "' or 1=1"}, {"jku": "http://evil.example"}, {"jwk": {"k": ""}}):
        yield f"header {header}", jwt.encode(claims, b"guessed" * 6, "HS256", headers={"typ": kind, **header})
    yield "another key", jwt.encode(claims, public, "HS256", headers={"typ": kind})
    service_key = secrets.key(house.settings.secrets, "service.key")
    if kind == "staff":
        staff_key = secrets.key(house.settings.secrets, "staff.key")
        lacking = {name: value for name, value in claims.items() if name != "exp"}
        for wrong in (lacking, claims | {"role": "king"}, claims | {"nbf": 32_503_680_000}, claims | {"aud": "x"}):
            yield f"claims {sorted(wrong)}", jwt.encode(wrong, staff_key, "HS256", headers={"typ": kind})
    yield "another kind's key", jwt.encode(claims, service_key, "HS256", headers={"typ": kind})
    own_key = secrets.key(house.settings.secrets, f"{kind}.key")
    yield "another typ", jwt.encode(claims, own_key, "HS256", headers={"typ": "JWT"})
    yield "payload swapped", f"{head}.{encoded(claims | {'role': 'admin', 'id': 's' * 32})}.{signature}"
    yield "signature's first bit", f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    yield "signature's spare bit", f"{head}.{payload}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}"
    yield "padded", f"{genuine}="
    yield "foreign character", f"{head}.{payload}.{signature[:5]}!{signature[5:]}"
    yield "truncated", genuine[:-3]
    yield "cut after payload", f"{head}.{payload}"
    yield "four parts", f"{genuine}.x"
    yield "bad base64", "%%%.%%%.%%%"
    yield "a word", "undefined"
    yield "nothing", ""
    yield "a join link's", house.tokens.join(Join(REGISTRATION, GATHERING, "main"))
    yield "a service's", house.tokens.service({"actor": {"role": "admin"}}, Clock().wall())
    yield "4 KB of text", "a" * 4096


async def test_every_forgery_on_a_staff_route_has_one_answer(house: House) -> None:
    genuine = house.staff(Role.ORGANISER)["Authorization"].removeprefix("Bearer ")
    expired = house.staff(Role.ORGANISER, hours=-1)["Authorization"].removeprefix("Bearer ")
    reference = (await house.client.get(STAFF_PATH)).json()
    for forgery, token in [*forgeries(house, genuine), ("expired", expired), ("a holder's", house.key())]:
        answer = await house.client.get(STAFF_PATH, headers=bearer(token))
        assert (forgery, answer.status_code, answer.json()) == (forgery, 401, reference)
    assert house.owners.calls == []


async def test_a_token_that_no_header_holds_is_refused_with_its_header(house: House) -> None:
    assert (await house.client.get(STAFF_PATH, headers=bearer("a" * 100_000))).status_code == 431


async def test_every_forgery_on_one_s_own_route_has_the_answer_of_an_unknown_id(house: House) -> None:
    reference = (await house.client.get(f"/v1/registrations/{'u' * 32}", headers=house.holder())).json()
    for forgery, token in forgeries(house, house.key()):
        answer = await house.client.get(HELD_PATH, headers=bearer(token))
        assert (forgery, answer.status_code, answer.json()) == (forgery, 404, reference)
    assert house.owners.calls == []


async def test_two_authorization_headers_are_none(house: House) -> None:
    genuine = house.staff(Role.ADMIN)["Authorization"]
    headers = [("Authorization", genuine), ("Authorization", genuine)]
    assert (await house.client.get(STAFF_PATH, headers=headers)).status_code == 401


async def test_another_scheme_is_none(house: House) -> None:
    genuine = house.staff(Role.ADMIN)["Authorization"].replace("Bearer", "Basic")
    assert (await house.client.get(STAFF_PATH, headers={"Authorization": genuine})).status_code == 401


async def test_staff_tokens_live_in_real_time_whatever_the_rehearsal_s_clock_says(
    settings: GatewaySettings, owners: Owners, tmp_path: Path
) -> None:
    set_clock(tmp_path / "clock", datetime(2021, 11, 8, 8, tzinfo=UTC))
    owners.says("GET", STAFF_PATH, 200, {})
    async with house_of(settings.model_copy(update={"clock_file": tmp_path / "clock"}), owners) as house:
        assert house.settings.clock.now().year == 2021
        assert (await house.client.get(STAFF_PATH, headers=house.staff(Role.ORGANISER))).status_code == 200
        assert (await house.client.get(STAFF_PATH, headers=house.staff(Role.ORGANISER, hours=-1))).status_code == 401
