"""How far a consumer is behind, told when somebody reads `/metrics`."""

from typing import NamedTuple

import httpx
from aiokafka.errors import IllegalStateError
from fastapi import FastAPI

from shared import health, telemetry
from shared.process import lag_of


class Partition(NamedTuple):
    """As the driver has it."""

    topic: str
    number: int


ENDS = {
    Partition("slot-requested", 0): 7,
    Partition("slot-requested", 1): 5,
    Partition("slot-requested", 2): None,
    Partition("gathering-published", 0): 3,
}
READ = {Partition("slot-requested", 0): 4, Partition("slot-requested", 1): 5}


class Consumer:
    """Of one partition nothing has been heard yet, and one has just moved to another replica."""

    def assignment(self) -> list[Partition]:
        return [*ENDS]

    def highwater(self, partition: Partition) -> int | None:
        return ENDS[partition]

    async def position(self, partition: Partition) -> int:
        if partition not in READ:
            raise IllegalStateError("not assigned")
        return READ[partition]


async def test_what_is_there_and_was_not_taken_is_counted_by_topic() -> None:
    assert await lag_of(Consumer()) == {"slot-requested": 3, "gathering-published": 0}
    assert await lag_of(None) == {}


async def test_it_is_measured_when_somebody_looks() -> None:
    app = FastAPI()

    async def measure() -> None:
        for topic, records in (await lag_of(Consumer())).items():
            telemetry.LAG.labels("scheduling", topic).set(records)

    health.install(app, ready=[], measure=measure)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        shown = (await client.get("/metrics")).text
    telemetry.LAG.clear()
    assert 'foyer_consumer_lag{group="scheduling",topic="slot-requested"} 3.0' in shown
