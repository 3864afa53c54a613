"""What must never break, judged from facts, answers, mails and databases; by nobody who knows how it is decided."""

from collections.abc import Sequence
from typing import Any

from shared.messages.envelope import Wire
from shared.outbox import Entry
from tests.simulation.judges.asked import Asked
from tests.simulation.judges.case import Case, Fact, Log
from tests.simulation.judges.door import Door
from tests.simulation.judges.kept import Kept
from tests.simulation.judges.mails import Mails
from tests.simulation.judges.places import Places
from tests.simulation.judges.slots import Slots


class Judges:
    """Facts are judged as they are committed, in that order; the rest once the house has come to rest."""

    def __init__(self, house: Any, journal: Any) -> None:
        self.broken: list[str] = []
        case = Case(house, journal, self.breach)
        self._log = Log(case)
        self._places = Places(case)
        self._slots = Slots(case)
        self._door = Door(case, self._places)
        self._late = (
            self._log,
            self._places,
            self._slots,
            self._door,
            Asked(case, self._log),
            Mails(case, self._places, self._log),
            Kept(case, self._places, self._slots),
        )

    def breach(self, rule: str, what: str) -> None:
        self.broken.append(f"{rule}: {what}")

    def committed(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            for wire in entry.wires:
                fact = Fact.of(wire)
                self._log.committed(fact)
                for judge in (self._places, self._slots, self._door):
                    judge.heard(fact)
        self._slots.settled()

    def appended(self, wire: Wire) -> None:
        self._log.appended(wire)

    def at_rest(self) -> None:
        for judge in self._late:
            judge.at_rest()

    def counted(self) -> dict[str, int]:
        return self._log.counted()


__all__ = ["Judges"]
