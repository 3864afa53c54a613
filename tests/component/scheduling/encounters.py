"""The half of the store in memory that is about rooms, meetings and proposals."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from services.scheduling.domain import (
    Assignment,
    Latecomer,
    Meeting,
    Outcome,
    Plan,
    Preferences,
    Profile,
    Proposal,
    Registration,
    Topic,
)
from services.scheduling.store import Exported, Head, Job, JobState


class MemoryEncounters:
    registrations: dict[str, Registration]
    claims: dict[str, str]
    wishes: dict[str, Preferences]
    rooms: dict[str, Assignment]
    all_meetings: dict[str, Meeting]
    profiles: dict[str, Profile]
    drafts: dict[str, Proposal]
    plans: dict[tuple[str, Topic], Plan]
    late: dict[str, Latecomer]
    jobs: dict[str, Job]

    async def attending(self, gathering_id: str, part: str) -> list[Registration]:
        here = (one for one in self.registrations.values() if one.gathering_id == gathering_id)
        return sorted((one for one in here if one.mode_in(part) is not None), key=lambda one: one.id)

    async def attendee_claims(self, gathering_id: str) -> Mapping[str, str]:
        return {one: who for one, who in self.claims.items() if one.startswith(f"{gathering_id}:attendee:")}

    async def wishes_in(self, gathering_id: str) -> list[Preferences]:
        return [one for _, one in sorted(self.wishes.items()) if one.gathering_id == gathering_id]

    async def profile(self, registration_id: str) -> Profile | None:
        return self.profiles.get(registration_id)

    async def profiles_in(self, gathering_id: str) -> list[Profile]:
        return [one for _, one in sorted(self.profiles.items()) if one.gathering_id == gathering_id]

    async def assignments_in(self, gathering_id: str) -> list[Assignment]:
        return [one for _, one in sorted(self.rooms.items()) if one.gathering_id == gathering_id]

    async def assignments_of(self, registration_id: str) -> list[Assignment]:
        theirs = (one for one in self.rooms.values() if one.registration_id == registration_id)
        return sorted(theirs, key=lambda one: one.starts_at)

    async def meetings_in(self, gathering_id: str) -> list[Meeting]:
        return self._in_time(one for one in self.all_meetings.values() if one.gathering_id == gathering_id)

    async def meetings_of(self, registration_id: str) -> list[Meeting]:
        return self._in_time(one for one in self.all_meetings.values() if registration_id in one.people)

    async def plans_in(self, gathering_id: str) -> list[Plan]:
        return [one for (of, _), one in self.plans.items() if of == gathering_id]

    async def proposal(self, proposal_id: str) -> Proposal | None:
        return self.drafts.get(proposal_id)

    async def proposals_in(self, gathering_id: str) -> list[Head]:
        here = (one for one in self.drafts.values() if one.gathering_id == gathering_id)
        return [head(one) for one in sorted(here, key=lambda one: one.made_at, reverse=True)]

    async def latecomers_in(self, gathering_id: str) -> list[Latecomer]:
        return [one for _, one in sorted(self.late.items()) if one.gathering_id == gathering_id]

    async def untried(self) -> set[str]:
        return {one.gathering_id for one in self.late.values() if not one.tried}

    async def job(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    async def jobs_in(self, gathering_id: str) -> list[Job]:
        return [one for one in self.jobs.values() if one.gathering_id == gathering_id]

    async def begin(self, job: Job) -> bool:
        if job.id in self.jobs:
            return False
        self.jobs[job.id] = job
        return True

    async def report(self, job: Job) -> bool:
        known = self.jobs.get(job.id)
        if known is None or known.state is not JobState.RUNNING:
            return False
        self.jobs[job.id] = job
        return True

    async def stop(self, job_id: str) -> None:
        known = self.jobs.get(job_id)
        if known is not None and known.state is JobState.RUNNING:
            self.jobs[job_id] = replace(known, state=JobState.CANCELLED)

    def encounters(self, gathering_id: str) -> Iterator[Exported]:
        for kind in (self.rooms, self.all_meetings, self.profiles):
            yield from (one for one in kind.values() if one.gathering_id == gathering_id)
        yield from (head(one) for one in self.drafts.values() if one.gathering_id == gathering_id)

    def write_encounters(self, outcome: Outcome) -> None:
        before, after = outcome.before, outcome.after
        self.rooms |= {one.id: one for one in outcome.assignments}
        self.all_meetings |= {one.id: one for one in outcome.meetings}
        self.profiles |= after.profiles
        self.drafts |= after.proposals
        self.late |= after.latecomers
        self.plans |= {(one.gathering_id, topic): one for topic, one in after.plans.items()}
        for who in before.profiles.keys() - after.profiles.keys():
            self.profiles.pop(who, None)
        for who in before.proposals.keys() - after.proposals.keys():
            self.drafts.pop(who, None)
        for who in before.latecomers.keys() - after.latecomers.keys():
            self.late.pop(who, None)

    @staticmethod
    def _in_time(found: Iterator[Meeting]) -> list[Meeting]:
        return sorted(found, key=lambda one: (one.slot.starts_at, one.id))


def head(one: Proposal) -> Head:
    return Head(one.id, one.gathering_id, one.topic, one.made_at, one.version, one.published)
