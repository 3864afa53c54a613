"""The sentences of a mail, one catalogue per language; a language without one speaks the first."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "fr")
TEMPLATES: Final = Path(__file__).parent.parent / "templates"

Catalogue = dict[str, dict[str, str | list[str]]]


@cache
def catalogue(language: str) -> Catalogue:
    loaded: dict[str, Any] = tomllib.loads((TEMPLATES / f"{language}.toml").read_text(encoding="utf-8"))
    return loaded


class Voice:
    """Says what a section of the catalogue holds, with its blanks filled in."""

    def __init__(self, language: str) -> None:
        wanted = language.partition("-")[0]
        self.language = wanted if wanted in LANGUAGES else LANGUAGES[0]
        self._catalogue = catalogue(self.language)

    def say(self, section: str, key: str, **blanks: object) -> str:
        phrase = self._catalogue[section][key]
        if not isinstance(phrase, str):
            raise TypeError(f"{section}.{key} is a list of paragraphs")
        return phrase.format(**blanks)

    def paragraphs(self, section: str, key: str, **blanks: object) -> tuple[str, ...]:
        return tuple(phrase.format(**blanks) for phrase in self._catalogue[section].get(key, ()))

    def knows(self, section: str, key: str) -> bool:
        return key in self._catalogue[section]

    def one_of(self, section: str, key: str, **blanks: object) -> str:
        """The sentence for `key`, or what the section says for everything else."""
        return self.say(section, key if self.knows(section, key) else "other", **blanks)
