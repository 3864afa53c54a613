"""Which language a reader gets, and the pages' own words in it."""

import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from starlette.requests import Request

from shared.messages.gathering import Definition

LANGUAGES = ("en", "fr")
BEFORE_A_MARK = re.compile(" (?=[:;!?»])")  # French sets a space there, at which no line may end
UNNAMED = {"Delegation"}  # what a definition's label reads where the organiser gave none
_WORDS = Path(__file__).parent / "words"


@cache
def words(language: str) -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((_WORDS / f"{language}.toml").read_text())
    return {key: BEFORE_A_MARK.sub("\N{NO-BREAK SPACE}", words) for key, words in found.items()}


def language_of(request: Request) -> str:
    """`?lang=` wins, then what the browser prefers, then English."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    accepted = sorted(_accepted(request.headers.get("accept-language", "")), reverse=True)
    return next((language for _, language in accepted if language in LANGUAGES), "en")


def _accepted(header: str) -> list[tuple[float, str]]:
    found = []
    for position, one in enumerate(header.split(",")[:20]):
        tag, _, parameters = one.strip().partition(";")
        quality = parameters.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        found.append((weight - position / 1000, tag.partition("-")[0].lower()))
    return found


class Words:
    """The words of one language, filled in as a template asks: `say("places", free=3, capacity=20)`.

    `{delegation}` is filled in by itself, with what the organiser of the gathering calls one.
    """

    def __init__(self, language: str, gathering: Definition | None = None) -> None:
        self.language = language
        self._words = words(language)
        delegations = None if gathering is None else gathering.delegations
        is_named = delegations is not None and set(delegations.label.root.values()) != UNNAMED
        label = delegations.label.in_language(language) if delegations is not None and is_named else None
        self._known = {"delegation": label or self._words["a_delegation"]}

    def __call__(self, key: str, **values: Any) -> str:
        return Formatter().vformat(self._words[key], (), self._known | values)

    def or_else(self, key: str, otherwise: str) -> str:
        """For what a service may say that this page does not know yet."""
        found = self._words.get(key)
        return otherwise if found is None else found.replace("{delegation}", self._known["delegation"])
