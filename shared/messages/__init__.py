"""The published language: every message that crosses a topic, one module per owner."""

from collections.abc import Iterator

from pydantic import Field

from shared.messages import checkin, notifications, registration, scheduling
from shared.messages.base import INTAKE_RETENTION_MS, Message, Value, registry

__all__ = [
    "GROUPS",
    "RECORD_BYTES",
    "REPLIES",
    "Message",
    "Topic",
    "Value",
    "checkin",
    "dead_letters",
    "notifications",
    "registration",
    "registry",
    "scheduling",
    "topics",
]

GROUPS = ("registration", "scheduling", "notifications", "checkin")  # consumer group = service name
REPLIES = "gateway-replies"
REPLY_PARTITIONS = 16
MINUTE_MS = 60_000
RECORD_BYTES = 1_000_000  # at most; with what a dead letter adds to it, still below what any broker takes


class Topic(Value):
    """A topic as the broker should have it; `partitions` of `None` means the installation's number."""

    name: str
    partitions: int | None = None
    retention_ms: int
    config: dict[str, str] = Field(default_factory=dict)


def dead_letters(group: str) -> str:
    return f"{group}.dead-letter"


def topics() -> Iterator[Topic]:
    """Every topic Foyer uses, derived from the message classes."""
    retention = {message.topic: message.retention_ms for message in registry.values()}
    for name, retention_ms in sorted(retention.items()):
        yield Topic(name=name, retention_ms=retention_ms, config={"max.message.bytes": str(RECORD_BYTES)})
    for group in GROUPS:  # a dead letter may hold an intake record, so it ages as fast as one
        yield Topic(name=dead_letters(group), partitions=1, retention_ms=INTAKE_RETENTION_MS)
    # segments must roll as fast as they expire: the broker deletes only closed ones
    rolled = {"segment.ms": str(MINUTE_MS)}
    yield Topic(name=REPLIES, partitions=REPLY_PARTITIONS, retention_ms=MINUTE_MS, config=rolled)
