"""Registration's store in memory, with the same refusals as the one on MongoDB; one contract suite holds for both."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from services.registration.domain import (
    Confirmed,
    Former,
    Invitation,
    Ledger,
    PoolKey,
    Reason,
    Registration,
    State,
    Status,
)
from services.registration.store import Act, Audit, Commit, Gathering, Reader, Task, Wanted
from shared.errors import LostRace, Unavailable
from shared.messages import Message
from tests.support.registration import CODES

T = TypeVar("T")


class FakeStore:
    """What was committed, and `said`: each fact with its sequence."""

    def __init__(self) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.gatherings: dict[str, Gathering] = {}
        self.registrations: dict[str, Registration] = {}
        self.changes: dict[str, tuple[str, str | None, Reason | None]] = {}
        self.delegations: dict[tuple[str, str], Mapping[PoolKey, int]] = {}
        self.waived: dict[tuple[str, str, str], str] = {}
        self.invitations: dict[str, tuple[str, Any]] = {}
        self.issued: dict[str, datetime] = {}  # invitations that nobody was reminded of
        self.tasks: dict[str, Task] = {}
        self.acts: dict[str, Act] = {}
        self.audit: list[Audit] = []
        self.former: dict[tuple[str, int], Former] = {}
        self.said: list[tuple[int, Message]] = []
        self.away = False
        self._alone = asyncio.Lock()

    async def prepare(self) -> None: ...

    async def gathering(self, gathering_id: str) -> Gathering | None:
        return self.gatherings.get(gathering_id)

    async def begin(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        return await self.load(wanted)

    async def load(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        if self.away:
            raise Unavailable("the fake is away")
        return {gathering_id: await self._state(gathering_id, one) for gathering_id, one in wanted.items()}

    async def _state(self, gathering_id: str, wanted: Wanted) -> State:
        own = {key: one for key, one in self.registrations.items() if one.gathering_id == gathering_id}
        found = [
            one
            for one in own.values()
            if one.id in wanted.registrations
            or one.key in wanted.keys
            or (one.is_live and one.person in wanted.persons)
        ]
        changes = {
            one: (key, refusal)
            for one, (whose, key, refusal) in self.changes.items()
            if whose == gathering_id and (one in wanted.submissions or key in wanted.keys)
        }
        gathering, ledger = self.gatherings.get(gathering_id), self.ledgers.get(gathering_id, Ledger(gathering_id))
        in_force = gathering.published if gathering is not None and ledger.definition_version else None
        state = State(
            ledger,
            in_force,
            keys={one.key: one.id for one in found if one.key is not None}
            | {key: one for one, (key, _) in changes.items() if key is not None},
            answered=frozenset(changes),
            refusals={one: refusal for one, (_, refusal) in changes.items() if refusal is not None},
            delegations={d: self.delegations.get((gathering_id, d), {}) for d in wanted.delegations},
            invitations={c: self.invitations[c][1] for c in wanted.codes if c in self.invitations},
            codes=dict(CODES) if in_force is not None else {},
        )
        return await self.bring(state, found)

    async def bring(self, state: State, registrations: Sequence[Registration]) -> State:
        gathering_id = state.ledger.gathering_id
        counts = {
            one.delegation: self.delegations.get((gathering_id, one.delegation), {})
            for one in registrations
            if one.delegation is not None and one.delegation not in state.delegations
        }
        known = {one.id for one in state.invitations.values()}
        linked = {one.invitation for one in registrations} - known
        resting = {one.person for one in registrations if not one.is_live} - state.persons.keys()
        here = (one for one in self.registrations.values() if one.gathering_id == gathering_id and resting)
        living = {one.person: one.id for one in here if one.is_live}
        return replace(
            state,
            registrations=state.registrations | {one.id: one for one in registrations},
            persons=state.persons
            | {person: living[person] for person in resting if person in living}
            | {one.person: one.id for one in registrations if one.is_live},
            delegations=state.delegations | counts,
            invitations=state.invitations | {c: one for c, (_, one) in self.invitations.items() if one.id in linked},
        )

    async def candidates(
        self,
        gathering_id: str,
        key: PoolKey,
        limit: int,
        *,
        seen: frozenset[str],
        without: frozenset[str] = frozenset(),
        among: frozenset[str] | None = None,
    ) -> list[Registration]:
        queue = [
            (standing.position, one)
            for one in self.registrations.values()
            if one.gathering_id == gathering_id
            and (standing := one.standing(key[0])) is not None
            and (standing.pool, standing.status) == (key, Status.WAITLISTED)
            and one.id not in seen
            and one.delegation not in without
            and (among is None or one.delegation in among)
        ]
        return [one for _, one in sorted(queue, key=lambda pair: pair[0] or 0)][:limit]

    async def holding(self, gathering_id: str, key: PoolKey, places: int) -> frozenset[str]:
        own = {d: held for (whose, d), held in self.delegations.items() if whose == gathering_id}
        return frozenset(d for d, held in own.items() if held.get(key, 0) >= places)

    async def anybody(self, gathering_id: str, key: PoolKey, statuses: Collection[Status]) -> bool:
        own = [one for one in self.registrations.values() if one.gathering_id == gathering_id]
        return any(s.pool == key and s.status in statuses for one in own for s in one.parts)

    async def of_part(self, gathering_id: str, part: str, after: str, limit: int) -> list[Registration]:
        own = [one for one in self.registrations.values() if one.gathering_id == gathering_id and one.id > after]
        live = [one for one in own if (standing := one.standing(part)) is not None and standing.is_live]
        return sorted(live, key=lambda one: one.id)[:limit]

    async def standings(self, gathering_id: str, part: str) -> dict[str, dict[str, int]]:
        found: dict[str, Counter[str]] = {}
        for one in self.registrations.values():
            standing = one.standing(part)
            if one.gathering_id == gathering_id and one.delegation is not None and standing is not None:
                chosen = standing.reason is Reason.NOT_SELECTED
                found.setdefault(one.delegation, Counter())["not-selected" if chosen else standing.status] += 1
        return {delegation: dict(counts) for delegation, counts in found.items()}

    async def waivers(self, gathering_id: str) -> dict[tuple[str, str], str]:
        return {(d, part): reason for (whose, d, part), reason in self.waived.items() if whose == gathering_id}

    async def confirmed_by_delegation(self, gathering_id: str) -> Confirmed:
        return {d: held for (whose, d), held in self.delegations.items() if whose == gathering_id}

    async def unused_invitations(self, gathering_id: str, issued_by: datetime, limit: int) -> list[Invitation]:
        own = (one for whose, one in self.invitations.values() if whose == gathering_id)
        good = [one for one in own if not one.revoked and not one.used and one.id in self.issued]
        return sorted((one for one in good if self.issued[one.id] <= issued_by), key=lambda one: one.id)[:limit]

    async def act(self, act_id: str) -> Act | None:
        return self.acts.get(act_id)

    async def task(self, task_id: str) -> Task | None:
        return self.tasks.get(task_id)

    async def commit(self, commits: Sequence[Commit]) -> None:
        await asyncio.sleep(0)  # others may have been first
        for commit in commits:
            before = commit.before.ledger
            if before.version != self.ledgers.get(before.gathering_id, Ledger(before.gathering_id)).version:
                raise LostRace("the ledger moved")
        for commit in commits:
            self._check(commit)
        for commit in commits:
            self._keep(commit)

    async def alone(self, _: str, work: Callable[[Reader], Awaitable[tuple[Commit | None, T]]]) -> T:
        async with self._alone:
            while True:
                commit, result = await work(self)
                try:
                    await self.commit([commit] if commit is not None else [])
                except LostRace:
                    continue
                return result

    def _check(self, commit: Commit) -> None:
        decided = Counter(one.registration_id for one in commit.decisions)  # each raised the version by one
        fresh = {key: one for key, one in commit.after.registrations.items() if key in decided}
        if any(one.version == decided[key] and key in self.registrations for key, one in fresh.items()):
            raise LostRace("duplicate key", duplicate=True)
        kept = [one for key, one in self.registrations.items() if key not in fresh]
        every = [*kept, *fresh.values()]
        people = [(one.gathering_id, one.person) for one in every if one.is_live]
        keys = [one.key for one in every if one.key is not None]
        if len(people) != len(set(people)) or len(keys) != len(set(keys)):
            raise LostRace("duplicate key", duplicate=True)
        if any(one.submission and one.submission.id in self.changes for one in commit.decisions):
            raise LostRace("duplicate key", duplicate=True)

    def _keep(self, commit: Commit) -> None:
        gathering_id, after = commit.after.ledger.gathering_id, commit.after
        facts = [fact for decision in commit.decisions for fact in decision.facts]
        first = commit.before.ledger.sequence + 1
        self.said += list(enumerate(facts, start=first))
        version, sequence = commit.before.ledger.version + 1, commit.before.ledger.sequence + len(facts)
        self.ledgers[gathering_id] = replace(after.ledger, version=version, sequence=sequence)
        for decision in commit.decisions:
            if decision.registration_id is not None:
                self._keep_registration(after.registrations[decision.registration_id])
            if (gave := decision.handed_on) is not None:
                self.former[gave.registration_id, gave.generation] = gave
            command = decision.submission
            if command is not None and command.id not in after.registrations:
                key = command.key if after.keys.get(command.key) == command.id else None
                self.changes[command.id] = (gathering_id, key, decision.refusal)
        for delegation, held in after.delegations.items():
            self.delegations[gathering_id, delegation] = held
        for code, invitation in after.invitations.items():
            self.invitations[code] = (gathering_id, invitation)
        gone = {one.id for one in self.registrations.values() if one.erased_at is not None}
        self.former = {
            key: one
            for key, one in self.former.items()
            if key[0] not in gone and not (one.person in commit.forgotten and self._is_of(key[0], gathering_id))
        }
        self._keep_staff(commit, gathering_id)

    def _is_of(self, registration_id: str, gathering_id: str) -> bool:
        return self.registrations[registration_id].gathering_id == gathering_id

    def _keep_registration(self, registration: Registration) -> None:
        stored = self.registrations.get(registration.id)
        if registration.erased_at is not None:
            registration = Registration(
                registration.id,
                registration.gathering_id,
                registration.erased_at,
                "",
                key=registration.key,
                version=registration.version,
                erased_at=registration.erased_at,
            )
        elif registration.attendee is None and stored is not None:
            registration = replace(registration, attendee=stored.attendee)
        self.registrations[registration.id] = registration

    def _keep_staff(self, commit: Commit, gathering_id: str) -> None:
        self.audit += commit.audit
        self.tasks |= {one.id: one for one in commit.tasks}
        for finished in commit.finished:
            del self.tasks[finished]
        if commit.act is not None:
            self.acts[commit.act.id] = commit.act
        if commit.gathering is not None:
            self.gatherings[gathering_id] = commit.gathering
        if commit.waiver is not None:
            delegation, part, reason = commit.waiver
            self.waived[gathering_id, delegation, part] = reason
        self.invitations |= {one.code: (gathering_id, one.invitation) for one in commit.invitations}
        self.issued |= {one.invitation.id: one.issued_at for one in commit.invitations}
        for chased in commit.chased:
            del self.issued[chased]
        for code, (whose, one) in list(self.invitations.items()):
            if one.id in commit.revoked:
                self.invitations[code] = (whose, replace(one, revoked=True))
