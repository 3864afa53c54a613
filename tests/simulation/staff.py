"""Organisers: they call registration, and call again if nobody answers."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from services.checkin.domain import ScanReusedError
from services.registration.api import Office
from services.registration.api.gatherings import put_in_force
from services.registration.api.office import Answer, Work
from services.registration.api.parts import PartChange, changed
from services.registration.domain import (
    Add,
    Category,
    Choice,
    Chosen,
    Decision,
    Invitation,
    Owing,
    Reason,
    Refused,
    Select,
    State,
    add,
    erase,
    select,
)
from services.registration.store import Act, Commit, Gathering, NewInvitation, Reader, Task, Wanted
from services.registration.tasks import CANCEL, MOVE, RETIME
from shared.errors import DeliveryError
from shared.http import Problem
from shared.messages.gathering import Definition, Mode
from shared.messages.registration import InvitationIssued, Wish
from tests.simulation.counters import Call, Counters
from tests.simulation.gatherings import DEFINITIONS, SEMINAR, TALK, wishes
from tests.simulation.house import Replica

TRIES = 4


class Staff(Counters):
    """All of them, and how often each."""

    def act(self) -> str:
        kinds = (
            (self._scan, "checkin", 30),
            (self._select, "registration", 14),
            (self._erase, "registration", 6),
            (self._add, "registration", 4),
            (self._publish, "registration", 5),
            (self._change_part, "registration", 3),
            (self._invite, "registration", 3),
            (self._at_desk, "scheduling", 16),
            (self._agenda, "scheduling", 4),
        )
        ((kind, service, _),) = self._draw.choices(kinds, [weight for *_, weight in kinds])
        replicas = self._house.of(service)
        if not replicas:
            return f"nobody of {service} is there"
        replica = self._draw.choice(replicas)
        what, work = kind(replica)
        self._house.spawn(replica, self._insisting(work))
        return f"{replica.name}: {what}"

    def open(self, gathering: str) -> None:
        """Its definition, published for the first time."""
        (replica,) = self._house.of("registration")[:1]
        self._house.spawn(replica, self._insisting(self._publishing(replica.parts, gathering, DEFINITIONS[gathering])))

    async def _insisting(self, work: Callable[[], Awaitable[object]]) -> None:
        for _ in range(TRIES):
            try:
                await work()
            except DeliveryError:
                await asyncio.sleep(0.1)
            except (Problem, ScanReusedError):
                return
            except Exception as fault:  # a 500 for somebody
                self._house.broke(f"a call of staff failed: {fault!r}")
                raise
            else:
                return

    def _once(self, office: Office, gathering: str, wanted_: Wanted, work: Work) -> Callable[[], Awaitable[object]]:
        act = Act(office.identities.act(gathering, self._name("act")), "digest")
        return partial(office.once, act, gathering, wanted_, work)

    def _select(self, replica: Replica) -> Call:
        office, gathering = replica.parts, "whole"
        kept = self._house.kept["registration"].registrations.values()
        applied = [one.id for one in kept if one.gathering_id == gathering and _may_be_chosen(one)]
        some = self._draw.sample(applied, min(len(applied), self._draw.randint(1, 3)))
        choices = tuple(Choice(one, self._draw.choice([*Chosen])) for one in some)
        if not choices:
            return "nobody to select", _nothing

        async def work(state: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            if state.definition is None:
                raise Problem(404, "not-found", "simulated")
            standings = await reader.standings(gathering, SEMINAR)
            owing = [Owing(one, sum(counts.values())) for one, counts in standings.items()]
            outcome = select(state, Select(act, gathering, SEMINAR, choices, "organiser", office.clock.now()), owing)
            if isinstance(outcome, Refused):
                raise Problem(409, "selection-refused", "simulated")
            after, decisions = outcome
            return await office.settled(Commit(state, after, decisions), reader, act), {}

        named = {choice.registration_id: choice.outcome.value for choice in choices}
        return f"selects {named}", self._once(office, gathering, Wanted(registrations={*named}), work)

    def _erase(self, replica: Replica) -> Call:
        office = replica.parts
        gathering, who = self._someone()
        act = Act(office.identities.act(gathering, self._name("act")), "digest")

        async def call() -> None:
            found = self._house.kept["registration"].registrations.get(who)
            if found is None:
                return
            theirs = await office.queries.same_person(found)

            async def work(state: State, reader: Reader, act_id: str) -> tuple[Commit, Answer]:
                after, decisions = state, list[Decision]()
                for one in sorted(theirs):
                    after, decision = erase(after, after.registrations[one], office.clock.now(), act_id)
                    decisions += [decision] if decision else []
                if not decisions:
                    return Commit(state, state), {}
                return await office.settled(Commit(state, after, decisions), reader, act_id), {}

            await office.once(act, gathering, Wanted(registrations=set(theirs)), work)
            self._journal.erased |= theirs

        return f"erases {who}", call

    def _add(self, replica: Replica) -> Call:
        office, gathering, name = replica.parts, self._draw.choice([*DEFINITIONS]), self._name("guest")
        part, mode = self._draw.choice(wishes(gathering))
        attendee = {"attendee": {"name": name, "email": f"{name}@example.org"}, "answers": {}, "consents": {}}
        self._journal.added.add(name)
        self._journal.persons[name].add(f"{name}@example.org")

        async def work(state: State, _: Reader, __: str) -> tuple[Commit, Answer]:
            person = office.identities.person(gathering, f"{name}@example.org")
            wish = (Wish(part=part, mode=mode),)
            command = Add(name, gathering, office.clock.now(), person, Category.GUEST, None, wish, attendee)
            outcome = add(state, command)
            if isinstance(outcome, Reason):
                raise Problem(409, outcome, "simulated")
            return Commit(state, outcome[0], [outcome[1]]), {}

        return f"adds {name} to {part}", self._once(office, gathering, Wanted(), work)

    def _publish(self, replica: Replica) -> Call:
        """A larger room, or fewer desks."""
        gathering = self._draw.choice([*DEFINITIONS])
        known = self._house.kept["registration"].gatherings.get(gathering)
        current = DEFINITIONS[gathering] if known is None else known.published
        if self._draw.random() < 0.5:
            return f"enlarges {gathering}", self._publishing(replica.parts, gathering, _larger(current))
        some = tuple(one for one in DEFINITIONS[gathering].helpdesk.desks if self._draw.random() < 0.8)
        desks = current.helpdesk.model_copy(update={"desks": some})
        named = [one.desk for one in some]
        fewer = current.model_copy(update={"helpdesk": desks})
        return f"{gathering} has the desks {named}", self._publishing(replica.parts, gathering, fewer)

    def _publishing(self, office: Office, gathering: str, definition: Definition) -> Callable[[], Awaitable[object]]:
        async def work(state: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            known = await reader.gathering(gathering)
            version = 1 if known is None else known.version + 1
            fresh = Gathering(gathering, version, definition, version, definition)
            commit = await put_in_force(state, fresh, definition, reader, act, office.clock.now())
            return await office.settled(commit, reader, act), {}

        return self._once(office, gathering, Wanted(), work)

    def _change_part(self, replica: Replica) -> Call:
        office, gathering = replica.parts, "whole"
        part = self._draw.choice((TALK, SEMINAR, "visit"))
        action = self._draw.choice((CANCEL, MOVE, RETIME, RETIME))
        asked = PartChange(
            cancel=action == CANCEL,
            move_to=Mode.REMOTE if action == MOVE else None,
            starts=DEFINITIONS[gathering].parts[0].starts if action == RETIME else None,
            reason="simulated",
        )

        async def work(state: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            known = await reader.gathering(gathering)
            if known is None or known.published is None:
                raise Problem(404, "not-found", "simulated")
            definition = changed(known.published, part, asked)
            version = known.version + 1
            fresh = Gathering(gathering, version, definition, version, definition)
            commit = await put_in_force(state, fresh, definition, reader, act, office.clock.now())
            task = Task(act, gathering, action, part, "remote" if action == MOVE else None)
            return replace(commit, tasks=[task]), {}

        return f"{part}: {action}", self._once(office, gathering, Wanted(), work)

    def _invite(self, replica: Replica) -> Call:
        office, gathering, delegation = replica.parts, "whole", self._draw.choice(("d1", "d2"))

        async def work(state: State, _: Reader, act: str) -> tuple[Commit, Answer]:
            code = office.identities.code(gathering, f"i-{delegation}")
            if code in self._house.kept["registration"].invitations:
                raise Problem(409, "invited", "simulated")
            fact = InvitationIssued(
                gathering_id=gathering, invitation_id=f"i-{delegation}", version=1, delegation=delegation, places=2
            )
            invitation = Invitation(f"i-{delegation}", None, delegation, 2)
            new = NewInvitation(invitation, gathering, code, {}, office.clock.now())
            return Commit(state, state, [Decision(act, (fact,))], invitations=[new]), {}

        return f"invites {delegation}", self._once(office, gathering, Wanted(), work)


def _may_be_chosen(one: Any) -> bool:
    standing = one.standing(SEMINAR)
    return standing is not None and standing.mode == "in-person" and standing.is_live


def _larger(definition: Definition) -> Definition:
    parts = tuple(
        part.model_copy(
            update={
                "modes": {
                    mode: pool if pool.capacity is None else pool.model_copy(update={"capacity": pool.capacity + 1})
                    for mode, pool in part.modes.items()
                }
            }
        )
        for part in definition.parts
    )
    return definition.model_copy(update={"parts": parts})


async def _nothing() -> None:
    """Nobody to do it to."""


Work_ = Coroutine[Any, Any, None]
