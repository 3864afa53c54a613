"""The evidence: every topic from its first record, the mails, the exports, and what the gateway shows at the end."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from cli.lag import assign_paused
from cli.rehearsal.evidence import Evidence, Record
from cli.rehearsal.journal import Journal
from cli.rehearsal.stage import Stage

NOT_FACTS = ("__", "gateway-replies")
QUIET_WITHIN = 90.0  # seconds: what was accepted is decided, published and told by then
STEADY = 2.0  # seconds without anything new
LOOK_EVERY = 0.5
IDLE = 1000  # milliseconds


async def until_quiet(stage: Stage, kafka: str) -> None:
    """Wait until nothing is said any more and no mail waits; whatever is missing then is a breach."""
    deadline = time.monotonic() + QUIET_WITHIN
    before, since = -1, time.monotonic()
    places = await _places(kafka)
    async with _reader(kafka) as consumer:
        assign_paused(consumer, places)
        while time.monotonic() < deadline:
            now = sum((await consumer.end_offsets(places)).values())
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > STEADY and not await _mails_wait(stage):
                return
            await asyncio.sleep(LOOK_EVERY)


async def _mails_wait(stage: Stage) -> bool:
    exports = [await _export(stage, gathering) for gathering in stage.briefs]
    return any(line.get("status") == "queued" for lines in exports for line in lines if line["kind"] == "notification")


async def collect(stage: Stage, journal: Journal, kafka: str) -> Evidence:
    gatherings = list(stage.briefs)
    return Evidence(
        briefs=stage.briefs,
        journal=tuple(journal.exchanges),
        records=await read_topics(kafka),
        mails=tuple(stage.mailbox.look()),
        exports={one: await _export(stage, one) for one in gatherings},
        obligations={
            one: (await _get(stage, f"/v1/gatherings/{one}/obligations"))["obligations"] for one in gatherings
        },
        occupancy={place: count for one in gatherings for place, count in (await _occupancy(stage, one)).items()},
        free_slots={one: await _free_slots(stage, one) for one in gatherings},
        invited=stage.invited,
    )


async def read_topics(kafka: str) -> list[Record]:
    """Every record of every topic, as it lies there."""
    places = await _places(kafka)
    async with _reader(kafka) as consumer:
        assign_paused(consumer, places)
        ends = {place: end for place, end in (await consumer.end_offsets(places)).items() if end > 0}
        consumer.assign(list(ends))
        await consumer.seek_to_beginning(*ends)
        found: list[Record] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=IDLE, max_records=5000)
            found += [_record(one) for batch in batches.values() for one in batch]
        return found


def _reader(kafka: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, max_partition_fetch_bytes=4_194_304)


async def _places(kafka: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        described = await admin.describe_topics()
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
        if not topic["topic"].startswith(NOT_FACTS)
    ]


def _record(one: ConsumerRecord) -> Record:
    headers = {name: content.decode(errors="replace") for name, content in one.headers}
    return Record(one.topic, one.partition, one.offset, (one.key or b"").decode(), headers, _value(one.value))


def _value(content: bytes | None) -> Mapping[str, Any]:
    try:
        value = json.loads(content or b"")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


async def _get(stage: Stage, path: str) -> Any:
    answer = await stage.client.ask("GET", path, token=stage.tokens["auditor"])
    if not answer.accepted:
        raise RuntimeError(f"GET {path} was answered {answer.status}: {answer.answer}")
    return answer.answer


async def _export(stage: Stage, gathering: str) -> list[dict[str, Any]]:
    content = await _get(stage, f"/v1/gatherings/{gathering}/export")
    lines = [content] if isinstance(content, dict) else [json.loads(line) for line in content.splitlines()]
    return list(lines)


async def _occupancy(stage: Stage, gathering: str) -> dict[tuple[str, str, str], int]:
    shown = (await _get(stage, f"/v1/gatherings/{gathering}"))["availability"]
    return {(gathering, one["part"], one["mode"]): one["confirmed"] for one in shown}


async def _free_slots(stage: Stage, gathering: str) -> frozenset[tuple[str, datetime]]:
    desks = (await _get(stage, f"/v1/gatherings/{gathering}/desks"))["desks"]
    return frozenset(
        (desk["desk"], datetime.fromisoformat(slot["starts_at"]))
        for desk in desks
        for slot in desk["slots"]
        if slot["free"]
    )
