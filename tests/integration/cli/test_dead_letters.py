"""Dead letters, on a real broker."""

from aiokafka import AIOKafkaConsumer

from cli import dead_letters
from shared.kafka import Producer
from shared.messages import dead_letters as topic_of
from shared.messages.envelope import Wire
from shared.settings import Settings

ORIGIN = (
    ("ce_id", "id-1"),
    ("dlq_reason", "not a message"),
    ("dlq_original_topic", "slot-booked"),
    ("dlq_original_partition", "2"),
    ("dlq_original_offset", "7"),
)


async def _park(settings: Settings, *values: bytes) -> None:
    producer = Producer(settings)
    await producer.start()
    await producer.append([Wire(topic_of("checkin"), "g", value, ORIGIN) for value in values], within=10)
    await producer.stop()


async def test_a_redriven_letter_goes_back_as_it_was_and_waits_no_more(settings: Settings) -> None:
    await _park(settings, b"one", b"two")
    first, second = await dead_letters.pending(settings, "checkin", 10)
    assert first.row()["origin"] == "slot-booked/2/7"

    await dead_letters.settle(settings, "checkin", [first], send=True)

    assert await dead_letters.pending(settings, "checkin", 10) == [second]
    consumer = AIOKafkaConsumer("slot-booked", bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()
    assert (record.key, record.value) == (b"g", b"one")
    assert record.headers == (("ce_id", b"id-1"), ("dlq_redrives", b"1"))


async def test_a_dropped_letter_goes_nowhere_and_can_still_be_read(settings: Settings) -> None:
    await _park(settings, b"one")
    (letter,) = await dead_letters.pending(settings, "checkin", 10)

    await dead_letters.settle(settings, "checkin", [letter], send=False)

    assert await dead_letters.pending(settings, "checkin", 10) == []
    assert await dead_letters.one(settings, "checkin", letter.offset) == letter
    assert await dead_letters.one(settings, "checkin", letter.offset + 1) is None
