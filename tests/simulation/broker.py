"""A broker in memory: partitions, groups, committed offsets. Order is kept within a partition, nowhere else."""

import asyncio
import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from shared.messages import REPLIES
from shared.messages.envelope import Wire
from tests.simulation.faults import Steps, turn

PARTITIONS = 2


@dataclass(frozen=True, slots=True)
class Record:
    """What a consumer is handed."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    wire: Wire
    timestamp: int = 0


class Broker:
    def __init__(self) -> None:
        self.log: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.groups: list[Group] = []
        self.replies: dict[str, list[tuple[int, dict[str, object]]]] = defaultdict(list)
        self.appended: Callable[[Wire], None] = lambda _: None

    def append(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            if wire.topic == REPLIES:
                said = orjson.loads(wire.value)
                self.replies[wire.key].append((said["status"], said["body"]))
                continue
            place = TopicPartition(wire.topic, zlib.crc32(wire.key.encode()) % PARTITIONS)
            partition = self.log[place]
            headers = tuple(wire.kafka_headers)
            partition.append(
                Record(place.topic, place.partition, len(partition), wire.key.encode(), wire.value, headers, wire)
            )
            self.appended(wire)
            for group in self.groups:
                group.hear_of(wire.topic)

    def every(self) -> list[Wire]:
        return [record.wire for partition in self.log.values() for record in partition]


class Group:
    """A service's consumers: which of them reads which partition number, and how far the group has come."""

    def __init__(self, broker: Broker, topics: Iterable[str]) -> None:
        self.broker = broker
        self.places = [TopicPartition(topic, number) for topic in sorted(topics) for number in range(PARTITIONS)]
        self.topics = frozenset(topics)
        self.committed: dict[TopicPartition, int] = defaultdict(int)
        self.members: list[Consumer] = []
        self.generation = 0
        broker.groups.append(self)

    def hear_of(self, topic: str) -> None:
        if topic in self.topics:
            for member in self.members:
                member.news.set()

    def assign(self, members: Sequence["Consumer"]) -> None:
        """A rebalance: nobody is asked whether they are done."""
        self.generation += 1
        self.members = list(members)
        for member in members:
            member.news.set()

    def share(self, member: "Consumer") -> list[TopicPartition]:
        if member not in self.members:
            return []
        mine = self.members.index(member)
        return [place for place in self.places if place.partition % len(self.members) == mine]

    def lag(self) -> int:
        return sum(len(self.broker.log[place]) - self.committed[place] for place in self.places)

    def replay(self, topics: Iterable[str]) -> None:
        """An operator sets the offsets of whole topics back to the beginning."""
        for place in self.places:
            if place.topic in topics:
                self.committed[place] = 0
        self.assign(self.members)


class Consumer:
    """As the bus sees one. What it believes to own may be another's by now."""

    def __init__(self, group: Group, draw: random.Random) -> None:
        self.news = asyncio.Event()
        self._group = group
        self._draw = draw
        self._generation = -1
        self._positions: dict[TopicPartition, int] = {}

    def assignment(self) -> set[TopicPartition]:
        return set(self._positions)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._positions[place] = offset

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await turn()
        if self.is_out:
            raise CommitFailedError("simulated: the group has moved on")
        self._group.committed.update(offsets)

    @property
    def is_out(self) -> bool:
        """Whether the group has moved on without it."""
        return self._generation != self._group.generation

    def join(self) -> None:
        self._generation = self._group.generation
        self._positions = {place: self._group.committed[place] for place in self._group.share(self)}

    def take(self) -> list[Record]:
        """Some of what there is: so much of one partition, nothing of another."""
        taken = []
        filled = [one for one in self._positions if len(self._group.broker.log[one]) > self._positions[one]]
        if filled:
            for place in self._draw.sample(filled, self._draw.randint(1, len(filled))):
                first = self._positions[place]
                records = self._group.broker.log[place][first : first + self._draw.choice((1, 2, 5, 20))]
                self._positions[place] = first + len(records)
                taken += records
        return taken


class Producer:
    """One process's. What it was not acknowledged may be in the log all the same."""

    def __init__(self, broker: Broker, steps: Steps) -> None:
        self._broker = broker
        self._steps = steps

    async def append(self, wires: Sequence[Wire], *, within: float, partition: int | None = None) -> None:  # noqa: ARG002
        if wires and wires[0].topic == REPLIES:
            self._broker.append(wires)  # one that is lost costs a question, and the judges would have to ask it
            return
        await self._steps.call()
        for place, wire in enumerate(wires):
            if place and self._steps.draw.random() < 0.2:
                await self._steps.call()  # mid-publish
            self._broker.append([wire])
        await self._steps.call()  # the acknowledgement
