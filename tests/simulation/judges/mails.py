"""N1-N3, N7, N9: one mail for one cause, to its end, to whom it concerns, and twice only where nobody could know."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.text import person_key
from tests.simulation.judges.case import Case, Fact, Log
from tests.simulation.judges.places import Places

REMINDED_OF = frozenset({"slot-booked", "slot-moved", "meeting-scheduled"})
AHEAD = timedelta(hours=24)
HANDED_ON = "handed-on"


class Mails:
    def __init__(self, case: Case, places: Places, log: Log) -> None:
        self._case = case
        self._log = log
        self._places = places

    def at_rest(self) -> None:
        kept = self._case.house.kept["notifications"].mails.values()
        self._one_for_each_decision([one.told for one in kept])
        self._handed_on_once([one.told for one in kept])
        self._reminded_once([one.document for one in kept if one.told.template == "reminder"])
        self._taken_once({one.told.id: (one.told, one.document) for one in kept})

    def _one_for_each_decision(self, told: list[object]) -> None:
        found = Counter(
            (one.registration_id, one.version)  # type: ignore[attr-defined]
            for one in told
            if (one.about or "").startswith("registrations/") and one.mailing_id is None  # type: ignore[attr-defined]
        )
        for who, known in self._places.known.items():
            for version in range(1, known.version + 1):
                if found[who, version] != 1:
                    self._case.breach("N1", f"{who}@{version} has {found[who, version]} mails")

    def _handed_on_once(self, told: list[Any]) -> None:
        """Of each substitution whoever gave the registration up, and nothing is kept of who was erased."""
        facts = [one for one in self._log.facts.values() if one.body.get("substituted")]
        wanted = Counter((one.body["registration_id"], one.body["version"]) for one in facts)
        found = Counter((one.registration_id, one.version) for one in told if one.template == HANDED_ON)
        for what in wanted.keys() | found.keys():
            if wanted[what] != found[what]:
                self._case.breach("N1", f"{what} has {found[what]} mails to who handed it on, not {wanted[what]}")
        for who, generation in self._case.house.kept["registration"].former:
            if self._places.known[who].erased:
                self._case.breach("P1", f"{who} is erased, and who held it before generation {generation} is kept")

    def _reminded_once(self, reminders: list[dict[str, Any]]) -> None:
        """Of whatever was booked more than a day before, and in its last day."""
        booked = {fact.subject: fact for fact in self._reminded_of()}
        wanted = Counter((who, name) for name, fact in booked.items() for who in _whom(fact))
        found = Counter((one["registration_id"], f"{one['about']}@{one['version']}") for one in reminders)
        for what in wanted.keys() | found.keys():
            if wanted[what] != found[what]:
                self._case.breach("N9", f"{what} has {found[what]} reminders, not {wanted[what]}")
        for one in reminders:
            fact = booked.get(f"{one['about']}@{one['version']}")
            if one["status"] == "sent" and fact is not None and one["sent_at"] < _due_at(fact):
                self._case.breach("N9", f"the reminder of {fact.subject} came at {one['sent_at']}")

    def _reminded_of(self) -> Iterator[Fact]:
        for fact in self._log.facts.values():
            said_at = datetime.fromisoformat(dict(fact.wire.headers)["ce_time"])
            if fact.topic in REMINDED_OF and said_at < _due_at(fact):
                yield fact

    def _taken_once(self, kept: dict[str, tuple[Any, dict[str, object]]]) -> None:
        server = self._case.house.mails
        copies = Counter(name for name, _ in server.taken)
        for name, count in copies.items():
            if count > 1 and name not in server.excused:
                self._case.breach("N2", f"{name} was sent {count} times")
        sent = {key for key, (_, document) in kept.items() if document["status"] == "sent"}
        for key in sent:
            if f"<{key}@foyer.example>" not in copies:
                self._case.breach("N1", f"{key} is said to be sent, and was not")
        for name, address in server.taken:
            told = kept[name[1:].partition("@")[0]][0]
            who = told.registration_id
            if told.template == HANDED_ON and person_key(address) != self._places.held[who, told.version - 1]:
                self._case.breach("N3", f"{name} to who handed {who} on went to {address}")
            if who and address.casefold() not in {one.casefold() for one in self._case.journal.persons[who]}:
                self._case.breach("N3", f"{name} about {who} went to {address}")


def _whom(fact: Fact) -> list[str]:
    return list(fact.body.get("registration_ids", ())) or [fact.body["registration_id"]]


def _due_at(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact.body["starts_at"]) - AHEAD
