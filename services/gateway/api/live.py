"""`GET …/live`: what changes in a gathering, as server-sent events, asked of its owners while anybody listens.

Every message carries the whole state of its topic, so nothing is replayed: `Last-Event-ID` says what was seen.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.gateway.api.callers import PUBLIC, Callers, actor_of
from services.gateway.api.mounting import ID
from services.gateway.clients.owners import Owners
from services.gateway.edge import address_of, too_many
from shared.access import Actor
from shared.errors import Unavailable
from shared.http import Problem, not_found, unavailable
from shared.tokens import Role

ASK_EVERY = 2.0  # seconds, of the owners; once for all who listen to the same
STILL_HERE = 15.0
SEND_WITHIN = 10.0  # whoever takes longer to read is cut off
LONGEST = 900.0  # then the client connects anew: a process that is replaced is not waited for
AT_ONCE = 500
OF_ONE_ADDRESS = 20
STAFF = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a client listens to; `session` adds the questions to its speakers."""

    gathering_id: str
    session: str | None
    actor: Actor

    @property
    def name(self) -> tuple[str, str | None, bool]:
        """Those who may see the same share one watch."""
        return self.gathering_id, self.session, self.actor is not PUBLIC


@dataclass
class Watch:
    """One subject's state, asked again and again while somebody listens to it."""

    state: State
    listeners: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    asking: asyncio.Task[None] | None = None

    async def differs_from(self, told: State) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.state is not told)


class Live:
    def __init__(self, callers: Callers, owners: Owners, proxies: frozenset[str], every: float = ASK_EVERY) -> None:
        self._callers = callers
        self._owners = owners
        self._proxies = proxies
        self._every = every
        self._watches: dict[tuple[str, str | None, bool], Watch] = {}
        self._open: Counter[str] = Counter()

    async def listen(self, request: Request) -> Response:
        subject = self._subject(request)
        address = address_of(request.scope, self._proxies)
        if self._open.total() >= AT_ONCE:
            raise unavailable("overloaded", "As many listen as can be served: try again shortly.")
        if self._open[address] >= OF_ONE_ADDRESS:
            raise too_many(60)
        watch = self._watches.get(subject.name)
        state = watch.state if watch is not None else await self._ask(subject)
        return Stream(self, subject, state, address, request.headers.get("last-event-id"))

    def _subject(self, request: Request) -> Subject:
        session = request.query_params.get("session")
        if session is not None and not ID.fullmatch(session):
            raise not_found()
        staff = self._callers.staff(request)
        sees_more = staff is not None and staff.role in STAFF and staff.covers(request.path_params["g"])
        return Subject(
            request.path_params["g"], session, actor_of(staff) if staff is not None and sees_more else PUBLIC
        )

    @asynccontextmanager
    async def watching(self, subject: Subject, state: State, address: str) -> AsyncIterator[Watch]:
        """The last who leaves turns it off."""
        watch = self._watches.setdefault(subject.name, Watch(state))
        watch.asking = watch.asking or asyncio.create_task(self._keep_asking(subject, watch))
        watch.listeners += 1
        self._open[address] += 1
        try:
            yield watch
        finally:
            watch.listeners -= 1
            self._open[address] -= 1
            self._open += Counter()  # forgets who is gone
            if not watch.listeners:
                watch.asking.cancel()
                self._watches.pop(subject.name, None)

    async def _keep_asking(self, subject: Subject, watch: Watch) -> None:
        while True:
            await asyncio.sleep(self._every)
            with suppress(Unavailable, Problem):  # what is away has not changed
                state = await self._ask(subject)
                if state != watch.state:
                    async with watch.changed:
                        watch.state = state
                        watch.changed.notify_all()

    async def _ask(self, subject: Subject) -> State:
        root, session = f"/v1/gatherings/{subject.gathering_id}", subject.session
        wanted = {
            "gathering": ("registration", root),
            "agenda": ("scheduling", f"{root}/agenda"),
            "desks": ("scheduling", f"{root}/desks"),
        }
        if session is not None:
            wanted["questions"] = ("scheduling", f"{root}/sessions/{session}/questions")
        if subject.actor is not PUBLIC:
            wanted["obligations"] = ("registration", f"{root}/obligations")
        answers = await asyncio.gather(*(self._read(*one, subject.actor) for one in wanted.values()))
        found = dict(zip(wanted, answers, strict=True))
        if found["gathering"] is None or ("questions" in found and found["questions"] is None):
            raise not_found()
        return {topic: shown for topic, shown in _shown(found).items() if shown is not None}

    async def _read(self, owner: str, target: str, actor: Actor) -> Any:
        answer = await self._owners.ask(owner, "GET", target, actor)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status != HTTPStatus.OK:
            raise Unavailable(f"{owner} answered {answer.status}")
        return answer.json()


def _shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers, releases and what is asked: nothing that is not on a page already."""
    agenda, desks, asked, owed = (found.get(name) for name in ("agenda", "desks", "questions", "obligations"))
    free = {one["desk"]: sum(slot["free"] for slot in one["slots"]) for one in (desks or {}).get("desks", ())}
    return {
        "places": found["gathering"].get("availability", []),
        "agenda": agenda and {name: agenda.get(name) for name in ("release", "label", "published_at")},
        "desks": free or None,
        "questions": asked and asked["questions"],
        "obligations": owed and owed["obligations"],
    }


class Stream(Response):
    """One client's: all topics first, unless it has seen them, then those that change."""

    def __init__(self, live: Live, subject: Subject, state: State, address: str, seen: str | None) -> None:
        super().__init__(headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._live = live
        self._subject = subject
        self._state = state
        self._address = address
        self._seen = seen

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        async with self._live.watching(self._subject, self._state, self._address) as watch:
            telling = asyncio.create_task(self._tell(watch, send))
            gone = asyncio.create_task(_gone(receive))
            try:
                await asyncio.wait([telling, gone], timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (telling, gone):
                    task.cancel()
                await asyncio.gather(telling, gone, return_exceptions=True)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(SEND_WITHIN):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, watch: Watch, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        told: State = watch.state if self._seen == mark(watch.state) else {}
        await _send(send, b"retry: 3000\n\n")
        while True:
            state = watch.state
            changed = {topic: content for topic, content in state.items() if told.get(topic) != content}
            await _send(send, written(changed, mark(state)) if changed else b": still here\n\n")
            told = state
            with suppress(TimeoutError):
                await asyncio.wait_for(watch.differs_from(told), STILL_HERE)


def mark(state: State) -> str:
    """The same for the same state, whichever gateway says it: a client may come back to another."""
    return hashlib.sha256(orjson.dumps(state, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def written(topics: State, seen: str) -> bytes:
    return b"".join(
        b"event: %b\nid: %b\ndata: %b\n\n" % (topic.encode(), seen.encode(), orjson.dumps(content))
        for topic, content in topics.items()
    )


async def _send(send: Send, chunk: bytes) -> None:
    async with asyncio.timeout(SEND_WITHIN):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
