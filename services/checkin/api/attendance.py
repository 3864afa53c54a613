"""How many of each delegation were there, for registration's list of duties."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.checkin.api.parts import Parts
from shared.access import Actor


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()

    @router.get("/internal/attendance")
    async def attendance(gathering: str, _: Annotated[Actor, Depends(parts.access.internal)]) -> dict[str, Any]:
        present = Counter(
            (ticket.delegation, part)
            for ticket in await parts.store.present(gathering)
            if ticket.delegation is not None
            for part in {part for part, _ in ticket.attended}  # once, whether in the room or online or both
        )
        return {
            "attendance": [
                {"delegation": delegation, "part": part, "attended": count}
                for (delegation, part), count in sorted(present.items())
            ]
        }

    return router
