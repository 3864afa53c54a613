"""Many questions asked as one."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from shared.loader import Loader


class Source:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.may_answer = asyncio.Event()

    async def __call__(self, keys: Collection[str]) -> Mapping[str, str]:
        self.asked.append(set(keys))
        await self.may_answer.wait()
        if "broken" in keys:
            raise RuntimeError("away")
        return {key: key.upper() for key in keys if key != "nobody"}


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_is_wanted_while_a_question_is_on_its_way_makes_up_the_next() -> None:
    source = Source()
    loader = Loader(source)
    first = [asyncio.create_task(loader.get(key)) for key in ("a", "b", "a")]
    await turn()
    later = [asyncio.create_task(loader.get(key)) for key in ("a", "nobody")]
    await turn()
    assert source.asked == [{"a", "b"}]
    source.may_answer.set()
    assert await asyncio.gather(*first, *later) == ["A", "B", "A", "A", None]
    assert source.asked == [{"a", "b"}, {"a", "nobody"}]


async def test_a_failure_reaches_those_who_asked_and_nobody_after() -> None:
    source = Source()
    source.may_answer.set()
    loader = Loader(source)
    with pytest.raises(RuntimeError, match="away"):
        await asyncio.gather(loader.get("broken"), loader.get("a"))
    assert await loader.get("a") == "A"


async def test_who_hangs_up_takes_nobody_along() -> None:
    source = Source()
    loader = Loader(source)
    impatient, patient = asyncio.create_task(loader.get("a")), asyncio.create_task(loader.get("a"))
    await turn()
    impatient.cancel()
    source.may_answer.set()
    assert await patient == "A"
