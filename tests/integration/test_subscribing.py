"""The recipe that others are told to begin with does what it promises, as it stands in docs/subscribing.md."""

import asyncio
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.kafka import Producer
from shared.messages import Message
from shared.messages.checkin import AttendeeAdmitted
from shared.messages.envelope import Wire, encode
from shared.messages.registration import (
    AttendeeErased,
    PartState,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationWaitlisted,
)
from shared.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "subscribing.md"
NOW = datetime(2021, 11, 22, 8, tzinfo=UTC)
PATIENCE = 30.0


def _fact(kind: type[Message], registration_id: str, version: int, status: str) -> Wire:
    parts = (PartState(part="workshop", mode="remote", status=status),)
    about = {"gathering_id": "g", "registration_id": registration_id, "delegation": None, "version": version}
    fact = kind.model_validate(about | {"accepted_at": NOW, "parts": parts})
    return encode(fact, cause=f"{registration_id}-{version}", time=NOW)


def _erased(registration_id: str, version: int) -> Wire:
    fact = AttendeeErased(gathering_id="g", registration_id=registration_id, version=version, erased_at=NOW)
    return encode(fact, cause=f"{registration_id}-{version}", time=NOW)


def _admitted(registration_id: str) -> Wire:
    fact = AttendeeAdmitted(
        gathering_id="g", registration_id=registration_id, door="d", part="p", scan_id="s", admitted_at=NOW
    )
    return encode(fact, cause="scan", time=NOW)


@pytest.fixture
async def producer(kafka: str, topics: None) -> AsyncIterator[Producer]:  # noqa: ARG001
    producer = Producer(Settings(kafka=kafka), compressed=True)
    await producer.start()
    yield producer
    await producer.stop()


async def test_a_follower_holds_the_newest_state_whatever_is_repeated(
    kafka: str, producer: Producer, tmp_path: Path
) -> None:
    recipe = tmp_path / "follow.py"
    recipe.write_text(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)[0])
    waiting = _fact(RegistrationWaitlisted, "promoted", 1, "waitlisted")
    coming = _fact(RegistrationConfirmed, "gone", 1, "confirmed")
    said = [waiting, coming, _fact(RegistrationConfirmed, "promoted", 2, "confirmed")]
    said += [_erased("gone", 2), _fact(RegistrationCancelled, "gone", 2, "cancelled"), _admitted("promoted")]
    await producer.append([*said, *said], within=10)

    follower = await asyncio.create_subprocess_exec(sys.executable, str(recipe), kafka, cwd=tmp_path)
    try:
        async with asyncio.timeout(PATIENCE):
            while await _taken(kafka) < 2 * len(said):
                await asyncio.sleep(0.1)
    finally:
        follower.kill()
        await follower.wait()

    confirmed = '[{"part": "workshop", "mode": "remote", "status": "confirmed", "reason": null}]'
    assert _rows(tmp_path, "SELECT * FROM registrations ORDER BY id") == [
        ("gone", 2, None),
        ("promoted", 2, confirmed),
    ]
    assert _rows(tmp_path, "SELECT registration, door FROM admissions") == [("promoted", "d")]


async def _taken(kafka: str) -> int:
    """How many records the recipe has done with: it commits what it has stored."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets("my-system")
    except KafkaError:
        return 0  # a new broker makes its place for groups when the first one comes
    else:
        return sum(max(at.offset, 0) for at in committed.values())
    finally:
        await admin.close()


def _rows(directory: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(directory / "followed.db") as store:
        return store.execute(query).fetchall()
