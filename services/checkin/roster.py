"""What a door device takes along when it may lose the network: signed, and a line opens only for who holds its ticket.

A lost tablet gives no list of names away: each line is sealed under a key that only the text of its own ticket yields.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.checkin.domain import Gathering, Ticket
from services.checkin.tickets import Press
from shared.clock import timestamp
from shared.messages.gathering import Door

NONCE_SIZE = 12
LINE_ID_SIZE = 16


@dataclass(frozen=True)
class Person:
    """Whoever may stand at the door; without a name where registration is down."""

    ticket: Ticket
    name: str | None


def roster(
    gathering: Gathering, door: Door, people: Iterable[Person], press: Press, at: datetime
) -> dict[str, str | list[str]]:
    """Return the bundle's text, its signature, and the keys that tickets and bundle are read with."""
    lines: dict[str, str] = {}
    revoked: list[str] = []
    for person in people:
        ticket = person.ticket
        for number in ticket.numbers:
            text = press.print(ticket.gathering_id, number)
            if number == ticket.number() and door.part in ticket.opens():
                lines[line_id(text)] = seal(text, _line(person, door))
            elif number != ticket.number():
                revoked.append(line_id(text))
    bundle = {
        "gathering": gathering.definition.gathering,
        "version": gathering.version,
        "door": door.model_dump(mode="json"),
        "issued_at": timestamp(at),
        "lines": lines,
        "revoked": sorted(revoked),
    }
    text = orjson.dumps(bundle, option=orjson.OPT_SORT_KEYS).decode()
    return {"roster": text, "signature": press.sign(text.encode()), "keys": list(press.public_keys)}


def _line(person: Person, door: Door) -> dict[str, Any]:
    admitted = person.ticket.admitted.get(door.door)
    return {
        "registration_id": person.ticket.registration_id,
        "name": person.name,
        "delegation": person.ticket.delegation,
        "admitted_at": None if admitted is None else timestamp(admitted),
    }


def line_id(ticket: str) -> str:
    """Where a device looks after a scan."""
    return hashlib.sha256(b"foyer line\x00" + ticket.encode()).digest()[:LINE_ID_SIZE].hex()


def seal(ticket: str, line: Mapping[str, Any]) -> str:
    nonce = secrets.token_bytes(NONCE_SIZE)
    return base64.b64encode(nonce + AESGCM(_key(ticket)).encrypt(nonce, orjson.dumps(line), None)).decode()


def unseal(ticket: str, sealed: str) -> dict[str, Any]:
    """Open a line as a device does."""
    raw = base64.b64decode(sealed)
    line: dict[str, Any] = orjson.loads(AESGCM(_key(ticket)).decrypt(raw[:NONCE_SIZE], raw[NONCE_SIZE:], None))
    return line


def _key(ticket: str) -> bytes:
    return hashlib.sha256(b"foyer line key\x00" + ticket.encode()).digest()
