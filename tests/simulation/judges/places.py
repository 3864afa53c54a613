"""S1-S8: places, quotas, deadlines, one registration a person, the order of the queue; folded from facts alone."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation.judges.case import Case, Fact

LIVE = frozenset({"confirmed", "waitlisted", "awaiting-selection"})
STATES = frozenset(
    f"registration-{one}" for one in ("confirmed", "waitlisted", "pending", "declined", "changed", "cancelled")
)
Pool = tuple[str, str, str]  # gathering, part, mode


@dataclass
class Known:
    """One registration, as its last fact tells it."""

    gathering: str
    version: int = 0
    delegation: str | None = None
    attendee: bool = True
    person: str | None = None
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)  # part → mode, status
    erased: bool = False
    history: list[dict[str, tuple[str, str]]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return any(status in LIVE for _, status in self.parts.values())


class Places:
    def __init__(self, case: Case) -> None:
        self._case = case
        self.known: dict[str, Known] = {}
        self.held: dict[tuple[str, int], str] = {}  # registration and version → whose it was
        self.definitions: dict[str, dict[str, Any]] = {}
        self.confirmed: Counter[Pool] = Counter()
        self.of_delegation: Counter[tuple[Pool, str]] = Counter()
        self._queues: dict[Pool, dict[str, int]] = defaultdict(dict)  # who waits, and since which fact
        self._holders: dict[tuple[str, str], set[str]] = defaultdict(set)  # person → live registrations
        self._released = False
        self._told: dict[str, int] = defaultdict(int)

    def heard(self, fact: Fact) -> None:
        if fact.topic == "gathering-published":
            self._defined(fact)
        elif fact.topic in STATES:
            self._stands(fact)
        elif fact.topic == "attendee-erased":
            self.known[fact.body["registration_id"]].erased = True

    def _defined(self, fact: Fact) -> None:
        gathering = fact.body["gathering_id"]
        known = self.definitions.get(gathering)
        if fact.body["version"] <= (known or {"version": 0})["version"]:
            self._case.breach("E4", f"{gathering}: version {fact.body['version']} is published late")
        self.definitions[gathering] = {"version": fact.body["version"], **fact.body["definition"]}

    def pool(self, key: Pool) -> dict[str, Any]:
        gathering, part, mode = key
        definition = self.definitions.get(gathering, {"parts": []})
        nothing: dict[str, Any] = {"modes": {}}
        found = next((one for one in definition["parts"] if one["part"] == part), nothing)
        pool: dict[str, Any] = found["modes"].get(mode) or {}
        return pool

    def _stands(self, fact: Fact) -> None:
        who, gathering = fact.body["registration_id"], fact.body["gathering_id"]
        one = self.known.setdefault(who, Known(gathering))
        parts = {part["part"]: (part["mode"], part["status"]) for part in fact.body["parts"]}
        if (fact.body["version"], parts) == (one.version, one.parts):
            return  # another fact of the same decision
        if fact.body["version"] != one.version + 1:
            self._case.breach("E4", f"{who}: version {fact.body['version']} follows {one.version}")
        before = dict(one.parts)
        one.version, one.delegation = fact.body["version"], fact.body["delegation"]
        one.attendee = fact.body["category"] == "attendee"
        one.parts = parts
        one.history.append(one.parts)
        self._persons(who, one, fact)
        if one.attendee:
            for part in before.keys() | one.parts.keys():
                self._moves(who, one, before.get(part), one.parts.get(part), part, fact)
            self._limits(one)
        if one.version == 1:
            self._windows(who, fact)

    def _persons(self, who: str, one: Known, fact: Fact) -> None:
        sent = self._case.journal.by_ce_id.get(fact.cause)
        took_over = fact.body.get("substituted") and sent is not None
        person = sent.person if sent is not None and (one.version == 1 or took_over) else one.person or who
        self._holders[one.gathering, one.person or ""].discard(who)
        one.person = person
        self.held[who, one.version] = person if "@" in person else f"{person}@example.org"  # added by staff
        if one.live:
            holders = self._holders[one.gathering, person or who]
            holders.add(who)
            if len(holders) > 1:
                self._case.breach("S6", f"{person} holds {sorted(holders)}")

    def _moves(
        self, who: str, one: Known, old: tuple[str, str] | None, new: tuple[str, str] | None, part: str, fact: Fact
    ) -> None:
        if old == new:
            return
        for standing, by in ((old, -1), (new, 1)):
            if standing is not None and standing[1] == "confirmed":
                pool = (one.gathering, part, standing[0])
                self.confirmed[pool] += by
                self.of_delegation[pool, one.delegation or ""] += by
        if old is not None and old[1] == "waitlisted":
            pool = (one.gathering, part, old[0])
            since = self._queues[pool].pop(who)
            if new == (old[0], "confirmed") and not self._by_itself(who, fact):
                self._promoted(who, one, pool, since)
        if new is not None and new[1] == "waitlisted":
            self._queues[one.gathering, part, new[0]][who] = fact.sequence

    def _by_itself(self, who: str, fact: Fact) -> bool:
        """Whether the cause is a request of this very registration."""
        sent = self._case.journal.by_ce_id.get(fact.cause)
        return sent is not None and bool(sent.registration_id == who)

    def _promoted(self, who: str, one: Known, pool: Pool, since: int) -> None:
        """Nobody of the same delegation may have been waiting longer; a selection chooses as it likes."""
        if self.pool(pool).get("entry") == "selection":
            return
        earlier = [
            other
            for other, position in self._queues[pool].items()
            if position < since and self.known[other].delegation == one.delegation
        ]
        if earlier:
            self._case.breach("S8", f"{who} moves up in {pool} before {earlier}")

    def _limits(self, one: Known) -> None:
        now = self._case.house.clock.now()
        for part, (mode, status) in one.parts.items():
            key = (one.gathering, part, mode)
            pool, taken = self.pool(key), self.confirmed[key]
            if status != "confirmed":
                continue
            if pool.get("capacity") is not None and taken > pool["capacity"]:
                self._case.breach("S1", f"{key} holds {taken} of {pool['capacity']}")
            places = pool.get("places_per_delegation")
            if places is None:
                continue
            of = self.of_delegation[key, one.delegation or ""]
            if one.delegation and places.get("max") is not None and of > places["max"]:
                self._case.breach("S2", f"{one.delegation} has {of} of {places['max']} in {key}")
            release_at = places.get("release_at")
            if places["reserved"] and (release_at is None or now < datetime.fromisoformat(release_at)):
                kept = self._kept_back(key, places["reserved"])
                if taken + kept > pool["capacity"]:
                    self._case.breach("S2", f"{key}: {taken} taken and {kept} kept back of {pool['capacity']}")

    def _kept_back(self, key: Pool, reserved: int) -> int:
        listed = (self.definitions[key[0]].get("delegations") or {"eligible": []})["eligible"]
        return sum(max(0, reserved - self.of_delegation[key, one["id"]]) for one in listed)

    def _windows(self, who: str, fact: Fact) -> None:
        """A deadline is held against when it was accepted, whenever it is decided."""
        sent = self._case.journal.by_ce_id.get(fact.cause)
        if sent is None or sent.kind != "RegistrationSubmitted":
            return
        at = sent.accepted_at
        if fact.body["gathering_id"] not in self.definitions:
            return  # nobody knew of it yet
        for part in fact.body["parts"]:
            opens, closes = self._window((fact.body["gathering_id"], part["part"], part["mode"]))
            outside = at < opens or at >= closes
            if part["status"] in LIVE and outside:
                self._case.breach("S5", f"{who} accepted at {at}: {part}")
            if part["reason"] in {"deadline-passed", "not-open-yet"} and not outside:
                self._case.breach("S5", f"{who} accepted at {at}: {part}")

    def _window(self, key: Pool) -> tuple[datetime, datetime]:
        definition, pool = self.definitions[key[0]], self.pool(key)
        part = next(one for one in definition["parts"] if one["part"] == key[1])
        registration = definition.get("registration") or {}
        opens = pool.get("opens") or registration.get("opens") or "2000-01-01T00:00:00Z"
        closes = pool.get("closes") or registration.get("closes") or part["ends"]
        if pool.get("cancelled"):
            opens = closes = "2000-01-01T00:00:00Z"
        return datetime.fromisoformat(opens), datetime.fromisoformat(closes)

    def at_rest(self) -> None:
        """S7, S8: no place stays free while somebody waits who could have it."""
        now = self._case.house.clock.now()
        for key, queue in self._queues.items():
            pool = self.pool(key)
            ends = next(one["ends"] for one in self.definitions[key[0]]["parts"] if one["part"] == key[1])
            if pool.get("cancelled") or pool.get("entry") == "selection" or now >= datetime.fromisoformat(ends):
                continue
            places = pool.get("places_per_delegation") or {}
            release_at = places.get("release_at")
            held = release_at is None or now < datetime.fromisoformat(release_at)
            kept = self._kept_back(key, places["reserved"]) if places.get("reserved") and held else 0
            for who in queue:
                delegation = self.known[who].delegation or ""
                of, most = self.of_delegation[key, delegation], places.get("max")
                own = max(0, places.get("reserved", 0) - of) if kept and delegation else 0
                full = delegation and most is not None and of >= most
                if not full and self.confirmed[key] + kept - own < pool["capacity"]:
                    self._case.breach("S8", f"{who} waits in {key} beside a free place")
