"""Topics: what the message classes ask for, what the broker has, and the difference."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.messages import Topic

PATIENCE = 50  # looks, a tenth of a second apart


@dataclass(frozen=True)
class Existing:
    """A topic as the broker has it."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What `apply` would do. `conflicts` it never does: a changed partition count would break the order of keys."""

    create: tuple[NewTopic, ...] = ()
    alter: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.create or self.alter or self.conflicts)


def configuration(topic: Topic) -> dict[str, str]:
    return {"retention.ms": str(topic.retention_ms), **topic.config}


def difference(wanted: Iterable[Topic], existing: Mapping[str, Existing], partitions: int, replication: int) -> Plan:
    """Compare topic by topic; `partitions` is the installation's number, for topics that ask for none of their own."""
    create, alter, conflicts = [], {}, []
    for topic in wanted:
        asked = configuration(topic)
        count = topic.partitions or partitions
        found = existing.get(topic.name)
        if found is None:
            create.append(NewTopic(topic.name, count, replication, topic_configs=asked))
            continue
        if found.partitions != count:
            conflicts.append(f"{topic.name} has {found.partitions} partitions, not {count}; they are never changed")
        if any(found.config.get(key) != value for key, value in asked.items()):
            alter[topic.name] = asked
    return Plan(tuple(create), alter, tuple(conflicts))


async def plan(admin: AIOKafkaAdminClient, wanted: Iterable[Topic], partitions: int, replication: int = 1) -> Plan:
    return difference(wanted, await read(admin), partitions, replication)


async def read(admin: AIOKafkaAdminClient) -> dict[str, Existing]:
    described = [topic for topic in await admin.describe_topics() if not topic["is_internal"]]
    counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
    if not counts:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in counts])
    configs = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
    return {name: Existing(count, configs.get(name, {})) for name, count in counts.items()}


async def apply(admin: AIOKafkaAdminClient, todo: Plan) -> None:
    """Carry a plan out, and return when the broker shows it. Doing it twice, or twice at once, does no harm."""
    if todo.create:
        answer = await admin.create_topics(list(todo.create))
        for name, code, *_ in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(name)
        await _until_shown(admin, {new.name for new in todo.create})
    if todo.alter:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(asked)) for name, asked in todo.alter.items()]
        )


async def _until_shown(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """A broker hears of a new topic a little after its controller has made it."""
    for _ in range(PATIENCE):
        if names <= {topic["topic"] for topic in await admin.describe_topics()}:
            return
        await asyncio.sleep(0.1)
