"""A process that takes a batch in hand, says so, and never lets go of it: only a kill ends it."""

import asyncio
from collections.abc import Sequence

from shared.bus import Batch, Bus, Reply
from shared.kafka import Producer
from shared.messages.registration import CancellationSubmitted
from shared.settings import Settings
from tests.integration.shared.conftest import GROUP, nothing_to_settle


async def hang(_: Batch) -> Sequence[Reply]:
    print("in hand", flush=True)  # noqa: T201  for the test that reads its log
    await asyncio.Event().wait()
    return []


async def main() -> None:
    settings = Settings()
    bus = Bus(settings, GROUP, [CancellationSubmitted], hang, Producer(settings), nothing_to_settle)
    await bus.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
