"""The pages' addresses: what each needs from the owners, and the template that shows it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.api.answering import undecided
from services.gateway.api.callers import PUBLIC
from services.gateway.api.mounting import Call
from services.gateway.api.reading import body_of, request_id_of
from services.gateway.api.registering import Registering
from services.gateway.clients.owners import Owners
from services.gateway.pages.form import faulty, fields_of, request_of
from services.gateway.pages.gathering import DeskView, agenda_of, parts_of, requirements_of
from services.gateway.pages.languages import Words, language_of
from services.gateway.pages.moments import Moments
from services.gateway.pages.problems import described
from services.gateway.pages.rendering import Renderer
from services.gateway.settings import GatewaySettings
from shared.clock import random_id
from shared.errors import Unavailable
from shared.http import RETRY_AFTER, Problem, not_found
from shared.messages.gathering import Definition, Localised
from shared.tokens import Tokens

View = Callable[[Any, Request], Awaitable[Response]]
FORM = "application/x-www-form-urlencoded"
EXTRAS_WITHIN = 2.0  # seconds for the agenda and the desks: a page does not wait for what it can do without
WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Gathering:
    definition: Definition
    answer: dict[str, Any]


def for_people(view: View) -> View:
    """A refusal is a page as well."""

    @wraps(view)
    async def shown(pages: "Pages", request: Request) -> Response:
        try:
            return await view(pages, request)
        except Unavailable:
            return pages.refusal(request, Problem(503, "unavailable", ""))
        except Problem as problem:
            return pages.refusal(request, problem)

    return shown


class Pages:
    def __init__(self, settings: GatewaySettings, owners: Owners, registering: Registering, tokens: Tokens) -> None:
        self._clock = settings.clock
        self._owners = owners
        self._registering = registering
        self._tokens = tokens
        self._renderer = Renderer()

    def calls(self) -> list[Call]:
        return [
            ("GET", "/", self.index),
            ("GET", "/g/{g}", self.gathering),
            ("GET", "/g/{g}/agenda", self.to_agenda),
            ("GET", "/g/{g}/desks/{d}", self.to_desk),
            ("GET", "/g/{g}/register", self.form),
            ("POST", "/g/{g}/register", self.register),
            ("GET", "/g/{g}/link", self.lost),
            ("POST", "/g/{g}/link", self.send_link),
            ("GET", "/r/{r}", self.registration),
            ("GET", "/problems/{kind}", self.problem),
        ]

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

    @for_people
    async def index(self, request: Request) -> Response:
        answer = await self._read("registration", "/v1/gatherings")
        language = language_of(request)
        shown = []
        for one in (answer or {}).get("gatherings", ()):
            moments = Moments(ZoneInfo(one["timezone"]), language)
            starts, ends = (_moment(one[name]) for name in ("starts_at", "ends_at"))
            past = self._clock.now() >= ends
            title = Localised.model_validate(one["title"]).in_language(language)
            shown.append(
                {"id": one["gathering"], "title": title, "when": moments.span(starts, ends), "past": past, "at": starts}
            )
        shown.sort(key=lambda one: (one["past"], one["at"]))
        return self._renderer.page(request, "index.html", gatherings=shown)

    @for_people
    async def gathering(self, request: Request) -> Response:
        gathering_id: str = request.path_params["g"]
        found, agenda, desks = await asyncio.gather(
            self._gathering(gathering_id),
            self._extra(f"/v1/gatherings/{gathering_id}/agenda"),
            self._extra(f"/v1/gatherings/{gathering_id}/desks"),
        )
        definition, now, say = found.definition, self._clock.now(), Words(language_of(request))
        parts = parts_of(definition, found.answer.get("availability", ()), now, say)
        return self._renderer.page(
            request,
            "gathering.html",
            gathering=definition,
            moments=Moments(ZoneInfo(definition.timezone), say.language),
            past=definition.is_past(now),
            parts=parts,
            open=any(part.is_open for part in parts),
            agenda=agenda_of(agenda, definition),
            requirements=requirements_of(definition, say),
            desks={desk.desk: desk for desk in map(DeskView.model_validate, (desks or {}).get("desks", ()))},
        )

    async def to_agenda(self, request: Request) -> Response:
        return RedirectResponse(f"/g/{request.path_params['g']}#agenda", HTTPStatus.SEE_OTHER)

    async def to_desk(self, request: Request) -> Response:
        return RedirectResponse(f"/g/{request.path_params['g']}#helpdesk", HTTPStatus.SEE_OTHER)

    @for_people
    async def form(self, request: Request) -> Response:
        found = await self._gathering(request.path_params["g"])
        return self._form(request, found, {}, set(), random_id())

    def _form(
        self, request: Request, found: Gathering, values: dict[str, list[str]], wrong: set[str], key: str
    ) -> Response:
        say = Words(language_of(request))
        parts = parts_of(found.definition, found.answer.get("availability", ()), self._clock.now(), say)
        return self._renderer.page(
            request,
            "register.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
            gathering=found.definition,
            moments=Moments(ZoneInfo(found.definition.timezone), say.language),
            parts=parts,
            open=any(part.is_open for part in parts),
            values=values,
            wrong=wrong,
            key=key,
        )

    @for_people
    async def register(self, request: Request) -> Response:
        """The page's own key makes a form that is sent twice one registration."""
        values = await _form_of(request)
        gathering_id: str = request.path_params["g"]
        found = await self._gathering(gathering_id)
        key = (values.get("key") or [""])[0]
        if len(key) != len(random_id()) or not key.isalnum():
            key = random_id()
        try:
            body = request_of(values, found.definition)
        except Problem as problem:
            return self._form(request, found, values, faulty(problem), key)
        manage, _, reply = await self._registering.submit(gathering_id, key, body, request_id_of(request), WAIT)
        if reply is not None and reply.status >= HTTPStatus.BAD_REQUEST:
            raise Problem(reply.status, "refused", Words(language_of(request))("failed"))
        parts = (reply.body if reply else undecided(manage, None))["parts"]
        titles = {part.part: part.title for part in found.definition.parts}
        return self._renderer.page(
            request,
            "result.html",
            HTTPStatus.CREATED if reply else HTTPStatus.ACCEPTED,
            gathering=found.definition,
            decided=reply is not None,
            parts=[one | {"title": titles[one["part"]]} for one in parts],
            link=f"/r/{manage.registration_id}#{self._tokens.manage(manage)}",
        )

    @for_people
    async def lost(self, request: Request) -> Response:
        found = await self._gathering(request.path_params["g"])
        return self._renderer.page(request, "link.html", gathering=found.definition, asked=False, wrong=False)

    @for_people
    async def send_link(self, request: Request) -> Response:
        """Says the same whether somebody of that address is registered or not."""
        values = await _form_of(request)
        found = await self._gathering(request.path_params["g"])
        asked = orjson.dumps({"gathering": found.definition.gathering, "email": (values.get("email") or [""])[0]})
        headers = {"content-type": "application/json"}
        answer = await self._owners.ask("registration", "POST", "/v1/access-links", PUBLIC, headers=headers, body=asked)
        wrong = answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
        if answer.status not in {HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY}:
            raise Unavailable(f"registration answered {answer.status}")
        shown = {"gathering": found.definition, "asked": not wrong, "wrong": wrong}
        return self._renderer.page(request, "link.html", answer.status, **shown)

    async def registration(self, request: Request) -> Response:
        """Empty of anything personal: the key stays in the browser, whose script asks with it."""
        return self._renderer.page(request, "registration.html", registration_id=request.path_params["r"])

    @for_people
    async def join(self, request: Request) -> Response:
        """A page with a button, since a mail scanner follows links: looking at it records nothing."""
        code = request.path_params["code"]
        answer = await self._owners.ask("checkin", "GET", f"/v1/join/{code}", PUBLIC)
        if answer.status != HTTPStatus.OK:
            raise _refused(answer.status, answer.json())
        if "text/html" not in request.headers.get("accept", "text/html") and "*/*" not in request.headers["accept"]:
            return Response(answer.body, media_type="application/json")
        about = answer.json()
        moments = Moments(ZoneInfo(about["timezone"]), language_of(request))
        when = moments.span(_moment(about["starts"]), _moment(about["ends"]))
        return self._renderer.page(request, "join.html", about=about, when=when, localised=Localised.model_validate)

    async def problem(self, request: Request) -> Response:
        return self._renderer.page(request, "problem.html", problem=described(request.path_params["kind"]))

    async def _gathering(self, gathering_id: str) -> Gathering:
        answer = await self._read("registration", f"/v1/gatherings/{gathering_id}")
        if answer is None:
            raise not_found()
        return Gathering(Definition.model_validate(answer, extra="ignore"), answer)

    async def _extra(self, target: str) -> dict[str, Any] | None:
        try:
            return await self._read("scheduling", target, EXTRAS_WITHIN)
        except Unavailable:
            return None

    async def _read(self, owner: str, target: str, within: float | None = None) -> dict[str, Any] | None:
        answer = await self._owners.ask(owner, "GET", target, PUBLIC, within=within)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise Unavailable(f"{owner} answered {answer.status}")
        content: dict[str, Any] = answer.json()
        return content


async def _form_of(request: Request) -> dict[str, list[str]]:
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Problem(403, "cross-site", "Open the form on this site and send it from there.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Problem(415, "unsupported-media-type", f"Send the form as `{FORM}`.")
    return fields_of(await body_of(request))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _refused(status: int, body: dict[str, Any]) -> Problem:
    return Problem(status, str(body.get("type", "")).rpartition("/")[2] or "refused", str(body.get("detail", "")))
