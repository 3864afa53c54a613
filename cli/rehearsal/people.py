"""Synthetic people. The same seed makes the same ones; each carries a word that stands nowhere else: the canary."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

CANARY = re.compile(r"zq[a-z0-9]{9}")
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
FIRST_NAMES = (  # noqa: SIM905  a list of words reads better as words
    "Ada Bruno Chiara Dario Elena Felix Greta Hugo Ines Jonas Katja Luca Marta Nils Olga Pavel Quentin Rosa Sami Tove "
    "Uwe Vera Wanda Xavier Ylva Zoé Aïcha Bjørn Čeněk Đorđe Éloïse Françoise Giulia Håkon Ilkka Jürgen"
).split()
COUNTRIES = "FR DE IT ES PL RO NL BE SE FI DK AT CZ PT HU IE SK BG LT SI LV EE HR LU".split()  # noqa: SIM905
LANGUAGES = ("en", "en", "en", "fr")


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    canary: str
    first_name: str
    country: str
    language: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.canary.capitalize()}"

    @property
    def email(self) -> str:
        return f"{self.canary}@example.org"

    @property
    def form(self) -> dict[str, str]:
        """The attendee of a registration request."""
        organisation = f"Cluster {self.canary}"
        return {
            "name": self.name,
            "email": self.email,
            "organisation": organisation,
            "country": self.country,
            "language": self.language,
        }


def people(chance: random.Random) -> Iterator[Person]:
    seen: set[str] = set()
    while True:
        canary = "zq" + "".join(chance.choices(ALPHABET, k=9))
        if canary in seen:
            continue
        seen.add(canary)
        yield Person(canary, chance.choice(FIRST_NAMES), chance.choice(COUNTRIES), chance.choice(LANGUAGES))


def canaries(text: str) -> frozenset[str]:
    """Of whom a text speaks."""
    return frozenset(CANARY.findall(text.casefold()))
