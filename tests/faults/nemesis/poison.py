"""The poison set: records that no service can read, laid into every topic, singly and a hundred in a row."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from cli.rehearsal.evidence import INTAKE
from shared.messages import RECORD_BYTES
from tests.faults import topics
from tests.faults.checker.case import Poison
from tests.faults.gathering import HOT
from tests.faults.nemesis.base import Nemesis
from tests.faults.published import hears

DEEP = 100_000
SPARE = 1000  # bytes of a record that are not its value
IN_A_ROW = 100
SMALL = 1000
CODECS = (None, "gzip", "snappy", "lz4", "zstd")
COMPRESSED = frozenset({"not JSON", "no headers"})  # of the menu, in every codec


@dataclass(frozen=True)
class Dish:
    name: str
    value: bytes | None
    headers: Mapping[str, bytes]
    key: bytes = HOT.encode()


def menu(topic: str, known: str) -> Iterator[Dish]:
    """Each record has its own flaw; the body of a whole message none has, so that nobody can do as it says.

    `known` is the id of a record that everybody has heard already.
    """
    good = {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": b"00000000-0000-4000-8000-000000000000",
        "ce_type": f"foyer.{topic}".encode(),
        "ce_source": b"/services/nobody",
        "ce_subject": b"poison/1",
        "ce_time": b"2021-11-22T08:00:00.000Z",
    }
    schema = f"/schemas/{topic}-v999.json".encode()
    yield from _bodies(good)
    yield Dish("unknown type", b"{}", good | {"ce_type": b"foyer.never-heard-of"})
    yield Dish("unknown schema", b"{}", good | {"ce_dataschema": schema, "ce_specversion": b"9.9"})
    yield Dish("no headers", b"{}", {})
    yield Dish("no id", b"{}", {name: value for name, value in good.items() if name != "ce_id"})
    yield Dish("another's id", b'{"gathering_id": "fire-hot", "version": 1}', good | {"ce_id": known.encode()})
    yield Dish("version gap", b'{"gathering_id": "fire-hot", "version": 999}', good | {"ce_sequence": b"999999"})
    yield Dish("year 0", b"{}", good | {"ce_time": b"0000-01-01T00:00:00Z"})
    yield Dish("year 10000", b"{}", good | {"ce_time": b"10000-01-01T00:00:00Z"})
    yield Dish("header not UTF-8", b"{}", good | {"ce_subject": b"\xff"})
    yield Dish("long header", b"{}", good | {"ce_subject": b"x" * 65_536})
    yield Dish("another's key", b'{"gathering_id": "fire-mild"}', good, b"elsewhere")
    yield Dish("no key", b"{}", good, b"")


def _bodies(headers: Mapping[str, bytes]) -> Iterator[Dish]:
    long = b'{"gathering_id": "' + b"x" * (RECORD_BYTES - SPARE) + b'"}'
    places = b'{"gathering_id": "fire-hot", "definition": {"parts": [{"modes": {"in-person": {"capacity": -1}}}]}}'
    bodies = {
        "empty": b"",
        "null": None,
        "json null": b"null",
        "a list": b"[]",
        "not UTF-8": b'{"gathering_id": "\xff\xfe"}',
        "not JSON": b"{{",
        "NaN": b'{"version": NaN}',
        "deep": b"[" * DEEP,
        "long": long,
        "a key twice": b'{"gathering_id": "fire-mild", "gathering_id": "fire-hot"}',
        "nothing in it": b"{}",
        "version 0": b'{"gathering_id": "fire-hot", "version": "zero", "parts": 1}',
        "negative capacity": places,
    }
    for name, value in bodies.items():
        yield Dish(name, value, headers)


async def feed(nemesis: Nemesis) -> None:
    """The whole menu into each topic, then a hundred of one dish; in other codecs only what is quickly said."""
    with nemesis.breaking("x1", "topics"):
        heard = {one.topic: one.id for one in await topics.dump(nemesis.house.kafka) if one.id}
        for codec in CODECS:
            producer = AIOKafkaProducer(
                bootstrap_servers=nemesis.house.kafka, compression_type=codec, max_request_size=2_000_000
            )
            await producer.start()
            try:
                for topic in sorted(hears()):
                    dishes = list(menu(topic, heard.get(topic, "nobody's")))
                    if codec is not None:
                        dishes = [one for one in dishes if one.name in COMPRESSED]
                    await _lay(nemesis, producer, topic, dishes)
                    if codec is None:
                        row = nemesis.chance.choice([one for one in dishes if len(one.value or b"") < SMALL])
                        await _lay(nemesis, producer, topic, [row] * IN_A_ROW)
            finally:
                await producer.stop()
        await _commit_nothing(nemesis)


async def _lay(nemesis: Nemesis, producer: AIOKafkaProducer, topic: str, dishes: Sequence[Dish]) -> None:
    sent = [
        (dish, await producer.send(topic, dish.value, dish.key, headers=list(dish.headers.items()))) for dish in dishes
    ]
    for dish, acknowledged in sent:
        laid = await acknowledged
        nemesis.poison.append(Poison(dish.name, (laid.topic, laid.partition, laid.offset), dish.value or b""))


async def _commit_nothing(nemesis: Nemesis) -> None:
    """A control batch: the mark of a transaction takes an offset, and holds no record. Behind it people go on."""
    producer = AIOKafkaProducer(bootstrap_servers=nemesis.house.kafka, transactional_id="poison")
    await producer.start()
    try:
        async with producer.transaction():
            for topic in sorted(INTAKE):
                await _lay(nemesis, producer, topic, [Dish("before a mark", b"{{", {})])
    finally:
        await producer.stop()


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {"x1": feed}
