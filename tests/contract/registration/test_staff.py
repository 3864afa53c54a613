"""What every store of registration keeps of staff's work, beside batches and at the same time."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.registration.domain import (
    Invitation,
)
from services.registration.handlers import wanted
from services.registration.store import Act, Audit, Commit, NewInvitation, Reader, Task, Wanted
from shared.errors import LostRace
from tests.contract.registration.acting import batch, decided, insist, state_of
from tests.contract.registration.conftest import Kept
from tests.support.registration import (
    AT,
    FORUM,
    GATHERING,
    OPEN,
    apply,
    cancel,
    with_pool,
)


async def test_an_invitation_is_used_freed_and_revoked(kept: Kept) -> None:
    issued = NewInvitation(
        Invitation("i1", None, "d1", 2), GATHERING, "code", {"name": "D1", "email": "d1@example.org"}, AT
    )

    async def issue(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, invitations=[issued]), None

    await kept.store.alone(GATHERING, issue)
    await batch(kept.store, apply("a", FORUM, delegation="d1", invitation="code"))
    loaded = (await kept.store.load({GATHERING: Wanted(codes={"code"})}))[GATHERING]
    assert loaded.invitations == {"code": replace(issued.invitation, used=1)}
    await batch(kept.store, cancel("a", "forum"))
    again = (await kept.store.load({GATHERING: Wanted(registrations={"a"})}))[GATHERING]
    assert again.invitations == {"code": issued.invitation}

    async def revoke(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, revoked=["i1"]), None

    await kept.store.alone(GATHERING, revoke)
    gone = (await kept.store.load({GATHERING: Wanted(codes={"code"})}))[GATHERING].invitations["code"]
    assert gone.revoked


async def test_staffs_work_is_kept_whole_with_its_answer(kept: Kept) -> None:
    task, act = Task("t1", GATHERING, "cancel", "talk"), Act("act", "digest", {"decided": 2})

    async def work(reader: Reader) -> tuple[Commit, str]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        audit = [Audit(AT, "me", "organiser", "waive", "delegations/d1")]
        waiver = ("d1", "forum", "ill")
        return Commit(before, before, audit=audit, tasks=[task], act=act, waiver=waiver), "done"

    assert await kept.store.alone(GATHERING, work) == "done"
    assert await kept.store.act("act") == act
    assert await kept.store.act("other") is None
    assert await kept.store.task("t1") == task
    assert await kept.store.waivers(GATHERING) == {("d1", "forum"): "ill"}

    async def finish(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, finished=["t1"], act=Act("lasting", lasting=True)), None

    await kept.store.alone(GATHERING, finish)
    assert await kept.store.task("t1") is None
    assert await kept.store.act("lasting") == Act("lasting", lasting=True)


async def test_staffs_work_that_fails_leaves_nothing(kept: Kept) -> None:
    version = (await state_of(kept.store)).ledger.version

    async def work(_: Reader) -> tuple[Commit, None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await kept.store.alone(GATHERING, work)
    assert (await state_of(kept.store)).ledger.version == version


async def test_a_batch_that_read_before_staff_wrote_has_lost(kept: Kept) -> None:
    command = apply("a")
    before = await state_of(kept.other, command)
    await kept.put()
    after, decisions = decided(before, [command])
    with pytest.raises(LostRace):
        await kept.other.commit([Commit(before, after, decisions)])
    assert (await batch(kept.other, command)).ledger.definition_version == 2


async def test_one_ledger_that_moved_takes_the_whole_batch_along(kept: Kept) -> None:
    await kept.put()
    here, elsewhere = apply("a"), replace(apply("b"), gathering_id="elsewhere")
    before = await kept.other.begin(wanted([elsewhere, here]))
    await kept.put()
    commits = []
    for command in (elsewhere, here):
        after, decisions = decided(before[command.gathering_id], [command])
        commits.append(Commit(before[command.gathering_id], after, decisions))
    with pytest.raises(LostRace):
        await kept.other.commit(commits)
    nothing = await kept.other.begin({"elsewhere": Wanted(registrations={"b"})})
    assert (nothing["elsewhere"].ledger.version, nothing["elsewhere"].registrations) == (0, {})
    await kept.other.commit(commits[:1])
    known = await kept.other.begin({"elsewhere": Wanted(registrations={"b"})})
    assert (known["elsewhere"].ledger.version, [*known["elsewhere"].registrations]) == (1, ["b"])


async def test_staff_and_batches_at_once_lose_nothing(kept: Kept) -> None:
    await kept.put(with_pool(OPEN, capacity=8))

    async def note(number: int) -> None:
        async def work(reader: Reader) -> tuple[Commit, None]:
            before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
            return Commit(before, before, act=Act(f"note{number}")), None

        await kept.other.alone(GATHERING, work)

    people = [apply(f"n{n}", delegation="d1" if n % 3 == 0 else None) for n in range(12)]
    batches = [insist((kept.store, kept.other)[n % 2], one) for n, one in enumerate(people)]
    await asyncio.gather(*batches, *(note(number) for number in range(5)))
    state = (await kept.store.load({GATHERING: Wanted(delegations={"d1"})}))[GATHERING]
    assert state.count(OPEN).confirmed <= 8
    assert state.confirmed_of("d1", OPEN) <= 2
    told = await kept.told()
    assert [sequence for sequence, _ in told] == list(range(1, len(told) + 1))
    assert state.ledger.sequence == len(told)


async def test_an_invitation_that_nobody_took_up_is_found_until_it_was_chased(kept: Kept) -> None:
    by_age = [(f"i{hours}", AT - timedelta(hours=hours)) for hours in (1, 2, 3, 4)]
    issued = [NewInvitation(Invitation(one, None, "d1", 1), GATHERING, one, {}, at) for one, at in by_age]

    async def issue(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, invitations=issued, revoked=["i2"]), None

    async def chase(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, chased=["i4"]), None

    async def found(at: datetime, limit: int = 9) -> list[str]:
        return [one.id for one in await kept.store.unused_invitations(GATHERING, at, limit)]

    await kept.store.alone(GATHERING, issue)
    assert await found(AT) == ["i1", "i3", "i4"]
    assert await found(AT - timedelta(hours=3)) == ["i3", "i4"]
    assert await found(AT, 1) == ["i1"]
    await batch(kept.store, apply("a", FORUM, delegation="d1", invitation="i1"))
    await kept.store.alone(GATHERING, chase)
    assert await found(AT) == ["i3"]
    assert await kept.store.unused_invitations("another", AT, 9) == []
