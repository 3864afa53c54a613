"""People with a registration, a slot to book and a ticket: those who book and pass the door while it is measured."""

import json
import math
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.checkin.tickets import numbering, press_from
from shared.messages.checkin import TicketIssued
from shared.tokens import Manage, Tokens
from tests.bench.drive import Load, drive
from tests.bench.gatherings import DOOR, GUESTS, PART, slots, with_desks
from tests.bench.house import BenchHouse

SCANS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:foyer:bench:scans")
AT_ONCE = 64
WITHIN_MS = 10_000  # the next ticket is there


class NoTicketError(Exception):
    """Not everybody who registered was given a ticket."""


@dataclass(frozen=True)
class Guest:
    gathering: str
    registration: str


def registering(
    where: str, run: str, *, prefer: str, good: str, mode: str = "remote", gatherings: int = 1, people: int = 0
) -> Load:
    """Ever new people; in `where`, `{n}` stands for each of the gatherings in turn."""
    settings = {
        "BENCH_RUN": run,
        "BENCH_PATH": "/" + where.partition("//")[2].partition("/")[2],
        "BENCH_GATHERINGS": str(gatherings),
        "BENCH_PEOPLE": str(people),
        "BENCH_PREFER": prefer,
        "BENCH_PART": PART,
        "BENCH_MODE": mode,
        "BENCH_GOOD": good,
    }
    return Load("register", where.partition("{")[0], settings)


class Guests:
    """Invites as many as are asked for, and writes down what they will send. Nobody comes twice."""

    def __init__(self, house: BenchHouse, issued: AIOKafkaConsumer) -> None:
        self._house = house
        self._issued = issued
        self._tokens = Tokens(house.state.secrets)
        self._press = press_from(house.state.secrets)
        self._number = numbering(self._tokens)
        self._parties = 0

    async def invite(self, people: int) -> tuple[Load, Load]:
        """What they send to book, and what is sent when their tickets are scanned."""
        self._parties += 1
        asked = people + AT_ONCE  # who is on the way as wrk ends may never arrive
        party, rooms = f"party-{self._parties}", math.ceil(asked / GUESTS)
        await self._house.publish(with_desks(f"{party}-{number}") for number in range(rooms))
        where = f"{self._house.url}/v1/gatherings/{party}-{{n}}/registrations"
        coming = registering(
            where, party, prefer="respond-async", good="202", mode="in-person", gatherings=rooms, people=asked
        )
        await drive(coming, AT_ONCE)
        await self._house.idle.wait()
        guests = await self._with_tickets(party, people)
        booking = {"BENCH_FILE": self._write(f"{party}-books", self._bookings(guests)), "BENCH_GOOD": "201"}
        scanning = {"BENCH_FILE": self._write(f"{party}-enters", self._scans(guests)), "BENCH_GOOD": "200"}
        return (
            Load("prepared", self._house.url, booking),
            Load("prepared", self._house.url, scanning | {"BENCH_TEXT": '"admitted"'}),
        )

    async def _with_tickets(self, party: str, people: int) -> list[Guest]:
        found: set[Guest] = set()
        while len(found) < people:
            batches = await self._issued.getmany(timeout_ms=WITHIN_MS)
            if not batches:
                raise NoTicketError(f"{len(found)} tickets for {people} people")
            for one in (record for records in batches.values() for record in records):
                ticket = TicketIssued.from_json(one.value)
                if ticket.gathering_id.startswith(f"{party}-"):
                    found.add(Guest(ticket.gathering_id, ticket.registration_id))
        return sorted(found, key=lambda guest: (guest.gathering, guest.registration))

    def _bookings(self, guests: Iterable[Guest]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Everybody has a slot of their own: desks are full in the end, and nobody is refused."""
        for gathering, here in groupby(guests, key=lambda guest: guest.gathering):
            for guest, slot in zip(here, slots(), strict=False):
                key = self._tokens.manage(Manage(guest.registration, gathering, ((PART, "in-person"),)))
                body = {"slot_id": slot, "registration_id": guest.registration, "topic": "A question"}
                yield f"/v1/gatherings/{gathering}/bookings", key, f"bench-books-{guest.registration}", body

    def _scans(self, guests: Iterable[Guest]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """First admissions, each of another ticket."""
        door = self._house.tokens["door"]
        for guest in guests:
            body = {
                "door": DOOR,
                "scan_id": str(uuid.uuid5(SCANS, guest.registration)),
                "ticket": self._press.print(guest.gathering, self._number(guest.registration, 0)),
                "device": "gate",
                "presented": {"id-document": True},
            }
            yield f"/v1/gatherings/{guest.gathering}/check-ins", door, f"bench-scan-{guest.registration}", body

    def _write(self, name: str, requests: Iterable[tuple[str, str, str, dict[str, Any]]]) -> str:
        file = self._house.state.root / f"{name}.tsv"
        lines = ("\t".join((path, token, key, json.dumps(body))) for path, token, key, body in requests)
        file.write_text("".join(f"{line}\n" for line in lines))
        return str(file)


@asynccontextmanager
async def inviting(house: BenchHouse) -> AsyncIterator[Guests]:
    issued = AIOKafkaConsumer(
        TicketIssued.topic, bootstrap_servers=house.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await issued.start()
    try:
        yield Guests(house, issued)
    finally:
        await issued.stop()
