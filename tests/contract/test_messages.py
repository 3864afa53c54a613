"""The published language only ever grows, by optional fields: no reader is hurt, and every old record can be read."""

import copy
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.messages import Message, registry
from shared.messages.envelope import ReplyTo, Wire, decode, encode
from shared.messages.registration import PartState, RegistrationConfirmed
from tests.support import goldens
from tests.support.goldens import breaks, current, kept

EVERY = pytest.mark.parametrize("message", list(registry.values()), ids=lambda message: message.__name__)
AT = datetime(2021, 11, 1, 9, 0, 0, 123456, tzinfo=UTC)


@EVERY
def test_no_message_loses_or_changes_a_field_or_requires_a_new_one(message: type[Message]) -> None:
    assert breaks(kept(message), current(message)) == []


@EVERY
def test_every_field_is_written_down(message: type[Message]) -> None:
    assert kept(message)["fields"] == current(message)["fields"], "run `python -m tests.support.goldens`"


@EVERY
def test_an_old_record_is_read_and_a_newer_ones_fields_are_ignored(message: type[Message]) -> None:
    written = kept(message)["example"]
    read = message.from_json(json.dumps(written).encode())
    assert message.from_json(json.dumps(written | {"added-later": [1]}).encode()) == read
    assert message.from_json(read.to_json()) == read
    assert read.subject()
    assert read.gathering_id == written["gathering_id"]


def test_no_message_is_forgotten() -> None:
    assert {file.stem for file in goldens.FOLDER.glob("*.json")} == {goldens.name_of(one) for one in registry.values()}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda fields: fields.pop("version"), "version is gone"),
        (lambda fields: fields["version"].update(holds="string"), "version is not what it was"),
        (lambda fields: fields["version"].update(required=False), "version is not what it was"),
        (lambda fields: fields.pop("parts/*/status"), "parts/*/status is gone"),
        (lambda fields: fields.update(more={"holds": "string", "required": True}), "more is new and required"),
        (
            lambda fields: fields.update({"parts/*/more": {"holds": "string", "required": True}}),
            "parts/*/more is new and required",
        ),
    ],
)
def test_the_check_finds_what_would_hurt(change: Any, complaint: str) -> None:
    old = current(RegistrationConfirmed)
    new = copy.deepcopy(old)
    change(new["fields"])
    assert breaks(old, new) == [complaint]


def test_the_check_lets_optional_fields_and_their_objects_grow() -> None:
    old = current(RegistrationConfirmed)
    new = copy.deepcopy(old)
    new["fields"]["more"] = {"holds": "object", "required": False}
    new["fields"]["more/part"] = {"holds": "string", "required": True}
    assert breaks(old, new) == []
    assert breaks(old, new | {"topic": "another"}) == ["topic is not what it was"]


def fact() -> RegistrationConfirmed:
    return RegistrationConfirmed(
        gathering_id="g",
        registration_id="r",
        delegation=None,
        version=2,
        accepted_at=AT,
        parts=(PartState(part="talk", mode="remote", status="confirmed"),),
    )


def test_the_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    wire = encode(fact(), cause="c", time=AT, sequence=7, correlation_id="q", reply_to=ReplyTo(3, "me"))
    assert wire.key == "g"
    assert wire.topic == "registration-confirmed"
    assert wire.headers == (
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", "fb06b4e0-0fd2-5f84-a92d-130c6a7b6023"),
        ("ce_type", "foyer.registration-confirmed"),
        ("ce_source", "/services/registration"),
        ("ce_subject", "registrations/r@2"),
        ("ce_time", "2021-11-01T09:00:00.123Z"),
        ("ce_dataschema", "/schemas/registration-confirmed.json"),
        ("ce_partitionkey", "g"),
        ("ce_causationid", "c"),
        ("ce_sequence", "7"),
        ("ce_correlationid", "q"),
        ("foyer_replypartition", "3"),
        ("foyer_requestid", "me"),
    )


def test_what_no_request_led_to_names_its_cause() -> None:
    assert dict(encode(fact(), cause="c", time=AT).headers)["ce_correlationid"] == "c"


def test_a_repeat_is_byte_for_byte_the_same_and_another_cause_another_message() -> None:
    first, again = (encode(fact(), cause="c", time=AT, sequence=7) for _ in range(2))
    assert first == again
    other = encode(fact(), cause="d", time=AT, sequence=7)
    assert dict(other.headers)["ce_id"] != dict(first.headers)["ce_id"]


class _Record:
    """As a consumer hands it over."""

    partition, offset = 1, 2
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]

    def __init__(self, wire: Wire) -> None:
        self.topic, self.key, self.value, self.headers = wire.topic, wire.key.encode(), wire.value, wire.kafka_headers


def test_what_is_written_is_read_back() -> None:
    wire = encode(fact(), cause="c", time=AT, sequence=7, correlation_id="q", reply_to=ReplyTo(3, "me"))
    received = decode(_Record(wire))
    assert received.message == fact()
    assert (received.sequence, received.correlation_id, received.causation_id) == (7, "q", "c")
    assert (received.reply_to, received.subject, received.partition, received.offset) == (
        ReplyTo(3, "me"),
        "registrations/r@2",
        1,
        2,
    )
    assert received.time == AT.replace(microsecond=123000)
