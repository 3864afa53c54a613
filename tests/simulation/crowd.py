"""The public: few people who want the same few places, press twice, and change their minds."""

import random
from typing import Any

from shared.messages import Message
from shared.messages.envelope import ReplyTo, encode
from shared.messages.registration import CancellationSubmitted, ChangeSubmitted, RegistrationSubmitted, Wish
from shared.messages.scheduling import (
    HoldRequested,
    MoveRequested,
    PreferenceSubmitted,
    ReleaseRequested,
    SlotRequested,
    WaitRequested,
)
from shared.text import person_key
from tests.simulation.gatherings import CODES, DEFINITIONS, DELEGATIONS, slots, wishes
from tests.simulation.house import SEAL, House
from tests.simulation.journal import Journal, Sent

PEOPLE = 16
IN_EARNEST = 0.8  # of those who ask: they have what it takes, as far as they can know
GATHERINGS = ("whole", "whole", "whole", "short")


class Crowd:
    """Everything goes to the log, as the gateway writes it."""

    def __init__(self, house: House, draw: random.Random, journal: Journal) -> None:
        self._house = house
        self._draw = draw
        self._journal = journal
        self._count = 0

    def act(self) -> str:
        """One thing that somebody does; what, for the trace."""
        kinds = (
            (self._apply, 30),
            (self._repeat, 8),
            (self._reuse_key, 2),
            (self._change, 9),
            (self._substitute, 4),
            (self._cancel, 8),
            (self._book, 14),
            (self._move, 5),
            (self._release, 5),
            (self._hold, 5),
            (self._wait, 7),
            (self._prefer, 2),
        )
        (kind,) = self._draw.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
        return str(kind())

    def _apply(self, key: str | None = None) -> str:
        gathering, name = self._draw.choice(GATHERINGS), self._name("r")
        email = f"p{self._draw.randrange(PEOPLE)}@example.org"
        email = email.upper() if self._draw.random() < 0.2 else email
        delegation = self._draw.choice((None, "d1", "d1", *DELEGATIONS)) if gathering == "whole" else None
        code = CODES.get(delegation or "") if self._draw.random() < 0.95 else "wrong"
        some = wishes(gathering)
        asked = dict(self._draw.sample(some, min(len(some), self._draw.choice((1, 1, 2, 3)))))
        personal = {
            "attendee": {"name": f"Person {name}", "email": email},
            "answers": {},
            "consents": {"privacy": self._draw.random() < 0.97},
            "membership_code": code,
            "invitation": self._draw.choice((None, "i-d1", "i-d2")),
        }
        message = RegistrationSubmitted(
            gathering_id=gathering,
            registration_id=name,
            accepted_at=self._now(),
            key=f"{gathering}/{key or name}",
            delegation=delegation,
            parts=tuple(Wish(part=part, mode=mode) for part, mode in asked.items()),
            sealed=SEAL.seal(personal, name),
        )
        self._journal.persons[name].add(email)
        sent = self._send(message, person_key(email))
        self._journal.applied[gathering].append(sent)
        return f"{name} applies for {asked} as {email} of {delegation}"

    def _repeat(self) -> str:
        """The same key and body: the same submission, accepted a second time."""
        if not self._journal.sent:
            return "nothing to repeat"
        sent = self._draw.choice([*self._journal.sent.values()])
        self._append(sent, sent.message.model_copy(update={"accepted_at": self._now()}))
        return f"{sent.id} is sent again"

    def _reuse_key(self) -> str:
        earlier = [one for those in self._journal.applied.values() for one in those]
        if not earlier:
            return "no key to use again"
        return self._apply(self._draw.choice(earlier).id) + ", with another's key"

    def _change(self) -> str:
        if (of := self._somebody("confirmed", "waitlisted", "awaiting-selection")) is None:
            return "nobody to change"
        name = self._name("c")
        part, mode = self._draw.choice(wishes(of.gathering))
        self._send(ChangeSubmitted(**self._of(of, name), id=name, generation=0, parts=(Wish(part=part, mode=mode),)))
        return f"{name}: {of.id} wants {part} {mode}"

    def _substitute(self) -> str:
        if (of := self._somebody("confirmed", "waitlisted", with_delegation=True)) is None:
            return "nobody to stand in for"
        name, email = self._name("u"), f"p{self._draw.randrange(PEOPLE)}@example.org"
        personal = {"attendee": {"name": f"Person {name}", "email": email}}
        self._journal.persons[of.registration_id].add(email)
        message = ChangeSubmitted(**self._of(of, name), id=name, generation=0, sealed=SEAL.seal(personal, name))
        self._send(message, person_key(email))
        return f"{name}: {email} takes over {of.id}"

    def _cancel(self) -> str:
        if (of := self._somebody("confirmed", "waitlisted", "awaiting-selection")) is None:
            return "nobody to cancel"
        name = self._name("x")
        part = self._draw.choice(wishes(of.gathering))[0]
        parts = None if self._draw.random() < 0.6 else (part,)
        self._send(CancellationSubmitted(**self._of(of, name), id=name, generation=0, parts=parts))
        return f"{name}: {of.id} gives up {parts or 'everything'}"

    def _book(self) -> str:
        if (of := self._somebody("confirmed")) is None:
            return "nobody to book"
        holds = self._house.kept["scheduling"].holds.values()
        offered = [one.slot.id for one in holds if one.registration_id == of.registration_id]
        name = self._name("b")
        slot = self._draw.choice(offered) if offered and self._draw.random() < IN_EARNEST else self._slot(of)
        sent = self._send(SlotRequested(**self._of(of, name), booking_id=name, slot_id=slot))
        self._journal.booked[of.gathering].append(sent)
        return f"{name}: {of.id} books {slot}"

    def _move(self) -> str:
        if (of := self._booking()) is None:
            return "nothing to move"
        name, slot = self._name("m"), self._slot(of)
        self._send(MoveRequested(**self._of(of, name), id=name, booking_id=of.id, slot_id=slot))
        return f"{name}: {of.id} to {slot}"

    def _release(self) -> str:
        if (of := self._booking()) is None:
            return "nothing to release"
        name = self._name("l")
        self._send(ReleaseRequested(**self._of(of, name), id=name, booking_id=of.id))
        return f"{name}: {of.id} is given up"

    def _hold(self) -> str:
        if (of := self._somebody("confirmed")) is None:
            return "nobody to hold for"
        name, slot = self._name("h"), self._slot(of)
        self._send(HoldRequested(**self._of(of, name), id=name, slot_id=slot))
        return f"{name}: {of.id} holds {slot}"

    def _wait(self) -> str:
        if (of := self._somebody("confirmed")) is None:
            return "nobody to wait"
        name, desk = self._name("w"), self._slot(of).rpartition("-")[0]
        if desk.startswith("any") or not desk:
            desk = "ann"
        leave = self._draw.random() < 0.2
        self._send(WaitRequested(**self._of(of, name), id=name, desk=desk, leave=leave))
        return f"{name}: {of.id} {'leaves' if leave else 'waits at'} {desk}"

    def _prefer(self) -> str:
        if (of := self._somebody()) is None:
            return "nobody to wish"
        name = self._name("f")
        self._send(PreferenceSubmitted(**self._of(of, name), id=name, working_groups=("one",)))
        return f"{name}: {of.id} wishes"

    def _somebody(self, *statuses: str, with_delegation: bool = False) -> Sent | None:
        """Mostly one who stands so, as far as is decided yet."""
        known = self._journal.applied[self._draw.choice(GATHERINGS)]
        if statuses and self._draw.random() < IN_EARNEST:
            kept = self._house.kept["registration"].registrations
            known = [
                one
                for one in known
                if (found := kept.get(one.id)) is not None
                and any(standing.status in statuses for standing in found.parts)
                and (found.delegation is not None or not with_delegation)
            ] or known
        return self._draw.choice(known[-15:]) if known else None

    def _booking(self) -> Sent | None:
        known = self._journal.booked[self._draw.choice(GATHERINGS)]
        if self._draw.random() < IN_EARNEST:
            kept = self._house.kept["scheduling"].all_bookings
            known = [one for one in known if one.id in kept and kept[one.id].live] or known
        return self._draw.choice(known[-10:]) if known else None

    def _slot(self, of: Sent) -> str:
        return "any" if self._draw.random() < 0.1 else self._draw.choice(slots(of.gathering))

    def _of(self, of: Sent, name: str) -> dict[str, Any]:
        about = {"gathering_id": of.gathering, "registration_id": of.registration_id}
        return about | {"accepted_at": self._now(), "key": f"{of.gathering}/{name}"}

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _now(self) -> Any:
        now = self._house.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _send(self, message: Any, person: str | None = None) -> Sent:
        sent = Sent(
            message.submission_id(),
            type(message).__name__,
            message.gathering_id,
            message.registration_id,
            message,
            "",
            message.accepted_at,
            person,
        )
        self._append(sent, message)
        self._journal.note(sent)
        return sent

    def _append(self, sent: Sent, message: Message) -> None:
        """Sometimes the gateway is told too late that its record is in the log, and appends it again."""
        for _ in range(1 + (self._draw.random() < 0.05)):
            request = self._name("q")
            at = message.accepted_at  # type: ignore[attr-defined]
            wire = encode(message, cause=sent.id, time=at, reply_to=ReplyTo(0, request))
            sent.ce_id = dict(wire.headers)["ce_id"]
            sent.requests.append(request)
            self._house.broker.append([wire])


def every_gathering() -> tuple[str, ...]:
    return tuple(DEFINITIONS)
