"""The poison set: records that no service can read, laid into every topic, singly and a hundred in a row."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from cli.rehearsal.evidence import INTAKE
from tests.faults.checker.case import Poison
from tests.faults.gathering import HOT
from tests.faults.nemesis.base import Nemesis
from tests.faults.published import hears

DEEP = 20_000
LONG = 900_000
IN_A_ROW = 100
COMPRESSED = (None, "gzip", "zstd")


@dataclass(frozen=True)
class Dish:
    name: str
    value: bytes | None
    headers: Mapping[str, bytes]
    key: bytes = HOT.encode()


def menu(topic: str) -> Iterator[Dish]:
    """What is wrong, and only that: the rest of each record is as it should be."""
    good = {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": b"00000000-0000-4000-8000-000000000000",
        "ce_type": f"foyer.{topic}".encode(),
        "ce_source": b"/services/nobody",
        "ce_subject": b"poison/1",
        "ce_time": b"2021-11-22T08:00:00.000Z",
    }
    yield Dish("empty", b"", good)
    yield Dish("null", None, good)
    yield Dish("json null", b"null", good)
    yield Dish("a list", b"[]", good)
    yield Dish("not UTF-8", b'{"gathering_id": "\xff\xfe"}', good)
    yield Dish("not JSON", b"{{", good)
    yield Dish("NaN", b'{"version": NaN}', good)
    yield Dish("deep", b"[" * DEEP, good)
    yield Dish("long", b'{"gathering_id": "' + b"x" * LONG + b'"}', good)
    yield Dish("unknown type", b"{}", good | {"ce_type": b"foyer.never-heard-of"})
    yield Dish("no headers", b"{}", {})
    yield Dish("no id", b"{}", {name: value for name, value in good.items() if name != "ce_id"})
    yield Dish("year 0", b"{}", good | {"ce_time": b"0000-01-01T00:00:00Z"})
    yield Dish("year 10000", b"{}", good | {"ce_time": b"10000-01-01T00:00:00Z"})
    yield Dish("header not UTF-8", b"{}", good | {"ce_subject": b"\xff"})
    yield Dish("long header", b"{}", good | {"ce_subject": b"x" * 65_536})
    yield Dish("nothing in it", b"{}", good)
    yield Dish("version 0", b'{"gathering_id": "fire-hot", "version": "zero", "parts": 1}', good)
    yield Dish("another's key", b'{"gathering_id": "fire-mild"}', good, b"elsewhere")
    yield Dish("no key", b"{}", good, b"")


async def feed(nemesis: Nemesis) -> None:
    with nemesis.breaking("x1", "topics"):
        for compression in COMPRESSED:
            producer = AIOKafkaProducer(
                bootstrap_servers=nemesis.house.kafka, compression_type=compression, max_request_size=2_000_000
            )
            await producer.start()
            try:
                await _serve(nemesis, producer, is_first=compression is None)
            finally:
                await producer.stop()


async def _serve(nemesis: Nemesis, producer: AIOKafkaProducer, *, is_first: bool) -> None:
    """The whole menu into each topic; later courses and rows of a hundred into the intake alone."""
    for topic in sorted(hears()):
        if not is_first and topic not in INTAKE:
            continue
        dishes = list(menu(topic))
        if not is_first:
            dishes = [one for one in dishes if one.name in {"not JSON", "no headers"}]
        for dish in dishes:
            await _lay(nemesis, producer, topic, dish)
        if is_first and topic in INTAKE:
            dish = nemesis.chance.choice([one for one in dishes if len(one.value or b"") < DEEP])
            for _ in range(IN_A_ROW):
                await _lay(nemesis, producer, topic, dish)


async def _lay(nemesis: Nemesis, producer: AIOKafkaProducer, topic: str, dish: Dish) -> None:
    sent = await producer.send(topic, dish.value, dish.key, headers=list(dish.headers.items()))
    laid = await sent
    nemesis.poison.append(Poison(dish.name, (laid.topic, laid.partition, laid.offset), dish.value or b""))


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {"x1": feed}
