"""Who is calling a service: the gateway has checked the caller and says so in a signed token, valid for minutes."""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache

from fastapi import Request

from shared.clock import Clock
from shared.http import Problem, not_found
from shared.tokens import ALL_GATHERINGS, InvalidToken, Role, Tokens

HEADER = "X-Foyer-Service"
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff member, an attendee with the key to one registration, or one of our own processes (`role` "service")."""

    role: str
    subject: str
    gatherings: tuple[str, ...] = (ALL_GATHERINGS,)
    scope: str | None = None  # an expert's desk, a coordinator's delegation
    registration_id: str | None = None
    generation: int = 0

    def covers(self, gathering_id: str) -> bool:
        return ALL_GATHERINGS in self.gatherings or gathering_id in self.gatherings

    def must_cover(self, gathering_id: str) -> None:
        if not self.covers(gathering_id):
            raise not_found()

    def must_be(self, *roles: str) -> None:
        """403 for a role that is too small; `admin` is never too small."""
        if self.role not in {*roles, Role.ADMIN}:
            raise Problem(403, "role-too-small", f"This takes the role {' or '.join(roles)}.")

    def must_hold(self, registration_id: str) -> None:
        if self.role == Role.ATTENDEE and self.registration_id != registration_id:
            raise not_found()


class Access:
    """Signs and reads those tokens, in the machine's time: they live for one hop."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._signed = lru_cache(maxsize=1024)(self._sign)  # who calls often has one token a second

    def header(self, actor: Actor) -> dict[str, str]:
        return {HEADER: self._signed(actor, self._clock.wall().replace(microsecond=0))}

    def _sign(self, actor: Actor, at: datetime) -> str:
        return self._tokens.service({"actor": asdict(actor)}, at)

    def own_header(self, service: str) -> dict[str, str]:
        """For calls from one of our services to another, to `/internal/…`."""
        return self.header(Actor(role=SERVICE, subject=service))

    def actor(self, request: Request) -> Actor:
        try:
            claims = self._tokens.read_service(request.headers.get(HEADER, ""), self._clock.wall())
        except InvalidToken:
            raise Problem(401, "unauthenticated", "Only Foyer's own gateway and services may call this.") from None
        given = claims["actor"]
        return Actor(**given | {"gatherings": tuple(given["gatherings"])})

    async def caller(self, request: Request) -> Actor:
        """`actor` as a dependency: one that is no coroutine would cost a thread a call."""
        return self.actor(request)

    async def colleague(self, request: Request) -> Actor:
        """`internal`, likewise."""
        return self.internal(request)

    def internal(self, request: Request) -> Actor:
        actor = self.actor(request)
        if actor.role != SERVICE:
            raise not_found()
        return actor
