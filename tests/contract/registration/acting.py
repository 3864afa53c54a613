"""One batch, done by a store as the handlers and the bus do it."""

from collections.abc import Sequence
from contextlib import suppress

from services.registration.domain import (
    Command,
    Decision,
    Registration,
    State,
    decide,
)
from services.registration.handlers import wanted
from services.registration.store import Commit, Store, Wanted
from shared.errors import LostRace
from tests.support.registration import (
    GATHERING,
)


async def state_of(store: Store, *commands: Command) -> State:
    return (await store.begin(wanted(commands) or {GATHERING: Wanted()}))[GATHERING]


async def batch(store: Store, *commands: Command) -> State:
    """Load, decide, commit: one batch as the handlers do it."""
    before = await state_of(store, *commands)
    after, decisions = decided(before, commands)
    await store.commit([Commit(before, after, decisions)])
    return after


async def insist(store: Store, *commands: Command) -> State:
    """As the bus does: who lost decides again."""
    while True:
        with suppress(LostRace):
            return await batch(store, *commands)


def decided(state: State, commands: Sequence[Command]) -> tuple[State, list[Decision]]:
    decisions = []
    for command in commands:
        state, decision = decide(state, command, f"cause-{command.id}")
        decisions += [decision] if decision else []
    return state, decisions


async def one(store: Store, name: str) -> Registration:
    return (await store.load({GATHERING: Wanted(registrations={name})}))[GATHERING].registrations[name]
