"""Pages for those who run a gathering: an expert's day, proposals of rooms and meetings, sheets to print."""

import asyncio
import re
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.mounting import Call
from services.gateway.clients.owners import Owners
from services.gateway.pages.base import Gathering, Room, for_people, form_of, one, see
from services.gateway.pages.inside import Inside, Reader, Said
from services.gateway.pages.keys import STAFF, Key, Keys, in_link, of_staff, shown
from services.gateway.pages.languages import language_of
from services.gateway.pages.rendering import Renderer
from services.gateway.pages.visit import Act
from shared.clock import Clock, random_id
from shared.http import Problem
from shared.tokens import Role

_G = "/v1/gatherings/{g}"
HERE = "/staff/g/{g}"
NO_KEY = "no-key"
KINDS = ("working-groups", "partnering")
PAGE = re.compile(r"(/[\w-]+)+", re.ASCII)


class StaffPages(Room):
    def __init__(self, owners: Owners, clock: Clock, renderer: Renderer, inside: Inside, keys: Keys) -> None:
        super().__init__(owners, clock, renderer)
        self._inside = inside
        self._keys = keys

    def calls(self) -> list[Call]:
        return [
            ("GET", STAFF, self.index),
            ("POST", f"{STAFF}/key", self.enter),
            ("POST", f"{STAFF}/leave", self.leave),
            ("GET", HERE, self.gathering),
            ("GET", f"{HERE}/desks/{{d}}", self.desk),
            ("POST", f"{HERE}/desks/{{d}}", self.at_desk),
            ("POST", f"{HERE}/desks/{{d}}/key", self.enter),
            ("POST", f"{HERE}/desks/{{d}}/leave", self.leave),
            ("POST", f"{HERE}/desks/{{d}}/access", self.give_access),
            ("GET", f"{HERE}/desks/{{d}}/sheet", self.sheet),
            ("POST", f"{HERE}/proposals", self.propose),
            ("GET", f"{HERE}/proposals/{{p}}", self.proposal),
            ("POST", f"{HERE}/proposals/{{p}}", self.decide),
            ("GET", f"{HERE}/sheets/{{s}}", self.sheets),
            ("GET", f"{HERE}/result", self.result),
        ]

    @for_people
    async def index(self, request: Request) -> Response:
        staff = self._keys.staff(shown(request))
        if staff is None:
            return self._door(request)
        answer = await self.read("registration", "/v1/gatherings")
        known = [one for one in (answer or {}).get("gatherings", ()) if staff.covers(one["gathering"])]
        return self._renderer.page(request, "staff.html", gatherings=known, key=random_id())

    @for_people
    async def enter(self, request: Request) -> Response:
        """The key from a link, posted once, or pasted by hand; then on to the page it was asked for, if it opens it."""
        form = await form_of(request)
        token, asked_for = in_link(one(form, "key")), one(form, "to")
        staff = self._keys.staff(token)
        if staff is None:
            return see(request, _within(_above(request), asked_for), "wrong_key")
        response = see(request, _within(of_staff(staff), asked_for))
        self._keys.give(response, Key(token, of_staff(staff)))
        return response

    @for_people
    async def leave(self, request: Request) -> Response:
        await form_of(request)
        response = see(request, _above(request), "left")
        self._keys.take(response, _above(request))
        return response

    @for_people
    async def gathering(self, request: Request) -> Response:
        reader, found = await self._in(request)
        staff = self._keys.staff(reader.token)
        proposals, feeds = await asyncio.gather(
            reader.get(f"{_G}/proposals", g=found.definition.gathering),
            reader.get(f"{_G}/feeds", g=found.definition.gathering),
        )
        return self._page(
            request,
            found,
            "office.html",
            proposals=proposals.content.get("proposals", ()) if proposals.ok else None,
            feeds=feeds.content if feeds.ok else None,
            organises=staff is not None and staff.role in {Role.ORGANISER, Role.ADMIN},
        )

    @for_people
    async def desk(self, request: Request) -> Response:
        """An expert's day; who has no key to it, or another's, can show one."""
        staff = self._keys.staff(shown(request))
        if staff is None:
            return self._door(request)
        reader, found = await self._in(request)
        day = await reader.get(f"{_G}/desks/{{d}}/bookings", **self._ids(request))
        if day.status == HTTPStatus.NOT_FOUND:
            return self._door(request, day.status)
        own = of_staff(staff) == request.scope["path"]
        return self._page(request, found, "day.html", day=must(day), desk=request.path_params["d"], own=own)

    @for_people
    async def give_access(self, request: Request) -> Response:
        """The organiser has the expert mailed the way to their day."""
        said = await (await self._acting(request)).say("POST", f"{_G}/desks/{{d}}/access", **self._ids(request))
        return self._back(request, said, "access_mailed")

    @for_people
    async def at_desk(self, request: Request) -> Response:
        act = await self._acting(request)
        ids = self._ids(request)
        match act.field("act"):
            case "walk-in":
                body: dict[str, Any] = {"registration_id": act.field("person"), "topic": act.field("topic") or None}
                said, done = await act.say("POST", f"{_G}/desks/{{d}}/walk-ins", body, **ids), "walked_in"
            case "block":
                definition = (await self.gathering_of(act.gathering)).definition
                zone = ZoneInfo(definition.timezone)
                times = {name: wall_time(act.field(name), zone) for name in ("starts_at", "ends_at")}
                elsewhere = act.field("elsewhere") == "yes"
                body = times | {"reason": act.field("reason") or None, "offer_elsewhere": elsewhere}
                said, done = await act.say("POST", f"{_G}/desks/{{d}}/blocks", body, **ids), "blocked"
            case "unblock":
                path = f"{_G}/desks/{{d}}/blocks/{{b}}"
                said, done = await act.say("DELETE", path, None, b=act.field("block"), **ids), "unblocked"
            case who:
                path, missed = "/v1/bookings/{b}/no-show", {"who": who}
                said, done = await act.say("POST", path, missed, b=act.field("booking")), "no_show"
        return self._back(request, said, done, f"/desks/{ids['d']}")

    @for_people
    async def sheet(self, request: Request) -> Response:
        """The same on paper. What its owner prints brings its own style, which the policy of our pages forbids."""
        reader, found = await self._in(request)
        day = must(await reader.get(f"{_G}/desks/{{d}}/bookings", **self._ids(request)))
        entries = sorted([*day["bookings"], *day["blocks"]], key=lambda one: str(one["starts_at"]))
        moments = found.moments(language_of(request))
        days = groupby(entries, lambda one: moments.day(datetime.fromisoformat(one["starts_at"])))
        listed = [(date, list(those)) for date, those in days]
        return self._page(request, found, "sheet.html", day=day, days=listed, desk=request.path_params["d"])

    @for_people
    async def propose(self, request: Request) -> Response:
        act = await self._acting(request)
        kind = act.field("kind") if act.field("kind") in KINDS else KINDS[0]
        said = await act.begin("POST", f"{_G}/{kind}/propose", {}, g=act.gathering)
        place = f"/proposals/{said.content['id']}" if said.ok and "id" in said.content else ""
        return self._back(request, said, "proposed", place)

    @for_people
    async def proposal(self, request: Request) -> Response:
        reader, found = await self._in(request)
        shown_now = must(await reader.get(f"{_G}/proposals/{{p}}", **self._ids(request)))
        groups = found.definition.working_groups
        rooms = {room.room: room for room in groups.rooms} if groups is not None else {}
        return self._page(request, found, "proposal.html", proposal=shown_now, rooms=rooms)

    @for_people
    async def decide(self, request: Request) -> Response:
        """Publish it, throw it away, or move somebody: by hand, the effect first."""
        act, ids = await self._acting(request), self._ids(request)
        what = act.field("act")
        if what in {"preview", "move"}:
            body = {"registration_id": act.field("person"), "room": act.field("room"), "preview": what == "preview"}
            said = await act.say("PATCH", f"{_G}/proposals/{{p}}", body, **ids)
            if what == "preview" and said.ok:
                found = await self.gathering_of(act.gathering)
                return self._page(request, found, "effect.html", effect=said.content["effect"], asked=body, ids=ids)
            return self._back(request, said, "moved_person", f"/proposals/{ids['p']}")
        if what == "publish":
            kind = act.field("kind") if act.field("kind") in KINDS else KINDS[0]
            body = {"proposal": ids["p"], "leave_out": act.field("leave_out") == "yes"}
            said = await act.say("POST", f"{_G}/{kind}/publish", body, g=act.gathering)
            return self._back(request, said, "published", f"/proposals/{ids['p']}")
        said = await act.say("DELETE", f"{_G}/proposals/{{p}}", **ids)
        return self._back(request, said, "thrown_away")

    @for_people
    async def sheets(self, request: Request) -> Response:
        """To print: a page for each person or table."""
        reader, found = await self._in(request)
        by = "table" if request.path_params["s"] == "table" else "person"
        answer = await reader.get(f"{_G}/partnering/sheets", f"by={by}", g=found.definition.gathering)
        return self._page(request, found, "sheets.html", sheets=must(answer)["sheets"], by=by)

    @for_people
    async def result(self, request: Request) -> Response:
        reader, found = await self._in(request)
        answer = await reader.get(f"{_G}/partnering/result", g=found.definition.gathering)
        return self._page(request, found, "outcome.html", result=must(answer))

    async def _in(self, request: Request) -> tuple[Reader, Gathering]:
        return self._reader(request), await self.gathering_of(request.path_params["g"])

    def refusal(self, request: Request, problem: Problem) -> Response:
        """Where a key is missing it is asked for; what a form sends without one finds nothing."""
        if problem.kind == NO_KEY and request.method == "GET":
            return self._door(request, at=STAFF)
        return super().refusal(request, problem)

    def _door(self, request: Request, status: int = HTTPStatus.OK, at: str | None = None) -> Response:
        """The key stays in the browser until its holder sends it."""
        said = request.query_params.get("said")
        path = request.scope["path"]
        return self._renderer.page(
            request, "key.html", status, action=f"{at or path}/key", to=path, said=said, staff=True
        )

    def _reader(self, request: Request) -> Reader:
        token = shown(request)
        if self._keys.staff(token) is None:
            raise Problem(HTTPStatus.NOT_FOUND, NO_KEY, "")
        return self._inside.reader(request, token)

    async def _acting(self, request: Request) -> Act:
        form = await form_of(request)
        return Act(self._reader(request), form, "", request.path_params["g"])

    def _ids(self, request: Request) -> dict[str, str]:
        return dict(request.path_params)

    def _page(self, request: Request, found: Gathering, template: str, **values: Any) -> Response:
        return self._renderer.page(
            request,
            template,
            gathering=found.definition,
            moments=found.moments(language_of(request)),
            now=self._clock.now(),
            here=f"/staff/g/{found.definition.gathering}",
            key=random_id(),
            said=request.query_params.get("said"),
            **values,
        )

    def _back(self, request: Request, said: Said, done: str, place: str = "") -> Response:
        here = f"/staff/g/{request.path_params['g']}{place}"
        return see(request, here, done if said.ok else said.kind)


def must(said: Said) -> dict[str, Any]:
    """What was asked for, or the page that says why not."""
    if not said.ok:
        raise Problem(said.status, said.kind or "refused", said.detail)
    return said.content


def _within(pages: str, asked_for: str) -> str:
    """The page that was asked for, if it is one of these; whatever else a form may say leads to the first of them."""
    return asked_for if asked_for.startswith(f"{pages}/") and PAGE.fullmatch(asked_for) else pages


def _above(request: Request) -> str:
    """The page that a form for a key stands on."""
    path: str = request.scope["path"]
    return path.rpartition("/")[0]


def wall_time(written: str, zone: ZoneInfo) -> str | None:
    """What a browser's field for a time says, in the gathering's zone; nothing where it says no time."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone).isoformat()
    except ValueError:
        return None
