"""Whom one may meet: one's own profile, others' profiles, wishes, and a yes on the day."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.mounting import Call
from services.gateway.pages.base import for_people, see
from services.gateway.pages.keys import of_registration
from services.gateway.pages.person import PersonPages
from services.gateway.pages.visit import PREFERENCES

_G, _R = "/v1/gatherings/{g}", "/v1/registrations/{r}"
HERE = "/r/{r}/partners"
TEXTS = ("offers", "seeks", "topics")


class PartnerPages(PersonPages):
    """More of one's own pages."""

    def calls(self) -> list[Call]:
        return [("GET", HERE, self.partners), ("POST", HERE, self.tell)]

    @for_people
    async def partners(self, request: Request) -> Response:
        visit = await self._in(request)
        own, others = await asyncio.gather(
            visit.reader.get(f"{_R}/profile", r=visit.id),
            visit.reader.get(f"{_G}/profiles", g=visit.gathering_id),
        )
        return self._page(
            request,
            visit,
            "partners.html",
            profile=own.content if own.ok else {},
            others=[one for one in others.content["profiles"] if one["registration_id"] != visit.id]
            if others.ok
            else None,
        )

    @for_people
    async def tell(self, request: Request) -> Response:
        """A profile, a yes to a meeting, or a wish; wishes are sent whole, with the one that was pressed."""
        act = await self._acting(request)
        match act.field("act"):
            case "profile":
                lines = {name: [one.strip() for one in act.field(name).split("\n") if one.strip()] for name in TEXTS}
                body: dict[str, Any] = {**lines, "visible": act.field("visible") == "yes"}
                said, done = await act.say("PUT", f"{_R}/profile", body, r=act.person), "profile_kept"
            case "agree":
                body = {"with": act.field("person")}
                said, done = await act.say("POST", f"{_R}/meetings", body, r=act.person), "agreed"
            case wish:
                body = _wished(await act.preferences(), act.field("person"), wish)
                said, done = await act.say("PUT", PREFERENCES, body, r=act.person), "wish_kept"
        return see(request, f"{of_registration(act.person)}/partners", done if said.ok else said.kind)


def _wished(kept: dict[str, Any], person: str, wish: str) -> dict[str, Any]:
    """`meet` puts somebody last among those to meet, `no-thanks` among those not to; anything else: neither."""
    meet = [one for one in kept.get("meet", ()) if one != person]
    no_thanks = [one for one in kept.get("no_thanks", ()) if one != person]
    if wish == "meet":
        meet.append(person)
    elif wish == "no-thanks":
        no_thanks.append(person)
    return kept | {"meet": meet, "no_thanks": no_thanks}
