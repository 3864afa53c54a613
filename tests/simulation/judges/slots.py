"""S9-S11, S19: who meets whom when; nobody is in two places, an offer is good until it ends, an expert has an end."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.simulation.judges.case import Case, Fact

TAKEN = frozenset({"slot-booked", "slot-moved"})
IN_THE_WAY = frozenset({"slot-taken", "limit-reached", "conflict"})


class Slots:
    def __init__(self, case: Case) -> None:
        self._case = case
        self.bookings: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = defaultdict(int)
        self.offers: dict[str, dict[str, Any]] = {}
        self._ended: set[str] = set()
        self._desks: dict[tuple[str, str], tuple[str, int, int | None]] = {}  # gathering, desk → expert, seats, limit

    def heard(self, fact: Fact) -> None:
        if fact.topic == "gathering-published":
            for desk in fact.body["definition"]["helpdesk"]["desks"]:
                about = (desk["expert"], desk["per_slot"], desk["per_expert"])
                self._desks[fact.body["gathering_id"], desk["desk"]] = about
        elif fact.topic in TAKEN or fact.topic in {"slot-released", "slot-missed"}:
            self._booking(fact)
        elif fact.topic == "slot-offered":
            self.offers[fact.body["offer_id"]] = fact.body
            self._crowded(fact.body)
        elif fact.topic == "slot-offer-ended":
            self._offer_ended(fact)
        elif fact.topic == "slot-refused":
            self._refused(fact.body)

    def _booking(self, fact: Fact) -> None:
        name, body = fact.body["booking_id"], fact.body
        if body["version"] != self.versions[name] + 1:
            self._case.breach("E4", f"{name}: version {body['version']} follows {self.versions[name]}")
        self.versions[name] = body["version"]
        if fact.topic in TAKEN:
            if fact.topic == "slot-moved" and name not in self.bookings:
                self._case.breach("S10", f"{name} is moved, and was not booked")
            self.bookings[name] = body
            self._crowded(body)
            self._twice(name, body)
            self._limited(fact)
        elif fact.topic == "slot-released" and self.bookings.pop(name, None) is None:
            self._case.breach("S10", f"{name} is released twice")

    def _offer_ended(self, fact: Fact) -> None:
        name = fact.body["offer_id"]
        if name in self._ended or name not in self.offers:
            self._case.breach("S9", f"the offer {name} ends twice, or never began")
        self._ended.add(name)
        self.offers.pop(name, None)

    def _refused(self, body: dict[str, Any]) -> None:
        """Whoever has an offer can take it."""
        asked = (body["registration_id"], body["slot_id"])
        for name, one in self.offers.items():
            if asked == (one["registration_id"], one["slot_id"]) and body["reason"] in IN_THE_WAY:
                self._case.breach("S9", f"the offer {name} cannot be taken: {body['reason']}")

    def _limited(self, fact: Fact) -> None:
        """Staff may take in more; nobody else is booked beyond what the desk says of its expert."""
        gathering, desk = fact.body["gathering_id"], fact.body["desk"]
        expert, _, most = self._desks[gathering, desk]
        if most is None or fact.cause in self._case.journal.ordered:
            return
        if (booked := self._booked(gathering, expert)) > most:
            self._case.breach("S19", f"{expert} of {gathering} has {booked} bookings, and takes {most} at {desk}")

    def _booked(self, gathering: str, expert: str) -> int:
        theirs = (one["desk"] for one in self.bookings.values() if one["gathering_id"] == gathering)
        return sum(self._desks[gathering, desk][0] == expert for desk in theirs)

    def settled(self) -> None:
        """After a commit every offer that stands can be taken: its person is nowhere else then, its expert has room."""
        for name, offer in self.offers.items():
            expert, _, most = self._desks[offer["gathering_id"], offer["desk"]]
            theirs = [one for one in self.bookings.values() if one["registration_id"] == offer["registration_id"]]
            if any(_overlap(one, offer) for one in theirs):
                self._case.breach("S9", f"the offer {name} stands, and its person is elsewhere then")
            if most is not None and self._booked(offer["gathering_id"], expert) >= most:
                self._case.breach("S9", f"the offer {name} stands, and {expert} takes nobody more")

    def _crowded(self, body: dict[str, Any]) -> None:
        """No expert receives more than they have seats, offers included."""
        gathering = body["gathering_id"]
        expert, seats, _ = self._desks[gathering, body["desk"]]
        busy = [
            one.get("booking_id") or one["offer_id"]
            for one in (*self.bookings.values(), *self.offers.values())
            if one["gathering_id"] == gathering
            and self._desks[gathering, one["desk"]][0] == expert
            and _overlap(one, body)
        ]
        if len(busy) > seats:
            self._case.breach("S11", f"{expert} of {gathering} has {busy} at {body['starts_at']}")

    def _twice(self, name: str, body: dict[str, Any]) -> None:
        for other, one in self.bookings.items():
            if other != name and one["registration_id"] == body["registration_id"] and _overlap(one, body):
                self._case.breach("S11", f"{body['registration_id']} has {other} and {name} at once")

    def at_rest(self) -> None:
        now = self._case.house.clock.now()
        for name, offer in self.offers.items():
            if datetime.fromisoformat(offer["expires_at"]) < now:
                self._case.breach("S9", f"the offer {name} neither lapses nor is accepted")


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"])
