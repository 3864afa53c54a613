"""The producer: acknowledged or unknown, in order, and usable again after whatever went wrong."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local import ports
from shared.errors import Unavailable
from shared.kafka import BATCH_BYTES, Producer
from shared.messages.envelope import Wire
from tests.integration.shared.conftest import TOPIC, Wired, submission

MANY = 1200  # more than one batch holds


async def test_what_is_acknowledged_is_in_the_log_in_order(wired: Wired) -> None:
    await wired.append(*(submission(n) for n in range(50)))
    found = [record.value for record in await wired.records(TOPIC, 50)]
    assert found == [submission(n).value for n in range(50)]
    assert wired.producer.unacknowledged == 0


async def test_a_record_goes_to_the_partition_it_is_given(wired: Wired) -> None:
    await wired.producer.append([submission(1)], within=10, partition=2)
    [record] = await wired.records(TOPIC, 1)
    assert record.partition == 2


async def test_many_at_once_keep_their_order_and_lie_where_each_alone_would(wired: Wired) -> None:
    gatherings = ("a", "b", "c")
    for gathering in gatherings:
        await wired.append(submission(0, gathering))
    many = [submission(number, gathering) for number in range(1, MANY) for gathering in gatherings]
    assert sum(len(wire.value) for wire in many) > len(gatherings) * BATCH_BYTES
    await wired.append(*many)
    found = await wired.records(TOPIC, 3 + len(many))
    for gathering in gatherings:
        own = [record for record in found if record.key == gathering.encode()]
        assert [record.value for record in own] == [submission(number, gathering).value for number in range(MANY)]
        assert len({record.partition for record in own}) == 1
    assert dict(found[-1].headers)["ce_type"] == b"foyer.cancellation-submitted"


async def test_no_broker_is_unavailable(wired: Wired) -> None:
    alone = Producer(wired.settings.model_copy(update={"kafka": f"127.0.0.1:{ports.any_free()}"}))
    with pytest.raises(Unavailable):
        await alone.append([submission(1)], within=1)
    with pytest.raises(Unavailable):
        await alone.start()
    await alone.stop()


async def test_many_who_need_a_producer_at_once_share_the_one_that_is_made(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[AIOKafkaProducer] = []
    begin = AIOKafkaProducer.start

    async def counted(producer: AIOKafkaProducer) -> None:
        made.append(producer)
        await begin(producer)

    monkeypatch.setattr(AIOKafkaProducer, "start", counted)
    producer = Producer(wired.settings)
    await asyncio.gather(producer.start(), producer.append([submission(1)], within=10), producer.start())
    await producer.stop()
    assert len(made) == 1


@pytest.mark.parametrize("beside", [(), (submission(2),)])
async def test_what_the_broker_refuses_leaves_a_producer_that_works(wired: Wired, beside: tuple[Wire, ...]) -> None:
    producer = Producer(wired.settings)
    await producer.start()
    broken = producer._producer
    huge = Wire(TOPIC, "g", b"x" * 2_000_000, ())
    with pytest.raises(Unavailable, match="refused"):
        await producer.append([*beside, huge], within=10)
    assert producer.unacknowledged == 0
    assert producer._producer is not broken
    await producer.append([submission(1)], within=10)
    assert len(await wired.records(TOPIC, 1)) == 1
    await producer.stop()


async def test_what_is_not_acknowledged_in_time_is_unknown(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    producer = Producer(wired.settings)
    await producer.start()
    assert isinstance(producer._producer, AIOKafkaProducer)

    async def never(*_: object, **__: object) -> "asyncio.Future[None]":
        return asyncio.get_running_loop().create_future()

    monkeypatch.setattr(producer._producer, "send", never)
    with pytest.raises(Unavailable, match="in time"):
        await producer.append([submission(1)], within=0.05)
    assert producer.unacknowledged == 0
    await producer.stop()
