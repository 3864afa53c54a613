"""Whoever hears a topic hears it through `shared.bus`: any other subscriber loses or blocks something (ADR 0003)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from faststream import AckPolicy

from shared.bus import Bus
from shared.kafka import Producer
from shared.messages.registration import RegistrationSubmitted
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
OURS = {Path("shared/bus.py"), Path("shared/polling.py")}  # the second is how the first reads
# a gateway process waits for replies on a partition of its own, in no group: nothing is lost with it but a short wait
GROUPLESS = {Path("services/gateway/clients/replies.py")}
CONSUMERS = {"AIOKafkaConsumer", "KafkaBroker", "KafkaRouter", "subscriber"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in ("services", "shared"):
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file.relative_to(ROOT), ast.parse(file.read_text())


def names(tree: ast.Module) -> set[str]:
    """Everything that the module names, calls or imports."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found | {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}


def test_nobody_else_subscribes() -> None:
    hearing = {file for file, tree in modules() if CONSUMERS & names(tree)}
    assert hearing == OURS | GROUPLESS


def test_faststream_is_imported_by_the_bus_alone() -> None:
    importing = {
        file
        for file, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "faststream")
        or (isinstance(node, ast.Import) and any(name.name.partition(".")[0] == "faststream" for name in node.names))
    }
    assert importing == OURS


def test_who_needs_no_group_has_none() -> None:
    for file in GROUPLESS:
        calls = [node for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.Call)]
        consumers = [one for one in calls if getattr(one.func, "id", "") == "AIOKafkaConsumer"]
        assert consumers
        assert not any(keyword.arg == "group_id" for one in consumers for keyword in one.keywords)


async def nothing() -> None:
    return


async def test_the_bus_acknowledges_by_hand_and_misses_nothing_from_the_past() -> None:
    settings = Settings()
    bus = Bus(settings, "registration", [RegistrationSubmitted], lambda _: nothing(), Producer(settings), nothing)  # type: ignore[arg-type, return-value]
    [subscriber] = bus.broker.subscribers
    assert subscriber.ack_policy is AckPolicy.MANUAL
    options: dict[str, object] = getattr(subscriber, "_connection_args")  # noqa: B009  the library tells no types
    assert options["auto_offset_reset"] == "earliest"
    assert options["enable_auto_commit"] is False
