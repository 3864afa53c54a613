"""Health certificates for synthetic people, honest and otherwise, with what each of them really is."""

import functools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cli.rehearsal import dcc
from cli.rehearsal.dcc import Issuer, Shape
from cli.rehearsal.journal import Proof

Presented = Mapping[str, Any]


@dataclass(frozen=True)
class Pass:
    """What is held out at a door, and what it really is."""

    presented: Presented
    proof: Proof | None = None
    attested: str | None = None


@dataclass(frozen=True)
class Passes:
    """One issuer on the trust list, and one that is not."""

    trusted: Issuer
    stranger: Issuer
    chance: random.Random

    @classmethod
    def make(cls, chance: random.Random) -> "Passes":
        return cls(Issuer.make(), Issuer.make(), chance)

    @property
    def trust_list(self) -> dict[str, Any]:
        return dcc.trust_list(self.trusted)

    def good(self, now: datetime) -> Pass:
        """One of the proofs that the announcement names."""
        makers = (self._vaccinated, self._vaccinated, self._recovered, self._tested)
        return self.chance.choice(makers)(now)

    def fresh_test(self, now: datetime) -> Pass:
        return self.tested(now - timedelta(hours=2))

    def bad(self, now: datetime) -> list[Pass]:
        """One of each kind that must not open a door."""
        today = now.date()
        return [
            self.tested(now - timedelta(hours=72, seconds=1)),
            self.tested(now - timedelta(days=5)),
            self.tested(now + timedelta(hours=3)),
            self.tested(now - timedelta(hours=5), negative=False),
            self.tested(now - timedelta(hours=5), by=self.stranger),
            self.vaccinated(today - timedelta(days=3)),
            self.vaccinated(today - timedelta(days=90), dose=1),
            self.vaccinated(today - timedelta(days=20), product="EU/1/20/1525", dose=1, series=1),
            self.vaccinated(today - timedelta(days=90), product="EU/1/21/9999"),
            self.vaccinated(today - timedelta(days=90), by=self.stranger),
            self.vaccinated(today - timedelta(days=90), expires_at=now - timedelta(days=1)),
            self.recovered(today - timedelta(days=5)),
            self.recovered(today - timedelta(days=200)),
            self.recovered(today - timedelta(days=60), by=self.stranger),
            self._altered(today - timedelta(days=90)),
            Pass({"health": {"hc1": "HC1:6BF NOT A CERTIFICATE"}}, Proof("test", now, is_genuine=False)),
            Pass({}),
        ]

    def on_the_edge(self, now: datetime) -> list[Pass]:
        """72 hours old in a moment, and a booster of today: both still count."""
        almost = self.tested(now - timedelta(hours=72) + timedelta(seconds=20))
        return [almost, self.vaccinated(now.date(), dose=3, series=2)]

    def on_paper(self) -> Pass:
        """Staff saw it themselves."""
        return Pass({"health": {"attested": "recovery"}}, attested="recovery")

    def tested(self, sampled_at: datetime, *, negative: bool = True, by: Issuer | None = None) -> Pass:
        sampled_at = sampled_at.replace(microsecond=0)
        proof = Proof("test", sampled_at, is_genuine=by is not self.stranger, is_negative=negative)
        return self._certified(dcc.sample(sampled_at, negative=negative), proof, by)

    def vaccinated(
        self,
        day: date,
        *,
        dose: int = 2,
        series: int = 2,
        product: str = "EU/1/20/1528",
        by: Issuer | None = None,
        expires_at: datetime | None = None,
    ) -> Pass:
        genuine = by is not self.stranger
        proof = Proof("vaccination", day, genuine, product=product, dose=dose, series=series, expires_at=expires_at)
        return self._certified(dcc.vaccination(day, dose, series, product), proof, by)

    def recovered(self, first_positive: date, *, by: Issuer | None = None) -> Pass:
        proof = Proof("recovery", first_positive, is_genuine=by is not self.stranger)
        return self._certified(dcc.recovery(first_positive), proof, by)

    def _vaccinated(self, now: datetime) -> Pass:
        return self.vaccinated(now.date() - timedelta(days=self.chance.randrange(30, 300)))

    def _recovered(self, now: datetime) -> Pass:
        return self.recovered(now.date() - timedelta(days=self.chance.randrange(15, 175)))

    def _tested(self, now: datetime) -> Pass:
        return self.tested(now - timedelta(hours=self.chance.randrange(3, 70)))

    def _altered(self, day: date) -> Pass:
        swap: Callable[[bytes], bytes] = functools.partial(_swap, b"840539006", b"840539007")
        text = self.trusted.certify(dcc.vaccination(day), shape=Shape(tamper=swap))
        return Pass({"health": {"hc1": text}}, Proof("vaccination", day, is_genuine=False))

    def _certified(self, health: Mapping[str, Any], proof: Proof, by: Issuer | None) -> Pass:
        text = (by or self.trusted).certify(health, expires_at=proof.expires_at)
        return Pass({"health": {"hc1": text}}, proof)


def _swap(old: bytes, new: bytes, payload: bytes) -> bytes:
    return payload.replace(old, new)
