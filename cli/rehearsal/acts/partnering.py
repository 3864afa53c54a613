"""The partnering event: who offers and seeks what, whom each wants to meet, two runs, and the afternoon itself."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cli.rehearsal.acts.proposing import MEETINGS, diary, of_their_own, prefer, propose, publish, until_gone
from cli.rehearsal.acts.seeds import PARTNERING, POLICY, POLICY_EVENT
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.stage import Guest, Stage

PATH = f"/v1/gatherings/{POLICY}"
FRIENDS, ADMIRED = 6, 3
Meeting = dict[str, Any]


async def profiles(stage: Stage) -> None:
    """16 November: who has a place says what they offer and seek, reads what the others say, and wishes."""
    await stage.look_again(guest for guest in stage.of(POLICY) if PARTNERING in guest.parts)
    people = _coming(stage)
    await stage.together(introduce(stage, guest) for guest in people)
    await stage.together(
        stage.client.ask("GET", f"{PATH}/profiles", token=guest.token) for guest in people[: stage.some(10)]
    )
    await wish(stage, people)
    one, other, *_ = people
    afar = next(guest for guest in stage.of(POLICY) if guest.has(POLICY_EVENT, REMOTE))
    await stage.together(
        [
            prefer(stage, one, meet=[one.id]),
            prefer(stage, one, meet=[other.id], no_thanks=[other.id]),
            stage.client.ask("GET", f"{PATH}/profiles", token=afar.token),  # not for those who only watch
            of_their_own(stage, one, "POST", "meetings", {"with": other.id}),  # nothing is published yet
        ]
    )


async def two_runs(stage: Stage) -> None:
    """19 November: propose, somebody leaves, so publish without them; new wishes, and a second run beside the first."""
    people = _coming(stage)
    terms = {"max_per_person": 5, "max_per_delegation": 8, "seed": 7}
    first = await propose(stage, POLICY, MEETINGS, terms)
    busiest = max(first["result"]["shares"], key=lambda share: share["meetings"])["registration_id"]
    leaving = next(guest for guest in people if guest.id == busiest)
    await stage.cancel(leaving, [PARTNERING])
    await until_gone(stage, leaving, PARTNERING)
    await publish(stage, POLICY, MEETINGS, first)
    await publish(stage, POLICY, MEETINGS, first, leave_out=True)
    staying = [guest for guest in people if guest is not leaving]
    half = staying[: len(staying) // 2]
    await wish(stage, half)
    second = await propose(stage, POLICY, MEETINGS, {"mutual": False})
    await publish(stage, POLICY, MEETINGS, second)
    gone = staying[-stage.some(2) :]
    await stage.together(stage.cancel(guest, [PARTNERING]) for guest in gone)  # those they were to meet are told


async def afternoon(stage: Stage) -> None:
    """23 November: meetings take place, are given up, and are agreed upon on the spot; then the figures."""
    await stage.look_again(guest for guest in stage.of(POLICY) if PARTNERING in guest.parts)
    people = _coming(stage)
    now = stage.clock.now()
    diaries = await stage.together(diary(stage, guest) for guest in people)
    meetings = [(guest, one) for guest, day in zip(people, diaries, strict=True) for one in day.get("meetings", ())]
    begun = [(guest, one) for guest, one in meetings if datetime.fromisoformat(one["starts_at"]) <= now]
    later = [(guest, one) for guest, one in meetings if datetime.fromisoformat(one["starts_at"]) > now]
    await stage.together(
        [
            *(took_place(stage, guest, one) for guest, one in begun),  # both say so
            *(took_place(stage, guest, one) for guest, one in later[:3]),  # too soon
            *(give_up(stage, guest, one) for guest, one in begun[:3]),  # too late
            *(give_up(stage, guest, one) for guest, one in later[3 : 3 + stage.some(4)]),
        ]
    )
    await stage.together(_agree(stage, guest) for guest in people[: stage.some(12)])
    await figures(stage, POLICY)


def _coming(stage: Stage) -> list[Guest]:
    return [guest for guest in stage.of(POLICY) if guest.has(PARTNERING)]


async def introduce(stage: Stage, guest: Guest) -> None:
    """What people say of themselves is theirs: it names them, and must turn up in no topic."""
    body = {
        "offers": [f"The experience of {guest.person.canary} with clusters"],
        "seeks": ["partners for a call", "pilots"],
        "topics": "circular economy",
        "visible": stage.chance.random() > 0.1,  # noqa: PLR2004  a tenth rather not
    }
    await of_their_own(stage, guest, "PUT", "profile", body)


async def wish(stage: Stage, people: list[Guest], rooms: Sequence[str] = ()) -> None:
    """Ranked: some wishes are returned, some are not; and each has somebody they would rather not meet."""
    pairs = list(itertools.combinations(people, 2))
    friends = stage.chance.sample(pairs, min(len(pairs), len(people) * FRIENDS // 2))
    wishes: dict[str, list[str]] = {guest.id: [] for guest in people}
    for one, other in friends:
        wishes[one.id].append(other.id)
        wishes[other.id].append(one.id)
    plays = []
    for guest in people:
        strangers = [one.id for one in people if one is not guest and one.id not in wishes[guest.id]]
        drawn = stage.chance.sample(strangers, min(len(strangers), ADMIRED + 1))
        admired, unwanted = drawn[1:], drawn[:1]
        groups = stage.chance.sample(rooms, len(rooms))
        meet = [*wishes[guest.id], *admired]
        plays.append(prefer(stage, guest, working_groups=groups, meet=meet, no_thanks=unwanted))
    await stage.together(plays)


async def took_place(stage: Stage, guest: Guest, meeting: Meeting) -> None:
    await of_their_own(stage, guest, "POST", f"meetings/{meeting['id']}/held")


async def give_up(stage: Stage, guest: Guest, meeting: Meeting) -> None:
    await of_their_own(stage, guest, "DELETE", f"meetings/{meeting['id']}")


async def _agree(stage: Stage, guest: Guest) -> None:
    """A yes to the first who wishes to meet them and is not in their diary; and one to somebody who does not."""
    answer = await stage.client.ask("GET", f"{PATH}/profiles", token=guest.token)
    shown = answer.answer["profiles"] if answer.accepted else []
    others = [one for one in shown if one["registration_id"] != guest.id and not one["meeting"]]
    asking = [one for one in others if one["wishes_you"] and not one["no_thanks"]]
    silent = [one for one in others if not one["wishes_you"]]
    for one in (*asking[:1], *silent[:1]):
        await of_their_own(stage, guest, "POST", "meetings", {"with": one["registration_id"]})


async def figures(stage: Stage, gathering: str) -> None:
    """Sheets to print, per person and per table, and what is told of such an afternoon."""
    path = f"/v1/gatherings/{gathering}/partnering"
    await stage.staff("GET", f"{path}/sheets?by=person")
    await stage.staff("GET", f"{path}/sheets?by=table", role="auditor")
    await stage.staff("GET", f"{path}/result")
