"""One person's own pages: what they have, and every act on it as a form that needs no script."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.mounting import Call
from services.gateway.clients.owners import Owners
from services.gateway.pages.base import Room, for_people, form_of, one, see
from services.gateway.pages.diary import entries_of, offers_of, tables_of
from services.gateway.pages.inside import Inside, Reader, Said
from services.gateway.pages.keys import Key, Keys, in_link, of_registration, shown
from services.gateway.pages.languages import language_of
from services.gateway.pages.rendering import Renderer
from services.gateway.pages.visit import PREFERENCES, Act, NoKey, Visit
from shared.clock import Clock, random_id
from shared.errors import Unavailable
from shared.http import Problem, not_found

_G, _R = "/v1/gatherings/{g}", "/v1/registrations/{r}"
FILES = ("ticket.svg", "ticket.pdf", "diary.ics")


class PersonPages(Room):
    def __init__(self, owners: Owners, clock: Clock, renderer: Renderer, inside: Inside, keys: Keys) -> None:
        super().__init__(owners, clock, renderer)
        self._inside = inside
        self._keys = keys

    def calls(self) -> list[Call]:
        return [
            ("GET", "/r/{r}", self.show),
            ("POST", "/r/{r}/key", self.enter),
            ("POST", "/r/{r}/leave", self.leave),
            ("POST", "/r/{r}/parts", self.change_part),
            ("POST", "/r/{r}/holds", self.hold),
            ("GET", "/r/{r}/slots/{code}", self.form),
            ("POST", "/r/{r}/slots/{code}", self.book),
            ("GET", "/r/{r}/bookings/{b}", self.meeting),
            ("POST", "/r/{r}/bookings/{b}", self.change_meeting),
            ("POST", "/r/{r}/meetings/{m}", self.change_together),
            ("POST", "/r/{r}/wishes", self.wish),
            ("POST", "/r/{r}/desks/{d}", self.take_turn),
            ("POST", "/r/{r}/stars/{s}", self.star),
            ("GET", "/r/{r}/sessions/{s}", self.session),
            ("POST", "/r/{r}/sessions/{s}", self.speak),
            *(("GET", f"/r/{{r}}/{name}", self.file) for name in FILES),
        ]

    @for_people
    async def show(self, request: Request) -> Response:
        try:
            visit = await self._visit(request)
        except NoKey as missing:
            return self._door(request, missing.why)
        diary, ticket, desks = await asyncio.gather(
            visit.reader.get(f"{_R}/diary", r=visit.id),
            visit.reader.get(f"{_R}/ticket", r=visit.id),
            self.if_there(f"/v1/gatherings/{visit.gathering_id}/desks"),
        )
        now, names = self._clock.now(), {desk.desk: desk.expert for desk in visit.gathering.definition.helpdesk.desks}
        held = diary.content if diary.ok else {}
        return self._page(
            request,
            visit,
            "registration.html",
            live=[one for one in visit.registration["parts"] if one["status"] not in {"declined", "cancelled"}],
            confirmed=any(one["status"] == "confirmed" for one in visit.registration["parts"]),
            has_ticket=ticket.ok,
            diary=held,
            away=not diary.ok and diary.status != HTTPStatus.NOT_FOUND,
            entries=entries_of(held, now),
            offers=offers_of(held, names, now),
            tables=tables_of(desks, held, now),
            wished=await self._wishes(visit) if held.get("wishes_open") else None,
        )

    async def _wishes(self, visit: Visit) -> Sequence[str] | None:
        """For working groups; `None` if they cannot be had now, so that nobody overwrites them unseen."""
        said = await visit.reader.get(PREFERENCES, r=visit.id)
        if said.status == HTTPStatus.NOT_FOUND:
            return ()
        return tuple(said.content["working_groups"]) if said.ok else None

    async def _visit(self, request: Request) -> Visit:
        registration_id: str = request.path_params["r"]
        token = self._keys.personal(shown(request), registration_id)
        if token is None:
            raise NoKey
        reader = self._inside.reader(request, token)
        found = await reader.get(_R, r=registration_id)
        if found.status == HTTPStatus.NOT_FOUND:
            raise NoKey("no_longer_yours")
        if not found.ok:
            raise Unavailable("registration is away")
        return Visit(reader, found.content, await self.gathering_of(found.content["gathering"]))

    def _page(self, request: Request, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
        return self._renderer.page(
            request,
            template,
            status,
            registration=visit.registration,
            gathering=visit.gathering.definition,
            moments=visit.gathering.moments(language_of(request)),
            now=self._clock.now(),
            own=of_registration(visit.id),
            key=random_id(),
            said=request.query_params.get("said"),
            **values,
        )

    def _door(self, request: Request, why: str | None = None) -> Response:
        """Empty of anything personal: the key stays in the browser until its holder sends it."""
        own = of_registration(request.path_params["r"])
        said = why or request.query_params.get("said")
        return self._renderer.page(request, "key.html", action=f"{own}/key", said=said, staff=False)

    @for_people
    async def enter(self, request: Request) -> Response:
        """The key from the link, posted once by the page's script, or pasted by hand."""
        registration_id: str = request.path_params["r"]
        token = self._keys.personal(in_link(one(await form_of(request), "key")), registration_id)
        if token is None:
            return see(request, of_registration(registration_id), "wrong_key")
        response = see(request, of_registration(registration_id))
        self._keys.give(response, Key(token, of_registration(registration_id)))
        return response

    @for_people
    async def leave(self, request: Request) -> Response:
        await form_of(request)
        own = of_registration(request.path_params["r"])
        response = see(request, own, "left")
        self._keys.take(response, own)
        return response

    @for_people
    async def change_part(self, request: Request) -> Response:
        """Another way of attending a part, or no longer attending it, or any."""
        act = await self._acting(request)
        part, mode = act.field("part"), act.field("mode")
        if mode:
            said = await act.say("PATCH", _R, {"parts": [{"part": part, "mode": mode}]}, r=act.person)
            return self._back(request, said, "changed")
        said = await act.say("POST", f"{_R}/cancellation", {"parts": [part]} if part else {}, r=act.person)
        return self._back(request, said, "cancelled_now")

    @for_people
    async def hold(self, request: Request) -> Response:
        """The slot is kept while the form is filled in."""
        act = await self._acting(request)
        body = {"slot_id": act.field("slot_id"), "registration_id": act.person}
        said = await act.say("POST", f"{_G}/holds", body, g=act.gathering)
        if not said.ok:
            return self._back(request, said, "", "#helpdesk")
        slot = said.content.get("slot_id", body["slot_id"])
        return see(request, f"{of_registration(act.person)}/slots/{quote(slot)}")

    @for_people
    async def form(self, request: Request) -> Response:
        visit = await self._in(request)
        diary = await visit.reader.get(f"{_R}/diary", r=visit.id)
        names = {desk.desk: desk.expert for desk in visit.gathering.definition.helpdesk.desks}
        kept = offers_of(diary.content, names, self._clock.now(), also_held=True) if diary.ok else []
        offer = next((one for one in kept if one.slot_id == request.path_params["code"]), None)
        if offer is None:
            return see(request, of_registration(visit.id), "hold_gone", "#helpdesk")
        return self._page(request, visit, "booking.html", offer=offer)

    @for_people
    async def book(self, request: Request) -> Response:
        act = await self._acting(request)
        slot, topic = request.path_params["code"], act.field("topic") or None
        body = {"slot_id": slot, "registration_id": act.person, "topic": topic}
        said = await act.say("POST", f"{_G}/bookings", body, g=act.gathering)
        return self._back(request, said, "booked", "#diary" if said.ok else "#helpdesk")

    @for_people
    async def meeting(self, request: Request) -> Response:
        """Other times for a meeting that one has."""
        visit = await self._in(request)
        diary, desks = await asyncio.gather(
            visit.reader.get(f"{_R}/diary", r=visit.id), self.if_there(f"/v1/gatherings/{visit.gathering_id}/desks")
        )
        mine = diary.content.get("bookings", ()) if diary.ok else ()
        booking = next((one for one in mine if one["id"] == request.path_params["b"]), None)
        if booking is None:
            raise not_found()
        tables = tables_of(desks, diary.content, self._clock.now())
        return self._page(request, visit, "moving.html", booking=booking, tables=tables)

    @for_people
    async def change_meeting(self, request: Request) -> Response:
        act, booking = await self._acting(request), request.path_params["b"]
        match act.field("act"):
            case "move":
                body = {"slot_id": act.field("slot_id")}
                said, done = await act.say("POST", "/v1/bookings/{b}/reschedule", body, b=booking), "moved"
            case "missed":
                body = {"who": "expert"}
                said, done = await act.say("POST", "/v1/bookings/{b}/no-show", body, b=booking), "no_show"
            case _:
                said, done = await act.say("DELETE", "/v1/bookings/{b}", b=booking), "given_up"
        return self._back(request, said, done, "#diary")

    @for_people
    async def wish(self, request: Request) -> Response:
        """Which working groups one would like best, the dearest first; other wishes stay as they are."""
        act = await self._acting(request)
        wishes = tuple(dict.fromkeys(act.form.get("wish", ())))
        body = await act.preferences() | {"working_groups": wishes}
        said = await act.say("PUT", PREFERENCES, body, r=act.person)
        return self._back(request, said, "wishes_kept", "#wishes")

    @for_people
    async def change_together(self, request: Request) -> Response:
        """A meeting with another attendee: it took place, or is given up."""
        act, ids = await self._acting(request), {"r": request.path_params["r"], "m": request.path_params["m"]}
        if act.field("act") == "held":
            said, done = await act.say("POST", f"{_R}/meetings/{{m}}/held", **ids), "meeting_held"
        else:
            said, done = await act.say("DELETE", f"{_R}/meetings/{{m}}", **ids), "given_up"
        return self._back(request, said, done, "#diary")

    @for_people
    async def take_turn(self, request: Request) -> Response:
        """On a desk's waiting list, or off it; an offer is declined by no longer waiting."""
        act, desk = await self._acting(request), request.path_params["d"]
        leaves = act.field("act") == "leave"
        said = await act.say("DELETE" if leaves else "PUT", f"{_R}/waiting-list/{{d}}", r=act.person, d=desk)
        return self._back(request, said, "waits_no_longer" if leaves else "waits", "#helpdesk")

    @for_people
    async def star(self, request: Request) -> Response:
        """Whoever stars a session is told if it moves."""
        act, session = await self._acting(request), request.path_params["s"]
        takes_back = act.field("act") == "unstar"
        said = await act.say("DELETE" if takes_back else "PUT", f"{_R}/stars/{{s}}", r=act.person, s=session)
        return self._back(request, said, "unstarred" if takes_back else "starred", "#diary")

    @for_people
    async def session(self, request: Request) -> Response:
        """Questions to those who speak in it."""
        visit = await self._in(request)
        ids = {"g": visit.gathering_id, "s": request.path_params["s"]}
        asked, diary = await asyncio.gather(
            visit.reader.get(f"{_G}/sessions/{{s}}/questions", **ids), visit.reader.get(f"{_R}/diary", r=visit.id)
        )
        mine = diary.content.get("sessions", ()) if diary.ok else ()
        session = next((one for one in mine if one["session"] == ids["s"]), None)
        if session is None or not asked.ok:
            raise not_found()
        questions = sorted(asked.content["questions"], key=lambda one: (one["status"] != "open", -one["votes"]))
        return self._page(request, visit, "session.html", session=session, questions=questions)

    @for_people
    async def speak(self, request: Request) -> Response:
        """Ask the speakers, or back what somebody else asked."""
        act, session = await self._acting(request), request.path_params["s"]
        path, person = f"{_G}/sessions/{{s}}/questions", {"registration_id": act.person}
        if act.field("act") == "ask":
            asked = person | {"text": act.field("text")}
            said, done = await act.say("POST", path, asked, g=act.gathering, s=session), "asked"
        else:
            ids = {"g": act.gathering, "s": session, "q": act.field("question")}
            said, done = await act.say("POST", f"{path}/{{q}}/votes", person, **ids), "backed"
        return see(request, f"{of_registration(act.person)}/sessions/{session}", done if said.ok else said.kind)

    @for_people
    async def file(self, request: Request) -> Response:
        reader = self._reader(request)
        name = request.scope["path"].rpartition("/")[2]
        return await reader.fetch("GET", f"{_R}/{name}", r=request.path_params["r"])

    async def _in(self, request: Request) -> Visit:
        try:
            return await self._visit(request)
        except NoKey:
            raise not_found() from None

    def _reader(self, request: Request) -> Reader:
        token = self._keys.personal(shown(request), request.path_params["r"])
        if token is None:
            raise Problem(HTTPStatus.NOT_FOUND, "not-found", "")
        return self._inside.reader(request, token)

    async def _acting(self, request: Request) -> Act:
        form = await form_of(request)
        reader = self._reader(request)
        return Act(reader, form, request.path_params["r"], self._keys.gathering_of(reader.token))

    def _back(self, request: Request, said: Said, done: str, place: str = "") -> Response:
        """To the page that shows it, with what came of it: done, under way, or why not."""
        told = (done if said.status != HTTPStatus.ACCEPTED else "under_way") if said.ok else said.kind
        return see(request, of_registration(request.path_params["r"]), told, place)
