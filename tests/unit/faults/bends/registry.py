"""What every bend is written into: the promise it breaks, and itself."""

from collections.abc import Callable

from cli.rehearsal.evidence import Record
from tests.unit.faults.history import History

Bend = Callable[[History], None]
BENT: list[tuple[str, Bend]] = []


def breaks(id_: str) -> Callable[[Bend], Bend]:
    def remember(bend: Bend) -> Bend:
        BENT.append((id_, bend))
        return bend

    return remember


def swap(history: History, old: Record, new: Record) -> None:
    records = history.story.records
    records[records.index(old)] = new
