"""Who calls: bearer tokens read once, and checked against what a route allows."""

from collections.abc import Mapping

from starlette.requests import Request

from shared.access import Actor
from shared.clock import Clock
from shared.http import Problem, not_found
from shared.tokens import InvalidToken, Manage, Role, Staff, Tokens

PUBLIC = Actor(role="public", subject="-")
READS = frozenset({"GET", "HEAD"})
NARROWED = {Role.EXPERT: "d", Role.COORDINATOR: "d"}  # the path's desk or delegation that a token's scope must name


def unauthenticated() -> Problem:
    """One answer for what is missing, forged, expired or of another kind."""
    challenge = {"WWW-Authenticate": 'Bearer realm="foyer"'}
    return Problem(401, "unauthenticated", "Send a valid token as `Authorization: Bearer …`.", headers=challenge)


class Callers:
    """Reads tokens; staff tokens live in real time, whatever a rehearsal does to the clock."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def staff(self, request: Request) -> Staff | None:
        """Nobody for a token that is missing or not good."""
        token = bearer(request)
        if token is None:
            return None
        try:
            return self._tokens.read_staff(token, self._clock.wall())
        except InvalidToken:
            return None

    def attendee(self, request: Request) -> Manage | None:
        token = bearer(request)
        if token is None:
            return None
        try:
            return self._tokens.read_manage(token)
        except InvalidToken:
            return None

    def staff_with(self, request: Request, roles: frozenset[Role]) -> Staff:
        """401 without a good token, 403 for too small a role, 404 for a gathering, desk or delegation out of scope."""
        staff = self.staff(request)
        if staff is None:
            raise unauthenticated()
        must_be(staff, roles, request.method)
        must_cover(staff, request.path_params)
        return staff

    def holder(self, request: Request, registration_id: str, roles: frozenset[Role]) -> Manage | Staff:
        """Whoever holds this registration's key, or staff; for everybody else there is no such registration."""
        manage = self.attendee(request)
        if manage is not None and manage.registration_id == registration_id:
            return manage
        staff = self.staff(request)
        if manage is not None or staff is None:
            raise not_found()
        must_be(staff, roles, request.method)
        return staff

    def attendee_of(self, request: Request, gathering_id: str, roles: frozenset[Role]) -> Manage | Staff:
        """Whoever holds a registration for this gathering, or staff."""
        manage = self.attendee(request)
        if manage is None:
            return self.staff_with(request, roles)
        if manage.gathering_id != gathering_id:
            raise not_found()
        return manage


def bearer(request: Request) -> str | None:
    given = request.headers.getlist("authorization")
    if len(given) != 1:
        return None
    scheme, _, token = given[0].partition(" ")
    return token if scheme.lower() == "bearer" else None


def must_be(staff: Staff, roles: frozenset[Role], method: str) -> None:
    allowed = staff.role in roles or staff.role is Role.ADMIN or (staff.role is Role.AUDITOR and method in READS)
    if not allowed:
        raise Problem(403, "role-too-small", f"This takes the role {' or '.join(sorted(roles))}.")


def must_cover(staff: Staff, path: Mapping[str, str]) -> None:
    gathering_id = path.get("g")
    if gathering_id is not None and not staff.covers(gathering_id):
        raise not_found()
    narrowed = NARROWED.get(staff.role)
    if narrowed is not None and staff.scope is not None and path.get(narrowed, staff.scope) != staff.scope:
        raise not_found()


def actor_of(caller: Staff | Manage) -> Actor:
    """As the owner is told who asks."""
    if isinstance(caller, Staff):
        return Actor(caller.role, caller.subject, caller.gatherings, caller.scope)
    return Actor(
        Role.ATTENDEE,
        caller.registration_id,
        (caller.gathering_id,),
        registration_id=caller.registration_id,
        generation=caller.generation,
    )
