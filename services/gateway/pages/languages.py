"""Which language a reader gets, and the pages' own words in it."""

import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from starlette.requests import Request

LANGUAGES = ("en", "fr")
BEFORE_A_MARK = re.compile(" (?=[:;!?»])")  # French sets a space there, at which no line may end
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
    """The words of one language, filled in as a template asks: `say("places", free=3, capacity=20)`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = words(language)

    def __call__(self, key: str, **values: Any) -> str:
        return Formatter().vformat(self._words[key], (), values)

    def or_else(self, key: str, otherwise: str) -> str:
        """For what a service may say that this page does not know yet."""
        return self._words.get(key, otherwise)
