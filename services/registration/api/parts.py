"""A part that is cancelled, goes online, or takes place at another time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import model_validator

from services.registration.api.gatherings import put_in_force
from services.registration.api.office import Answer, Office
from services.registration.definition.rules import broken_rules
from services.registration.domain import State
from services.registration.store import Commit, Gathering, Reader, Task, Wanted
from services.registration.tasks import CANCEL, MOVE, RETIME
from shared.http import Body, Problem, not_found, read_json
from shared.messages.gathering import Definition, Door, Mode, Part, Session
from shared.messages.gathering.reading import Reading, Time, read_as
from shared.text import Id, Line
from shared.tokens import Role

Timed = TypeVar("Timed", Part, Door, Session)


class PartChange(Body):
    """Exactly one of `cancel`, `move_to` and `starts`; a part that starts anew keeps its length.

    As in a definition, a time without an offset is wall time in the gathering's zone.
    """

    cancel: bool = False
    move_to: Mode | None = None
    starts: Time | None = None
    reason: Line

    @model_validator(mode="after")
    def changes_one_thing(self) -> "PartChange":
        if self.cancel + (self.move_to is not None) + (self.starts is not None) != 1:
            raise ValueError("give exactly one of cancel, move_to and starts")
        return self


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.post("/v1/gatherings/{gathering_id}/parts/{part}/changes", status_code=202)
    async def change(gathering_id: str, part: Id, request: Request) -> Answer:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        there = await office.store.gathering(gathering_id)
        if there is None or there.published is None:
            raise not_found()
        with read_as(Reading(ZoneInfo(there.published.timezone), there.published.languages[0])):
            asked = await read_json(request, PartChange)

        async def work(before: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            gathering = await reader.gathering(gathering_id)
            if gathering is None or gathering.published is None or gathering.published.part(part) is None:
                raise not_found()
            changed, definition = _changed(gathering, gathering.published, part, asked)
            commit = await put_in_force(before, changed, definition, reader, act, office.clock.now())
            audit = office.audit(actor, "change-part", f"gatherings/{gathering_id}/parts/{part}", asked.reason)
            commit = replace(commit, tasks=[_task(act, gathering.published, part, asked)], audit=[audit])
            return commit, {"part": part, "change": act, "status": "accepted"}

        return await office.act(request, gathering_id, Wanted(), work)

    return routes


def _task(act: str, before: Definition, part: str, asked: PartChange) -> Task:
    """It carries the change to everybody."""
    found = before.part(part)
    if asked.move_to is not None:
        return Task(act, before.gathering, MOVE, part, asked.move_to)
    if asked.cancel or found is None:
        return Task(act, before.gathering, CANCEL, part)
    return Task(act, before.gathering, RETIME, part, began_at=found.starts)


def _changed(gathering: Gathering, published: Definition, part: str, asked: PartChange) -> tuple[Gathering, Definition]:
    """The published definition changed and published anew; a draft that waits is changed alike, and still waits."""
    definition = changed(published, part, asked)
    if problems := [f"/{'/'.join(map(str, place))}: {reason}" for place, reason in broken_rules(definition)]:
        raise Problem(409, "change-refused", "The definition would not hold together: see `errors`.", errors=problems)
    version = gathering.version + 1
    fresh = replace(gathering, version=version, draft=definition, published=definition, published_version=version)
    if gathering.version != gathering.published_version:
        fresh = replace(fresh, version=version + 1, draft=changed(gathering.draft, part, asked))
    return fresh, definition


def changed(definition: Definition, part: str, asked: PartChange) -> Definition:
    if asked.starts is not None:
        return _retimed(definition, part, asked.starts)
    parts = tuple(_closed(one, asked.move_to) if one.part == part else one for one in definition.parts)
    return definition.model_copy(update={"parts": parts})


def _closed(part: Part, but: Mode | None) -> Part:
    if but is not None and (but not in part.modes or part.modes[but].cancelled):
        raise Problem(409, "unknown-mode", "That part is not offered in this mode: add it to the definition first.")
    closed = {"cancelled": True}
    modes = {mode: pool if mode == but else pool.model_copy(update=closed) for mode, pool in part.modes.items()}
    return part.model_copy(update={"modes": modes})


def _retimed(definition: Definition, part: str, starts: datetime) -> Definition:
    """The part with its sessions and doors."""
    found = definition.part(part)
    by = timedelta() if found is None else starts - found.starts
    sessions = tuple(_shifted(one, by, "starts", "ends", of=part) for one in definition.agenda.sessions)
    return definition.model_copy(
        update={
            "parts": tuple(_shifted(one, by, "starts", "ends", of=part) for one in definition.parts),
            "doors": tuple(_shifted(one, by, "opens", "closes", of=part) for one in definition.doors),
            "agenda": definition.agenda.model_copy(update={"sessions": sessions}),
        }
    )


def _shifted(one: Timed, by: timedelta, *times: str, of: str) -> Timed:
    return one.model_copy(update={time: getattr(one, time) + by for time in times}) if one.part == of else one
