"""Passing a call on to its owner under the same path, with who asks in a signed token, and the answer back."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answering import keyed
from services.gateway.api.callers import PUBLIC, READS, Callers, actor_of
from services.gateway.api.reading import body_of, target_of
from services.gateway.api.routes import Route
from services.gateway.clients.owners import Owners
from shared.access import Actor
from shared.errors import Unavailable
from shared.http import request_id_of
from shared.preferring import preference_of
from shared.telemetry import get_logger

log = get_logger(__name__)

SENT_ON = ("accept", "accept-language", "content-type", "idempotency-key", "if-match", "if-none-match", "prefer")
SENT_BACK = (
    "allow",
    "cache-control",
    "content-disposition",
    "content-language",
    "etag",
    "idempotency-key",
    "last-modified",
    "link",
    "location",
    "preference-applied",
    "retry-after",
)

NOTHING: Mapping[str, str] = {}
Endpoint = Callable[[Request], Awaitable[Response]]


class Forwarding:
    def __init__(self, callers: Callers, owners: Owners) -> None:
        self._callers = callers
        self._owners = owners

    def endpoint(self, route: Route) -> Endpoint:
        async def forward(request: Request) -> Response:
            wait = preference_of(request).wait if route.waits else 0
            return await self.pass_on(request, route.owner, self._actor(request, route), wait=wait)

        return forward

    def _actor(self, request: Request, route: Route) -> Actor:
        if route.is_held and "r" not in request.path_params:
            return actor_of(self._callers.attendee_of(request, request.path_params["g"], route.roles))
        if route.is_held:
            return actor_of(self._callers.holder(request, request.path_params["r"], route.roles))
        if not route.is_public:
            return actor_of(self._callers.staff_with(request, route.roles))
        staff = self._callers.staff(request)  # an owner may show its staff more of a public page
        return PUBLIC if staff is None else actor_of(staff)

    async def pass_on(self, request: Request, owner: str, actor: Actor, *, wait: float = 0) -> Response:
        """What changes something goes on under its key and is answered with it; one is made up where none is sent."""
        if request.method in READS:
            return await self._pass_on(request, owner, actor, wait)
        return await keyed(request, lambda key: self._pass_on(request, owner, actor, wait, {"idempotency-key": key}))

    async def _pass_on(
        self, request: Request, owner: str, actor: Actor, wait: float, own: Mapping[str, str] = NOTHING
    ) -> Response:
        given = request.headers
        headers = {name: given[name] for name in SENT_ON if name in given} | dict(own)
        headers["x-request-id"] = request_id_of(request)
        method = "GET" if request.method in READS else request.method
        body = None if method == "GET" else await body_of(request)
        answer = await self._owners.ask(owner, method, target_of(request), actor, headers=headers, body=body, wait=wait)
        if answer.status == HTTPStatus.UNAUTHORIZED:  # it is us whom the owner does not believe, not the caller
            log.error("service token refused", owner=owner)
            raise Unavailable(f"{owner} does not accept the gateway's token")
        returned = {name: answer.headers[name] for name in SENT_BACK if name in answer.headers}
        return Response(answer.body, answer.status, returned, answer.headers.get("content-type"))
