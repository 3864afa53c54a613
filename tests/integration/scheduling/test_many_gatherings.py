"""One batch, many gatherings: what they want is asked for once, and each gets its own."""

from collections import Counter
from collections.abc import Callable

from shared.messages import Message
from tests.integration.scheduling.conftest import Process
from tests.unit.scheduling.building import confirmed, published

GATHERINGS = [f"event-{number}" for number in range(30)]


def of(gathering: str, message: Message) -> Message:
    return message.model_copy(update={"gathering_id": gathering})


def coming(who: str) -> list[Message]:
    return [of(one, confirmed(f"{who}-{one}")) for one in GATHERINGS]


async def test_no_collection_is_read_once_for_each_gathering(replica: Callable[..., Process]) -> None:
    process = replica()
    database = process.mongo["ledgers"].database
    await process.hear([of(one, published()) for one in GATHERINGS])
    await process.hear(coming("ada"))

    await database.command("profile", 2)
    await process.hear([*coming("ben"), *coming("ada")])
    await database.command("profile", 0)

    reads = Counter([one["ns"] async for one in database["system.profile"].find({"op": "query"})])
    assert reads.keys() >= {f"{database.name}.{one}" for one in ("ledgers", "registrations", "bookings")}
    assert set(reads.values()) == {1}
    for one in GATHERINGS:
        assert {who.id for who in await process.store.attending(one, "day")} == {f"ada-{one}", f"ben-{one}"}
