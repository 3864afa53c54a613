"""Both seed definitions, read from where they are shipped, and short ways into them."""

from datetime import timedelta
from pathlib import Path

from services.registration.definition import load
from shared.messages.gathering import Definition, Mode, Part, Pool, Session

ROOT = Path(__file__).parents[2]
GATHERINGS = ROOT / "deploy" / "gatherings"
MINUTE = timedelta(minutes=1)


def seed(name: str) -> Definition:
    return load((GATHERINGS / f"{name}.yaml").read_bytes())


WORKSHOP = seed("clusters-twin-transition-2021")
EVENT = seed("clusters-green-digital-2021")


def part(definition: Definition, name: str) -> Part:
    found = definition.part(name)
    assert found is not None
    return found


def pool(definition: Definition, name: str, mode: Mode) -> Pool:
    found = definition.pool(name, mode)
    assert found is not None
    return found


def session(definition: Definition, name: str) -> Session:
    return next(one for one in definition.agenda.sessions if one.session == name)


def about(definition: Definition) -> str:
    """The English description on one line."""
    assert definition.about is not None
    return " ".join(definition.about.in_language("en").split())


def told(one: Session) -> str:
    """What a session is about, in English on one line."""
    assert one.about is not None
    return " ".join(one.about.in_language("en").split())


def linked(definition: Definition, kind: str) -> list[str]:
    return [link.title.in_language("en") for link in definition.links if link.rel == kind]
