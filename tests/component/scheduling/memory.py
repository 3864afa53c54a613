"""A store in memory, held to the same contract as the one in MongoDB."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.scheduling.domain import (
    Act,
    Agenda,
    AgendaReleased,
    Answer,
    Assignment,
    Block,
    Booking,
    Command,
    Diary,
    Gathering,
    Hold,
    Latecomer,
    Ledger,
    Meeting,
    Outcome,
    Plan,
    Preferences,
    Profile,
    Proposal,
    Purpose,
    Question,
    Registration,
    Release,
    Star,
    Topic,
    Waiter,
    Wanted,
    is_request,
)
from services.scheduling.store.protocol import Audit, Exported, Job, Settle
from services.scheduling.store.writing import entries
from shared.clock import Clock
from shared.errors import LostRace
from shared.outbox import Entry
from tests.component.scheduling.encounters import MemoryEncounters


class MemoryStore(MemoryEncounters):
    """Everything in dictionaries; `said` is what would have been published."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ledgers: dict[str, Ledger] = {}
        self.gatherings: dict[str, Gathering] = {}
        self.registrations: dict[str, Registration] = {}
        self.all_bookings: dict[str, Booking] = {}
        self.claims: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        self.waiting: dict[str, tuple[Command, datetime]] = {}
        self.wishes: dict[str, Preferences] = {}
        self.blocks: dict[str, Block] = {}
        self.holds: dict[str, Hold] = {}
        self.waiters: dict[str, Waiter] = {}
        self.asked: dict[str, Question] = {}
        self.voices: set[str] = set()
        self.stars: set[Star] = set()
        self.acts: dict[str, Act] = {}
        self.agendas: dict[str, Agenda] = {}
        self.all_releases: dict[tuple[str, int], Release] = {}
        self.audits: list[tuple[str, Audit]] = []
        self.rooms: dict[str, Assignment] = {}
        self.all_meetings: dict[str, Meeting] = {}
        self.profiles: dict[str, Profile] = {}
        self.drafts: dict[str, Proposal] = {}
        self.plans: dict[tuple[str, Topic], Plan] = {}
        self.late: dict[str, Latecomer] = {}
        self.jobs: dict[str, Job] = {}
        self.said: list[Entry] = []
        self.overtaken = False  # somebody else is always first

    async def load(self, wanted: Mapping[str, Wanted]) -> dict[str, Diary]:
        return {gathering_id: self._diary(gathering_id, names) for gathering_id, names in wanted.items()}

    async def commit(self, outcomes: Sequence[Outcome], at: datetime) -> None:
        changed = [outcome for outcome in outcomes if outcome.decided]
        if self.overtaken:
            raise LostRace("another writer moved the ledger")
        for outcome in changed:
            known = self.ledgers.get(outcome.gathering_id, Ledger(outcome.gathering_id))
            if known.version != outcome.before.ledger.version:
                raise LostRace("another writer moved the ledger")
            for claim in outcome.taken:
                holder = self.claims.get(claim)
                if holder is not None and claim not in outcome.freed.get(holder, ()):
                    raise LostRace("claimed", duplicate=True)
        for outcome in changed:
            self._write(outcome)
        self.said += entries(changed, at)

    async def alone(
        self, gathering_id: str, wanted: Wanted, settle: Settle, at: datetime, audit: Audit | None = None
    ) -> Outcome:
        outcome = settle(self._diary(gathering_id, wanted))
        self._write(outcome)
        self.said += entries([outcome], at)
        if audit is not None:
            self.audits.append((gathering_id, audit))
        return outcome

    async def claim_owed(self) -> None:
        """Memory has room for all of them at once."""

    async def gathering(self, gathering_id: str) -> Gathering | None:
        return self.gatherings.get(gathering_id)

    async def agenda(self, gathering_id: str) -> Agenda:
        return self.agendas.get(gathering_id, Agenda())

    async def release(self, gathering_id: str, number: int) -> Release | None:
        return self.all_releases.get((gathering_id, number))

    async def releases(self, gathering_id: str) -> list[Release]:
        return [one for (of, _), one in sorted(self.all_releases.items()) if of == gathering_id]

    async def expert_claims(self, gathering_id: str) -> Mapping[str, str]:
        kinds = (f"{gathering_id}:expert:", f"{gathering_id}:table:")
        return {claim: who for claim, who in self.claims.items() if claim.startswith(kinds)}

    async def registration(self, registration_id: str) -> Registration | None:
        return self.registrations.get(registration_id)

    async def booking(self, booking_id: str) -> Booking | None:
        return self.all_bookings.get(booking_id)

    async def bookings_of(self, registration_id: str) -> list[Booking]:
        return self._in_order(one for one in self.all_bookings.values() if one.registration_id == registration_id)

    async def bookings_at(self, gathering_id: str, desk: str) -> list[Booking]:
        return self._in_order(
            one
            for one in self.all_bookings.values()
            if one.live and (one.gathering_id, one.slot.desk) == (gathering_id, desk)
        )

    async def history_at(self, gathering_id: str, desk: str) -> list[Booking]:
        here = (one for one in self.all_bookings.values() if one.gathering_id == gathering_id)
        return self._in_order(one for one in here if one.slot.desk == desk or desk in one.left)

    async def blocks_at(self, gathering_id: str, desk: str | None = None) -> list[Block]:
        here = (one for one in self.blocks.values() if one.gathering_id == gathering_id)
        return sorted((one for one in here if desk in {None, one.desk}), key=lambda one: one.starts_at)

    async def holds_of(self, registration_id: str) -> list[Hold]:
        found = (one for one in self.holds.values() if one.registration_id == registration_id)
        return sorted(found, key=lambda one: one.expires_at)

    async def turns_of(self, registration_id: str) -> list[tuple[Waiter, int]]:
        mine = (one for one in self.waiters.values() if one.registration_id == registration_id)
        return [
            (one, sum(other.desk == one.desk and other.since < one.since for other in self.waiters.values()))
            for one in sorted(mine, key=lambda one: one.since)
        ]

    async def questions(self, gathering_id: str, session: str) -> list[Question]:
        found = (one for one in self.asked.values() if (one.gathering_id, one.session) == (gathering_id, session))
        return sorted(found, key=lambda one: (-one.votes, one.asked_at, one.id))

    async def questions_of(self, registration_id: str) -> list[Question]:
        found = (one for one in self.asked.values() if one.registration_id == registration_id)
        return sorted(found, key=lambda one: one.asked_at)

    async def lapsed(self, now: datetime) -> set[str]:
        return {one.gathering_id for one in self.holds.values() if one.expires_at <= now}

    async def stars_of(self, registration_id: str) -> set[Star]:
        return {one for one in self.stars if one.registration_id == registration_id}

    async def preferences(self, registration_id: str) -> Preferences | None:
        return self.wishes.get(registration_id)

    async def answer(self, submission_id: str) -> Answer | None:
        return self.answers.get(submission_id)

    async def overdue(self, parked_before: datetime) -> list[Command]:
        return [command for command, parked_at in self.waiting.values() if parked_at < parked_before]

    async def export(self, gathering_id: str) -> AsyncIterator[Exported]:
        for booking in self.all_bookings.values():
            if booking.gathering_id == gathering_id:
                yield booking
        for one in self.encounters(gathering_id):
            yield one
        for of, audit in self.audits:
            if of == gathering_id:
                yield audit

    def _diary(self, gathering_id: str, names: Wanted) -> Diary:
        waiting = {
            who: command for who, (command, _) in self.waiting.items() if _concerns(command, who, gathering_id, names)
        }
        for command in waiting.values():
            names.add(command)
        waiters = {who: one for who, one in self.waiters.items() if one.gathering_id == gathering_id}
        for waiter in waiters.values():
            names.add_waiter(waiter)
        for hold in self.holds.values():
            if hold.gathering_id == gathering_id and hold.purpose is Purpose.OFFER:
                names.add_waiter(hold)
        if names.losers is not None:
            live = (one for one in self.all_bookings.values() if one.live)
            theirs = (one for one in live if names.losers in {one.slot.desk, *one.experts})
            names.registrations |= {one.registration_id for one in theirs}
        names.release |= bool(names.learned)
        if names.assignments:
            names.registrations |= {one.registration_id for one in self.rooms.values()}
        agenda = self.agendas.get(gathering_id, Agenda())
        answers = {who: one for who, one in self.answers.items() if who in names.submissions or one.key in names.keys}
        return Diary(
            ledger=self.ledgers.get(gathering_id, Ledger(gathering_id)),
            gathering=self.gatherings.get(gathering_id),
            agenda=agenda if names.agenda else Agenda(latest=agenda.latest if names.experts or names.release else None),
            holds={who: one for who, one in self.holds.items() if one.gathering_id == gathering_id},
            waiters=waiters,
            blocks={who: one for who, one in self.blocks.items() if names.experts and one.gathering_id == gathering_id},
            questions={
                who: one
                for who, one in self.asked.items()
                if one.gathering_id == gathering_id and (who in names.questions or one.registration_id in names.askers)
            },
            voices=frozenset(self.voices & names.voices),
            stars=frozenset(
                one
                for one in self.stars
                if one.gathering_id == gathering_id
                and (names.audience or one.registration_id in names.starrers | names.forgotten)
            ),
            registrations={
                who: one
                for who, one in self.registrations.items()
                if (who in names.registrations or ((names.everyone or names.audience) and one.may_book))
                and one.gathering_id == gathering_id
            },
            bookings={
                who: one
                for who, one in self.all_bookings.items()
                if one.gathering_id == gathering_id
                and (
                    who in names.bookings
                    or one.registration_id in names.registrations
                    or (names.everybody and one.live)
                )
            },
            claims=self._known_claims(names),
            acts={who: one for who, one in self.acts.items() if who in names.acts},
            answers=answers,
            keys={one.key: who for who, one in answers.items() if one.key is not None},
            waiting=waiting,
            preferences={
                who: one
                for who, one in self.wishes.items()
                if names.everyone or who in names.learned | names.wishers | names.forgotten
            },
            assignments={who: one for who, one in self.rooms.items() if one.gathering_id == gathering_id},
            meetings={who: one for who, one in self.all_meetings.items() if one.gathering_id == gathering_id},
            profiles={who: one for who, one in self.profiles.items() if who in names.forgotten},
            proposals={who: one for who, one in self.drafts.items() if names.drafts or who in names.proposals},
            plans={topic: one for (of, topic), one in self.plans.items() if of == gathering_id},
            latecomers={who: one for who, one in self.late.items() if one.gathering_id == gathering_id},
        )

    def _known_claims(self, names: Wanted) -> dict[str, str]:
        if names.experts or names.everyone or names.assignments or names.pairs:
            return dict(self.claims)
        return {claim: who for claim, who in self.claims.items() if who in self.rooms or who in self.all_meetings}

    def _write_queue(self, before: Diary, after: Diary) -> None:
        left = before.holds.keys() - after.holds.keys()
        self.holds = {who: one for who, one in {**self.holds, **after.holds}.items() if who not in left}
        gone = before.waiters.keys() - after.waiters.keys()
        self.waiters = {who: one for who, one in {**self.waiters, **after.waiters}.items() if who not in gone}

    def _write(self, outcome: Outcome) -> None:
        before, after, gathering_id = outcome.before, outcome.after, outcome.gathering_id
        ledger = before.ledger
        self.ledgers[gathering_id] = replace(
            ledger, version=ledger.version + 1, sequence=ledger.sequence + len(outcome.said)
        )
        for who, claims in outcome.freed.items():
            for claim in claims:
                if self.claims.get(claim) == who:
                    del self.claims[claim]
        self.claims |= outcome.taken
        self.all_bookings |= {one.id: one for one in outcome.bookings}
        self.registrations |= after.registrations
        self.answers |= after.answers
        given_back = before.blocks.keys() - after.blocks.keys()
        self.blocks = {who: one for who, one in {**self.blocks, **after.blocks}.items() if who not in given_back}
        self._write_queue(before, after)
        self.write_encounters(outcome)
        self.asked |= after.questions
        self.voices |= after.voices
        self.stars = (self.stars - before.stars) | after.stars
        self.acts |= after.acts
        for who in before.preferences.keys() - after.preferences.keys():
            self.wishes.pop(who, None)
        self.wishes |= after.preferences
        for who in before.waiting.keys() - after.waiting.keys():
            self.waiting.pop(who, None)
        now = self._clock.wall()
        self.waiting |= {who: (one, now) for who, one in after.waiting.items() if who not in before.waiting}
        if after.gathering is not None:
            self.gatherings[gathering_id] = after.gathering
        if after.agenda is not before.agenda:
            self.agendas[gathering_id] = after.agenda
        for one in outcome.decided:
            if isinstance(one.fact, AgendaReleased):
                self.all_releases[gathering_id, one.fact.release.number] = one.fact.release

    @staticmethod
    def _in_order(found: Iterable[Booking]) -> list[Booking]:
        return sorted(found, key=lambda one: one.slot.starts_at)


def _concerns(command: Command, submission_id: str, gathering_id: str, names: Wanted) -> bool:
    request = command.message
    if not is_request(request) or request.gathering_id != gathering_id:
        return False
    return names.published or submission_id in names.submissions or request.registration_id in names.learned
