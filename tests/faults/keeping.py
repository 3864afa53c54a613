"""What a run leaves on disk for whoever looks into a breach: the topics, the exports, the faults, the mails."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.faults.checker import Case
from tests.faults.checker.case import Copy


def write(case: Case, folder: Path) -> None:
    _lines(folder / "topics.jsonl", (_topic(one) for one in case.copies))
    _lines(folder / "exports.jsonl", (line for lines in case.evidence.exports.values() for line in lines))
    _lines(folder / "faults.jsonl", (vars(one) for one in case.faults))
    _lines(folder / "deliveries.jsonl", (vars(one) for one in case.deliveries))


def _topic(one: Copy) -> Mapping[str, Any]:
    headers = {name: content.decode(errors="replace")[:200] for name, content in one.headers}
    value = one.value.decode(errors="replace")[:5000]
    return {"place": one.place, "key": one.key.decode(errors="replace"), "headers": headers, "value": value}


def _lines(file: Path, content: Iterable[Mapping[str, Any]]) -> None:
    with file.open("w") as lines:
        for one in content:
            lines.write(json.dumps(one, default=str) + "\n")
