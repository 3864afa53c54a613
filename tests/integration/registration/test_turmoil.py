"""Two replicas, staff and the leased loop, all at once and at random: what is stored adds up, what is told is whole."""

import asyncio
import random
from collections import Counter
from functools import partial

import pytest

from services.registration.domain import Add, Category, Reason, add, erase
from services.registration.domain.selecting import Choice, Chosen, Owing, Refused, Select, select
from services.registration.promotion import move_up
from services.registration.store import Commit, Reader, Wanted
from shared.errors import LostRace
from shared.messages import Message
from shared.messages.registration import Wish
from tests.integration.registration.test_rush import FORUM, HALL, check, definition
from tests.support.registration import AT, GATHERING
from tests.support.registration_service import Replica

NAMES = 60


def submission(one: Replica, dice: random.Random, step: int) -> Message:
    name, email = f"p{dice.randrange(NAMES)}", f"{dice.randrange(NAMES // 2)}@example.org"
    match dice.randrange(6):
        case 0 | 1 | 2:
            mine = dice.choice([None, *(f"d{n}" for n in range(4))])
            key = f"key-{dice.choice([name, f'p{dice.randrange(NAMES)}'])}"
            wishes = dice.sample([HALL, FORUM], k=dice.randrange(1, 3))
            return one.submission(name, *wishes, email=email, delegation=mine, key=key)
        case 3:
            return one.cancellation(name, number=step)
        case 4:
            return one.change(name, dice.choice([HALL, FORUM]), number=step)
        case _:
            return one.substitution(name, email, number=step)


async def rush(one: Replica, dice: random.Random, steps: int) -> None:
    for step in range(steps):
        await one.hear(*(submission(one, dice, step * 100 + n) for n in range(dice.randrange(1, 15))))


async def staff(one: Replica, dice: random.Random, steps: int) -> None:
    for step in range(steps):
        name = f"p{dice.randrange(NAMES)}"
        acts = [
            partial(erased, name=name, act=f"erase{step}"),
            partial(selected, dice=dice, act=f"select{step}"),
            partial(added, act=f"guest{step}", person=f"person-{dice.randrange(9)}"),
        ]
        try:
            await one.store.alone(GATHERING, dice.choice(acts))
            await one.tasks.turn()
        except LostRace:
            continue  # a caller would be told to try again


async def erased(reader: Reader, name: str, act: str) -> tuple[Commit | None, None]:
    state = (await reader.load({GATHERING: Wanted(registrations={name})}))[GATHERING]
    if name not in state.registrations:
        return None, None
    after, decision = erase(state, state.registrations[name], AT, act)
    after, promoted = await move_up(reader, after, AT, act)
    return Commit(state, after, [*([decision] if decision else []), *promoted]), None


async def selected(reader: Reader, dice: random.Random, act: str) -> tuple[Commit | None, None]:
    found = await reader.of_part(GATHERING, "forum", "", 200)
    names = [one.id for one in dice.sample(found, k=min(len(found), 5))]
    state = (await reader.load({GATHERING: Wanted(registrations=set(names))}))[GATHERING]
    choices = tuple(Choice(name, dice.choice(list(Chosen))) for name in names)
    owing = [Owing(d, sum(c.values())) for d, c in (await reader.standings(GATHERING, "forum")).items()]
    outcome = select(state, Select(act, GATHERING, "forum", choices, "organiser", AT), owing)
    if isinstance(outcome, Refused):
        return None, None
    after, promoted = await move_up(reader, outcome[0], AT, act)
    return Commit(state, after, [*outcome[1], *promoted]), None


async def added(reader: Reader, act: str, person: str) -> tuple[Commit | None, None]:
    state = (await reader.load({GATHERING: Wanted(persons={person})}))[GATHERING]
    wish = Wish(part=HALL[0], mode=HALL[1])
    outcome = add(state, Add(act, GATHERING, AT, person, Category.GUEST, None, (wish,), {"attendee": {"name": act}}))
    if isinstance(outcome, Reason):
        return None, None
    return Commit(state, outcome[0], [outcome[1]]), None


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_at_once_adds_up(replicas: tuple[Replica, Replica], seed: int) -> None:
    one, other = replicas
    await one.put(definition(capacity=10, places_per_delegation={"max": 3, "reserved": 0}))
    dice = [random.Random(seed * 10 + n) for n in range(3)]  # noqa: S311  a test's dice
    await asyncio.gather(rush(one, dice[0], 25), rush(other, dice[1], 25), staff(other, dice[2], 25))
    await one.tasks.turn()
    await check(one)
    people = [document async for document in one.mongo["registrations"].find({"erased_at": {"$exists": False}})]
    live = Counter(document["person"] for document in people if document["live"])
    assert max(live.values(), default=0) <= 1
    assert all(document["personal"].get("attendee") for document in people)
    assert len(people) > 10
