"""N1-N3, N7: one mail for one cause, to its end, to whom it concerns, and twice only where nobody could know."""

from collections import Counter

from tests.simulation.judges.case import Case
from tests.simulation.judges.places import Places


class Mails:
    def __init__(self, case: Case, places: Places) -> None:
        self._case = case
        self._places = places

    def at_rest(self) -> None:
        kept = self._case.house.kept["notifications"].mails.values()
        self._one_for_each_decision([one.told for one in kept])
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

    def _taken_once(self, kept: dict[str, tuple[object, dict[str, object]]]) -> None:
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
            who = told.registration_id  # type: ignore[attr-defined]
            if who and address.casefold() not in {one.casefold() for one in self._case.journal.persons[who]}:
                self._case.breach("N3", f"{name} about {who} went to {address}")
