"""What everybody sees: gatherings, the form to register, lost links; where each page gets what it shows."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.api.answering import undecided
from services.gateway.api.callers import PUBLIC
from services.gateway.api.mounting import Call
from services.gateway.api.registering import Registering
from services.gateway.clients.owners import Owners
from services.gateway.pages.base import Gathering, Room, for_people, form_of
from services.gateway.pages.form import faulty, request_of
from services.gateway.pages.gathering import DeskView, agenda_of, parts_of, requirements_of, where_of
from services.gateway.pages.keys import Key, Keys, of_registration
from services.gateway.pages.languages import Words, language_of
from services.gateway.pages.moments import Moments
from services.gateway.pages.problems import described
from services.gateway.pages.rendering import Renderer
from shared.clock import Clock, random_id
from shared.errors import Unavailable
from shared.http import Problem, request_id_of
from shared.messages.gathering import Localised
from shared.tokens import Tokens

WAIT = 5.0


class Pages(Room):
    """What everybody sees, registration included."""

    def __init__(
        self, owners: Owners, clock: Clock, renderer: Renderer, registering: Registering, tokens: Tokens, keys: Keys
    ) -> None:
        super().__init__(owners, clock, renderer)
        self._registering = registering
        self._tokens = tokens
        self._keys = keys

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
            ("GET", "/problems/{kind}", self.problem),
        ]

    @for_people
    async def index(self, request: Request) -> Response:
        answer = await self.read("registration", "/v1/gatherings")
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
            self.gathering_of(gathering_id),
            self.if_there(f"/v1/gatherings/{gathering_id}/agenda"),
            self.if_there(f"/v1/gatherings/{gathering_id}/desks"),
        )
        definition, now, say = found.definition, self._clock.now(), Words(language_of(request), found.definition)
        parts = parts_of(definition, found.answer.get("availability", ()), now, say)
        return self._renderer.page(
            request,
            "gathering.html",
            gathering=definition,
            moments=Moments(ZoneInfo(definition.timezone), say.language),
            where=where_of(definition, say),
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
        found = await self.gathering_of(request.path_params["g"])
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
        values = await form_of(request)
        gathering_id: str = request.path_params["g"]
        found = await self.gathering_of(gathering_id)
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
        token = self._tokens.manage(manage)
        page = self._renderer.page(
            request,
            "result.html",
            HTTPStatus.CREATED if reply else HTTPStatus.ACCEPTED,
            gathering=found.definition,
            decided=reply is not None,
            parts=[one | {"title": titles[one["part"]]} for one in parts],
            link=f"{of_registration(manage.registration_id)}#{token}",
        )
        self._keys.give(page, Key(token, of_registration(manage.registration_id)))
        return page

    @for_people
    async def lost(self, request: Request) -> Response:
        found = await self.gathering_of(request.path_params["g"])
        return self._renderer.page(request, "link.html", gathering=found.definition, asked=False, wrong=False)

    @for_people
    async def send_link(self, request: Request) -> Response:
        """Says the same whether somebody of that address is registered or not."""
        values = await form_of(request)
        found = await self.gathering_of(request.path_params["g"])
        asked = orjson.dumps({"gathering": found.definition.gathering, "email": (values.get("email") or [""])[0]})
        headers = {"content-type": "application/json"}
        answer = await self._owners.ask("registration", "POST", "/v1/access-links", PUBLIC, headers=headers, body=asked)
        wrong = answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
        if answer.status not in {HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY}:
            raise Unavailable(f"registration answered {answer.status}")
        shown = {"gathering": found.definition, "asked": not wrong, "wrong": wrong}
        return self._renderer.page(request, "link.html", answer.status, **shown)

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
        when = moments.span(_moment(about["starts"]), _moment(about["ends"])) if "starts" in about else ""
        return self._renderer.page(request, "join.html", about=about, when=when, localised=Localised.model_validate)

    async def problem(self, request: Request) -> Response:
        return self._renderer.page(request, "problem.html", problem=described(request.path_params["kind"]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _refused(status: int, body: dict[str, Any]) -> Problem:
    return Problem(status, str(body.get("type", "")).rpartition("/")[2] or "refused", str(body.get("detail", "")))
