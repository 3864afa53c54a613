"""What happens in every rush: people press twice, come under two spellings, and programs send nonsense."""

from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any

from cli.rehearsal.people import Person
from cli.rehearsal.stage import Guest, Stage, Wish

JUST_BEFORE = timedelta(seconds=4)
AT_ONCE = 50  # identical requests of one person, each under a key of its own
NONSENSE: tuple[Any, ...] = (
    {},
    [],
    {"attendee": {"name": "No Address"}, "parts": []},
    {"attendee": {"name": "A", "email": "not an address"}, "parts": [{"part": "x", "mode": "remote"}]},
    {"attendee": {"name": "\u202e", "email": "a@example.org"}, "parts": [{"part": "x", "mode": "remote"}]},
    {"attendee": {"name": "A", "email": "a@example.org"}, "parts": [{"part": "x", "mode": "remote"}], "admin": True},
    {"attendee": {"name": "A" * 300_000, "email": "a@example.org"}, "parts": [{"part": "x", "mode": "remote"}]},
)


def duplicates(stage: Stage, gathering: str, wish: Wish) -> Iterator[Coroutine[Any, Any, Any]]:
    eager = next(stage.crowd)
    yield from (stage.register(stage.guest(gathering, [wish], person=eager)) for _ in range(stage.some(AT_ONCE, 10)))
    for _ in range(stage.some(10)):
        yield _two_spellings(stage, gathering, wish)
    for _ in range(stage.some(10)):
        yield _pressed_often(stage, stage.guest(gathering, [wish]))
    for _ in range(stage.some(8)):
        yield _same_key_other_body(stage, gathering, wish)
    yield from (nonsense(stage, gathering, body) for body in NONSENSE)


async def _two_spellings(stage: Stage, gathering: str, wish: Wish) -> None:
    """One mailbox, written in another way, is one person."""
    person = next(stage.crowd)
    local, _, domain = person.email.partition("@")
    other = person.form | {"email": f"{local.upper()}+work@{domain.upper()}"}
    await stage.together(
        [
            stage.register(stage.guest(gathering, [wish], person=person)),
            stage.register(stage.guest(gathering, [wish], person=person, attendee=other)),
        ]
    )


async def _pressed_often(stage: Stage, guest: Guest) -> None:
    """The same form, sent again before the first answer came, and once more after it."""
    await stage.together(stage.register(guest) for _ in range(5))
    await stage.register(guest)


async def _same_key_other_body(stage: Stage, gathering: str, wish: Wish) -> None:
    """Somebody who guesses a key learns nothing by it."""
    guest = stage.guest(gathering, [wish])
    await stage.register(guest)
    stranger: Person = next(stage.crowd)
    await stage.client.ask(
        "POST",
        f"/v1/gatherings/{gathering}/registrations",
        guest.request | {"attendee": stranger.form},
        key=guest.key,
    )


async def nonsense(stage: Stage, gathering: str, body: Any) -> None:
    await stage.client.ask("POST", f"/v1/gatherings/{gathering}/registrations", body, key=stage.client.fresh_id())
