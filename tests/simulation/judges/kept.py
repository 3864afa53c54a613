"""E1, E2, E6: whoever reads the facts from the first on knows what the databases know."""

from collections import Counter
from datetime import datetime, timedelta

from tests.simulation.judges.case import Case
from tests.simulation.judges.places import LIVE, Places
from tests.simulation.judges.slots import Slots

TICK = timedelta(minutes=5)


class Kept:
    def __init__(self, case: Case, places: Places, slots: Slots) -> None:
        self._case = case
        self._places = places
        self._slots = slots

    def at_rest(self) -> None:
        self._registrations()
        self._ledgers()
        self._followers()
        self._bookings()
        self._claims()

    def _registrations(self) -> None:
        kept = self._case.house.kept["registration"].registrations
        for who, known in self._places.known.items():
            one = kept[who]
            parts = {s.part: (s.mode, s.status.value) for s in one.parts} if not known.erased else known.parts
            if (one.version, parts) != (known.version, known.parts) and not known.erased:
                self._case.breach("E1", f"{who}: told {known.version} {known.parts}, kept {one.version} {parts}")
        if unheard := kept.keys() - self._places.known.keys():
            self._case.breach("E1", f"never told of {sorted(unheard)}")

    def _ledgers(self) -> None:
        store = self._case.house.kept["registration"]
        waiting = Counter(
            (one.gathering, part, mode)
            for one in self._places.known.values()
            for part, (mode, status) in one.parts.items()
            if status == "waitlisted" and one.attendee
        )
        for gathering, ledger in store.ledgers.items():
            for (part, mode), count in ledger.pools.items():
                key = (gathering, part, mode)
                told = (self._places.confirmed[key], waiting[key])
                if (count.confirmed, count.waiting) != told:
                    self._case.breach("S7", f"{key}: told {told}, kept {count}")
        for (gathering, delegation), held in store.delegations.items():
            for (part, mode), places in held.items():
                told_of = self._places.of_delegation[(gathering, part, mode), delegation]
                if places != told_of:
                    self._case.breach("S7", f"{delegation} in {part} {mode}: told {told_of}, kept {places}")
        for one in {invitation for _, invitation in store.invitations.values()}:
            users = [r for r in store.registrations.values() if r.invitation == one.id and _stands(r, "dinner")]
            if not len(users) == one.used <= one.places:
                self._case.breach("S4", f"{one}: used by {[user.id for user in users]}")

    def _followers(self) -> None:
        """Scheduling, check-in and notifications know the same of everybody."""
        house = self._case.house
        view = house.kept["notifications"].view.registrations
        for who, known in self._places.known.items():
            tickets, desks = house.kept["checkin"]._tickets.get(who), house.kept["scheduling"].registrations.get(who)
            found = {
                "scheduling": (desks and desks.version, desks and desks.erased),
                "checkin": (tickets and tickets["version"], bool(tickets and tickets.get("erased"))),
                "notifications": (who in view and view[who].version, who in view and view[who].erased),
            }
            for service, told in found.items():
                if (known.erased and not told[1]) or (not known.erased and told != (known.version, False)):
                    self._case.breach("E6", f"{service} knows {told} of {who}, who is at {known.version}")

    def _bookings(self) -> None:
        live = {one.id: one for one in self._case.house.kept["scheduling"].all_bookings.values() if one.live}
        if live.keys() != self._slots.bookings.keys():
            self._case.breach("E1", f"bookings: told {sorted(self._slots.bookings)}, kept {sorted(live)}")
        for name, told in self._slots.bookings.items():
            one = live.get(name)
            if one is not None and (one.slot.id, one.version) != (told["slot_id"], self._slots.versions[name]):
                self._case.breach("E1", f"{name}: told {told['slot_id']}, kept {one.slot.id}")
            known = self._places.known.get(told["registration_id"])
            if known is None or known.erased or not any(status == "confirmed" for _, status in known.parts.values()):
                ahead = datetime.fromisoformat(told["starts_at"]) > self._case.house.clock.now() + timedelta(hours=1)
                if ahead:
                    self._case.breach("E6", f"{name} stands though {told['registration_id']} is not registered")

    def _claims(self) -> None:
        """Each tick of each meeting and offer is held by it, and nothing is held by nobody."""
        store = self._case.house.kept["scheduling"]
        owners = {one.id for one in store.all_bookings.values() if one.live} | store.holds.keys() | store.blocks.keys()
        stray = {claim: who for claim, who in store.claims.items() if who not in owners}
        if stray:
            self._case.breach("S10", f"held by nobody: {stray}")
        ticks = Counter(store.claims.values())
        for one in store.all_bookings.values():
            if one.live:
                each = (one.slot.ends_at - one.slot.starts_at) // TICK
                if ticks[one.id] < 2 * each:
                    self._case.breach("S11", f"{one.id} holds {ticks[one.id]} ticks, of itself and its expert {each}")


def _stands(registration: object, part: str) -> bool:
    return any(s.part == part and s.status in LIVE for s in registration.parts)  # type: ignore[attr-defined]
