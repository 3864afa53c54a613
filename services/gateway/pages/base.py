"""What all pages have: a template, a refusal that is a page as well, and the gathering they are about."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.api.callers import PUBLIC
from services.gateway.api.reading import body_of
from services.gateway.clients.owners import Owners
from services.gateway.pages.form import fields_of
from services.gateway.pages.languages import Words, language_of
from services.gateway.pages.moments import Moments
from services.gateway.pages.rendering import Renderer
from shared.clock import Clock
from shared.errors import Unavailable
from shared.http import RETRY_AFTER, Problem, not_found
from shared.messages.gathering import Definition

Form = Mapping[str, list[str]]
View = Callable[[Any, Request], Awaitable[Response]]
FORM = "application/x-www-form-urlencoded"
ELSEWHERE = {"cross-site", "same-site"}
EXTRAS_WITHIN = 2.0  # seconds for the agenda and the desks: a page does not wait for what it can do without


@dataclass(frozen=True, slots=True)
class Gathering:
    definition: Definition
    answer: dict[str, Any]

    def moments(self, language: str) -> Moments:
        return Moments(ZoneInfo(self.definition.timezone), language)


def for_people(view: View) -> View:
    """A refusal is a page as well."""

    @wraps(view)
    async def shown(room: "Room", request: Request) -> Response:
        try:
            return await view(room, request)
        except Unavailable:
            return room.refusal(request, Problem(503, "unavailable", ""))
        except Problem as problem:
            return room.refusal(request, problem)

    return shown


class Room:
    """Pages that belong together."""

    def __init__(self, owners: Owners, clock: Clock, renderer: Renderer) -> None:
        self._owners = owners
        self._clock = clock
        self._renderer = renderer

    def refusal(self, request: Request, problem: Problem) -> Response:
        known = {HTTPStatus.NOT_FOUND: "not_found", HTTPStatus.SERVICE_UNAVAILABLE: "unavailable"}
        reason = known.get(HTTPStatus(problem.status))
        say = Words(language_of(request))
        title, detail = (say(f"{reason}_title"), say(reason)) if reason else (say("refused_title"), problem.detail)
        response = self._renderer.page(request, "refusal.html", problem.status, title=title, detail=detail)
        response.headers.update(problem.headers)
        if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = str(RETRY_AFTER)
        return response

    async def gathering_of(self, gathering_id: str) -> Gathering:
        answer = await self.read("registration", f"/v1/gatherings/{gathering_id}")
        if answer is None:
            raise not_found()
        return Gathering(Definition.model_validate(answer, extra="ignore"), answer)

    async def if_there(self, target: str) -> dict[str, Any] | None:
        try:
            return await self.read("scheduling", target, EXTRAS_WITHIN)
        except Unavailable:
            return None

    async def read(self, owner: str, target: str, within: float | None = None) -> dict[str, Any] | None:
        answer = await self._owners.ask(owner, "GET", target, PUBLIC, within=within)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise Unavailable(f"{owner} answered {answer.status}")
        content: dict[str, Any] = answer.json()
        return content


async def form_of(request: Request) -> dict[str, list[str]]:
    if request.headers.get("sec-fetch-site") in ELSEWHERE:
        raise Problem(403, "cross-site", "Open the form on this site and send it from there.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Problem(415, "unsupported-media-type", f"Send the form as `{FORM}`.")
    return fields_of(await body_of(request))


def see(request: Request, path: str, said: str | None = None, place: str = "") -> Response:
    """On to a page, in the same language; `said` is what it tells first."""
    told = f"&said={said}" if said else ""
    return RedirectResponse(f"{path}?lang={language_of(request)}{told}{place}", HTTPStatus.SEE_OTHER)


def one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "")


def key_in(form: Form) -> str:
    """The page's own key and what was filled in: a form that is sent twice is one act, another button is another."""
    return hashlib.sha256(urlencode(sorted(form.items()), doseq=True).encode()).hexdigest()
