"""A message on the wire: JSON value, CloudEvents 1.0 attributes as Kafka headers (binary mode), keyed by gathering."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.clock import timestamp
from shared.messages.base import Message, registry

NAMESPACE = uuid.UUID("6f4f2cf4-8a0b-5d3c-9a76-0d9d5a3f1e11")
REPLY_PARTITION = "foyer_replypartition"
REQUEST_ID = "foyer_requestid"


@dataclass(frozen=True, slots=True)
class Wire:
    """What is handed to the broker, and kept in an outbox until it has it."""

    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...]

    def to_document(self) -> dict[str, Any]:
        return {"topic": self.topic, "key": self.key, "value": self.value, "headers": dict(self.headers)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Wire":
        headers = dict(document["headers"])  # before, they were kept as pairs
        return cls(document["topic"], document["key"], bytes(document["value"]), tuple(headers.items()))

    @property
    def kafka_headers(self) -> list[tuple[str, bytes]]:
        return [(name, value.encode()) for name, value in self.headers]


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where the gateway process that took a submission waits for its answer."""

    partition: int
    request_id: str


M_co = TypeVar("M_co", bound=Message, covariant=True)


class Record(Protocol):
    """What a consumer hands over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Received(Generic[M_co]):
    """A message with what its headers and its place in the log say about it."""

    message: M_co
    id: str
    subject: str
    time: datetime
    topic: str
    partition: int
    offset: int
    sequence: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    reply_to: ReplyTo | None = None


class Unreadable(Exception):
    """The record is not a message that this version knows; the text says why, without its content."""


def message_id(cause: str, topic: str, subject: str) -> str:
    """One cause says one thing about one subject on a topic: a repeat has the same id.

    It is `uuid.uuid5`, written out: every message has one, and the library's objects cost twice the digest.
    """
    name = f"{cause}\x00{topic}\x00{subject}".encode()
    raw = bytearray(hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x50, raw[8] & 0x3F | 0x80  # version 5, variant of RFC 9562
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def encode(
    message: Message,
    *,
    cause: str,
    time: datetime,
    sequence: int | None = None,
    correlation_id: str | None = None,
    reply_to: ReplyTo | None = None,
) -> Wire:
    """`cause` is the id of the message that led here, or of the staff call; it becomes `ce_causationid`.

    `correlation_id` is the request that all of it began with; what began with none, a timer's, names its cause.
    """
    subject = message.subject()
    headers = [
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", message_id(cause, message.topic, subject)),
        ("ce_type", message.type),
        ("ce_source", message.source),
        ("ce_subject", subject),
        ("ce_time", timestamp(time)),
        ("ce_dataschema", f"/schemas/{message.type.removeprefix('foyer.')}.json"),
        ("ce_partitionkey", message.gathering_id),
        ("ce_causationid", cause),
    ]
    if sequence is not None:
        headers.append(("ce_sequence", str(sequence)))
    headers.append(("ce_correlationid", cause if correlation_id is None else correlation_id))
    if reply_to is not None:
        headers += [(REPLY_PARTITION, str(reply_to.partition)), (REQUEST_ID, reply_to.request_id)]
    return Wire(message.topic, message.gathering_id, message.to_json(), tuple(headers))


def decode(record: Record) -> Received[Message]:
    """Raises `Unreadable`."""
    try:
        headers = {name: (content or b"").decode() for name, content in record.headers}
    except UnicodeDecodeError:
        raise Unreadable("a header is not UTF-8") from None
    message_type = registry.get(headers.get("ce_type", ""))
    if message_type is None or message_type.topic != record.topic:
        raise Unreadable("ce_type is missing, unknown, or of another topic")
    if not headers.get("ce_id"):
        raise Unreadable("ce_id is missing")
    try:
        message = message_type.from_json(record.value or b"")
        time = datetime.fromisoformat(headers["ce_time"])
        sequence = int(headers["ce_sequence"]) if "ce_sequence" in headers else None
        reply_to = _reply_to(headers)
        if time.tzinfo is None:
            raise Unreadable("ce_time has no offset")
    except KeyError as missing:
        raise Unreadable(f"{missing.args[0]} is missing") from None
    except (ValueError, RecursionError) as error:  # pydantic's own error is a ValueError, and may quote the input
        raise Unreadable(f"not a {message_type.type}: {type(error).__name__}") from None
    if record.key != message.gathering_id.encode():
        raise Unreadable("the record's key is not its gathering")
    return Received(
        message,
        id=headers["ce_id"],
        subject=headers.get("ce_subject", ""),
        time=time,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        sequence=sequence,
        correlation_id=headers.get("ce_correlationid"),
        causation_id=headers.get("ce_causationid"),
        reply_to=reply_to,
    )


def _reply_to(headers: Mapping[str, str]) -> ReplyTo | None:
    if REPLY_PARTITION not in headers:
        return None
    return ReplyTo(int(headers[REPLY_PARTITION]), headers[REQUEST_ID])
