"""Reads that are made at the same time, or one after the other where a transaction allows no more."""

import asyncio
from typing import Any, cast

import pytest

from services.scheduling.store.loading import at_once


async def test_when_one_fails_nobody_waits_for_the_others() -> None:
    given_up = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.set()
            raise

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        await at_once(None, waits, fails)
    await asyncio.wait_for(given_up.wait(), 1)


async def test_a_transaction_reads_one_thing_at_a_time() -> None:
    reading: list[str] = []

    async def read(name: str) -> str:
        reading.append(f"{name} begins")
        await asyncio.sleep(0)
        reading.append(f"{name} ends")
        return name

    in_transaction = cast("Any", object())
    assert await at_once(in_transaction, lambda: read("a"), lambda: read("b")) == ["a", "b"]
    assert reading == ["a begins", "a ends", "b begins", "b ends"]
    assert await at_once(None, lambda: read("c"), lambda: read("d")) == ["c", "d"]
    assert reading[4:] == ["c begins", "d begins", "c ends", "d ends"]
