"""S14, S15: a ticket admits once a door, whom there is a place for, and the same scan has the same answer."""

from tests.simulation.judges.case import Case, Fact
from tests.simulation.judges.places import Places


class Door:
    def __init__(self, case: Case, places: Places) -> None:
        self._case = case
        self._places = places
        self._admitted: dict[tuple[str, str, str], str] = {}
        self._tickets: dict[str, tuple[int, bool]] = {}

    def heard(self, fact: Fact) -> None:
        if fact.topic == "attendee-admitted":
            self._admits(fact)
        elif fact.topic in {"ticket-issued", "ticket-revoked"}:
            self._tickets[fact.body["registration_id"]] = (fact.sequence, fact.topic == "ticket-issued")

    def _admits(self, fact: Fact) -> None:
        who, door = fact.body["registration_id"], fact.body["door"]
        key = (fact.body["gathering_id"], door, who)
        if key in self._admitted:
            self._case.breach("S14", f"{who} enters {door} by {self._admitted[key]} and by {fact.body['scan_id']}")
        self._admitted[key] = fact.body["scan_id"]
        known = self._places.known.get(who)
        place = ("in-person", "confirmed")
        if known is None or not any(parts.get(fact.body["part"]) == place for parts in known.history):
            self._case.breach("S15", f"{who} enters {door}, and never had a place")

    def at_rest(self) -> None:
        for scan_id, answers in self._case.journal.scans.items():
            if len(set(answers[1:])) > 1:
                self._case.breach("S14", f"{scan_id} is answered {answers[1:]}")
        for who, known in self._places.known.items():
            place = any(standing == ("in-person", "confirmed") for standing in known.parts.values())
            live = self._tickets.get(who, (0, False))[1]
            if place != live and not known.erased:
                self._case.breach("E6", f"{who} {'has no' if place else 'still has a'} ticket: {known.parts}")
