"""The outbox after a crash: what it left is published first, whatever hangs together with it."""

import random
from typing import Any

from shared.clock import Clock
from shared.messages.checkin import TicketIssued
from shared.messages.envelope import Wire, encode
from shared.outbox import Entry, Outbox, by_subject
from tests.simulation.broker import Broker, Producer
from tests.simulation.collection import Database
from tests.simulation.faults import NONE, Steps


def issued(who: str, sequence: int) -> Wire:
    fact = TicketIssued(gathering_id="g", registration_id=who, version=sequence, doors=())
    return encode(fact, cause=f"{who}-{sequence}", time=Clock().now(), sequence=sequence)


async def test_an_entry_left_by_a_crash_does_not_come_before_what_it_follows_in_another_stream() -> None:
    steps, broker = Steps(random.Random(0), NONE), Broker()  # noqa: S311
    mongo: Any = Database().of(steps)
    producer: Any = Producer(broker, steps)
    outbox = Outbox(mongo, producer, Clock(), by_subject, "after the crash")
    transaction: Any = object()
    left = [Entry("1", (issued("ada", 1),)), Entry("2", (issued("ada", 2), issued("bob", 1)))]
    fresh = Entry("3", (issued("bob", 2),))
    await outbox.insert([*left, fresh], transaction)
    outbox.publish_soon([fresh])
    await outbox.stop()
    told = [dict(wire.headers) for wire in broker.every()]
    assert [(one["ce_subject"], one["ce_sequence"]) for one in told] == [
        ("tickets/ada", "1"),
        ("tickets/ada", "2"),
        ("tickets/bob", "1"),
        ("tickets/bob", "2"),
    ]
