"""Laying a letter out: one HTML page with its styles inlined, and the same in plain text."""

import re
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Final

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.mails.letter import Card, Letter
from services.notifications.mails.voice import TEMPLATES, Voice

WIDTH: Final = 72
PICTURE: Final = "ticket"  # Content-ID of the picture in a page


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    # the style element stays: what it says about dark screens cannot be inlined
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def html(letter: Letter) -> str:
    page = _environment().get_template("letter.html").render(letter=letter, picture=PICTURE)
    inlined: str = _inliner().inline(page)
    return inlined


def text(letter: Letter) -> str:
    return "\n".join(_lines(letter)).strip() + "\n"


def _lines(letter: Letter) -> Iterator[str]:
    yield from (letter.kicker.upper(), "", letter.headline, "=" * min(len(letter.headline), WIDTH), "")
    yield from (letter.greeting, "")
    for paragraph in letter.paragraphs:
        yield from (_wrapped(paragraph), "")
    for card in letter.cards:
        yield from _card_lines(card, Voice(letter.language))
        yield ""
    if letter.button is not None:
        label = Voice(letter.language).say("common", "row", label=letter.button.label, value="").rstrip()
        yield from (label, letter.button.href, "")
    if letter.steps:
        yield from (letter.steps_title, "-" * len(letter.steps_title))
        yield from (_wrapped(step, first="* ") for step in letter.steps)
        yield ""
    if letter.warning is not None:
        yield from (_wrapped(letter.warning), "")
    yield "-- "  # what follows is a signature: many programs fold it
    yield from (_wrapped(line) for line in letter.footer)


def _card_lines(card: Card, voice: Voice) -> Iterator[str]:
    yield _wrapped(card.title if card.badge is None else f"{card.title} [{card.badge}]", first="# ")
    if card.note is not None:
        yield _wrapped(card.note, first="  ")
    for row in card.rows:
        yield _wrapped(
            voice.say("common", "row", label=row.label, value=row.href or row.value), first="  ", rest="    "
        )
        if row.beside is not None:
            yield _wrapped(row.beside, first="    ")


def _wrapped(words: str, *, first: str = "", rest: str | None = None) -> str:
    """Wrapped line by line as written; an address is never broken."""
    below = " " * len(first) if rest is None else rest
    return "\n".join(
        textwrap.fill(
            re.sub(r"[ \t]+", " ", line),
            WIDTH,
            initial_indent=first if number == 0 else below,
            subsequent_indent=below,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(words.splitlines())
    )
