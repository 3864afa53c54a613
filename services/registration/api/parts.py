"""A part that is cancelled, goes online, or takes place at another time."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, model_validator

from services.registration.api.gatherings import published
from services.registration.api.office import Office
from services.registration.store import Commit, Gathering, Reader, Task, Wanted
from services.registration.tasks import CANCEL, MOVE, RETIME
from shared.http import Body, Problem, not_found, read_json
from shared.messages.gathering import Definition, Mode
from shared.text import Id, Line
from shared.tokens import Role


class PartChange(Body):
    """Exactly one of `cancel`, `move_to` and `starts`; a part that starts anew keeps its length."""

    cancel: bool = False
    move_to: Mode | None = None
    starts: AwareDatetime | None = None
    reason: Line

    @model_validator(mode="after")
    def changes_one_thing(self) -> "PartChange":
        if self.cancel + (self.move_to is not None) + (self.starts is not None) != 1:
            raise ValueError("give exactly one of cancel, move_to and starts")
        return self


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.post("/v1/gatherings/{gathering_id}/parts/{part}/changes", status_code=202)
    async def change(gathering_id: str, part: Id, request: Request) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        asked = await read_json(request, PartChange)
        act = office.act_id(request, gathering_id)

        async def work(reader: Reader) -> tuple[Commit | None, None]:
            gathering = await reader.gathering(gathering_id)
            if gathering is None or gathering.published is None or gathering.published.part(part) is None:
                raise not_found()
            audit = office.audit(actor, "change-part", f"gatherings/{gathering_id}/parts/{part}", asked.reason)
            return replace(await _commit(reader, gathering, part, asked, act), audit=[audit]), None

        await office.store.alone(gathering_id, work)
        return {"part": part, "change": act, "status": "accepted"}

    return routes


async def _commit(reader: Reader, gathering: Gathering, part: str, asked: PartChange, act: str) -> Commit:
    """The change itself, and the task that carries it to everybody."""
    before = (await reader.load({gathering.id: Wanted()}))[gathering.id]
    if asked.starts is not None:
        retimed = replace(gathering, draft=_retimed(gathering, part, asked.starts), version=gathering.version + 1)
        task = Task(act, gathering.id, RETIME, part)
        return replace(await published(before, retimed, reader, act), tasks=[task])
    if asked.move_to is not None:
        pool = None if before.definition is None else before.definition.pool(part, asked.move_to)
        if pool is None:
            raise Problem(409, "unknown-mode", "That part is not offered in this mode: add it to the definition first.")
        return Commit(before, before, tasks=[Task(act, gathering.id, MOVE, part, asked.move_to)])
    return Commit(before, before, tasks=[Task(act, gathering.id, CANCEL, part)])


def _retimed(gathering: Gathering, part: str, starts: datetime) -> Definition:
    definition = gathering.published or gathering.draft
    parts = tuple(
        one.model_copy(update={"starts": starts, "ends": one.ends + (starts - one.starts)}) if one.part == part else one
        for one in definition.parts
    )
    return definition.model_copy(update={"parts": parts})
