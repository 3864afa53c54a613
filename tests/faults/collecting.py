"""After the faults: wait until all is quiet, tell everything again, and gather what the checker looks at."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from pymongo import AsyncMongoClient

from cli.rehearsal.collect import _export, _free_slots, _get, _occupancy
from cli.rehearsal.evidence import Evidence
from cli.rehearsal.journal import Journal
from cli.rehearsal.stage import Stage
from tests.faults import topics
from tests.faults.checker.case import Case, Copy, Erased, Recovery, Replay
from tests.faults.house import OWNERS, FaultHouse
from tests.faults.nemesis import Nemesis
from tests.faults.published import document, hears

SETTLES_WITHIN = 240.0  # whatever L1 says of it: the other promises are judged when all is said
STEADY = 2.0
LOOK_EVERY = 0.5
ONE_FACT = 1000


@dataclass
class Collector:
    house: FaultHouse
    stage: Stage
    journal: Journal
    nemesis: Nemesis

    async def settled(self) -> Recovery:
        """Until nothing is said any more, nobody has anything left to read, and no mail waits."""
        began = changed = time.monotonic()
        before: Any = None
        lags: Mapping[tuple[str, str, int], int] = {}
        while time.monotonic() - began < SETTLES_WITHIN:
            lags = await topics.lag(self.house.kafka)
            now = (await topics.ends(self.house.kafka), topics.waiting(lags))
            if now != before or now[1]:
                before, changed = now, time.monotonic()
            elif time.monotonic() - changed > STEADY:
                if await self._queued():  # asked last: it reads all exports
                    changed = time.monotonic()
                elif set((await self._ready()).values()) == {200}:
                    return Recovery(changed - began, lags, await self._ready())
            await asyncio.sleep(LOOK_EVERY)
        return Recovery(None, lags, await self._ready())

    async def _queued(self) -> int:
        exports = [await _export(self.stage, one) for one in self.stage.briefs]
        return sum(line.get("status") == "queued" for lines in exports for line in lines)

    async def _ready(self) -> dict[str, int]:
        found = {}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            for name, url in self.house.urls().items():
                try:
                    async with session.get(f"{url}/readyz") as answer:
                        found[name] = answer.status
                except (aiohttp.ClientError, TimeoutError):
                    found[name] = 0
        return found

    async def replay(self, id_: str, chance: random.Random) -> Replay:
        copies = topics.good(await topics.dump(self.house.kafka), self._poisoned)
        before, mails = await self._digest(), len(self.house.sink.deliveries)
        known = {(one.topic, one.id) for one in copies}
        if id_ == "r1":
            await self.house.rewind(await topics.ends(self.house.kafka))
        else:
            again = _again(id_, copies, chance)
            await topics.tell_again(self.house.kafka, again)
        await self.settled()
        after = topics.good(await topics.dump(self.house.kafka), self._poisoned)
        new = {(one.topic, one.id) for one in after} - known
        told = len(copies) if id_ == "r1" else len(again)
        return Replay(id_, before, await self._digest(), len(new), len(self.house.sink.deliveries) - mails, told)

    async def _digest(self) -> str:
        """Of all that is exported, in one order."""
        found = hashlib.sha256()
        for gathering in self.stage.briefs:
            lines = [json.dumps(line, sort_keys=True) for line in await _export(self.stage, gathering)]
            found.update("\n".join(sorted(lines)).encode())
        return found.hexdigest()[:16]

    @property
    def _poisoned(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(one.place for one in self.nemesis.poison)

    async def case(self, recovery: Recovery, replays: Sequence[Replay]) -> Case:
        copies = await topics.dump(self.house.kafka)
        crowd = self.nemesis.crowd
        return Case(
            evidence=await self._evidence(copies),
            copies=copies,
            availability={
                one: (await _get(self.stage, f"/v1/gatherings/{one}"))["availability"] for one in self.stage.briefs
            },
            faults=self.nemesis.book,
            untested=self.nemesis.untested,
            deliveries=self.house.sink.deliveries,
            poison=self.nemesis.poison,
            hears=hears(),
            document=document(),
            recovery=recovery,
            replays=replays,
            erased=[Erased(who, one.person.email, one.person.canary, at) for who, (one, at) in crowd.erased.items()],
            shelves=await self._shelves(),
            certificates=frozenset(crowd.certificates),
            uploaded=crowd.uploaded,
            unresolved=crowd.unresolved,
            crashes=crowd.crashes,
        )

    async def _evidence(self, copies: Sequence[Copy]) -> Evidence:
        gatherings = list(self.stage.briefs)
        occupancy = [await _occupancy(self.stage, one) for one in gatherings]
        return Evidence(
            briefs=self.stage.briefs,
            journal=tuple(self.journal.exchanges),
            records=topics.records(copies, self._poisoned),
            mails=tuple(self.stage.mailbox.look()),
            exports={one: await _export(self.stage, one) for one in gatherings},
            obligations={
                one: (await _get(self.stage, f"/v1/gatherings/{one}/obligations"))["obligations"] for one in gatherings
            },
            occupancy={place: count for found in occupancy for place, count in found.items()},
            free_slots={one: await _free_slots(self.stage, one) for one in gatherings},
        )

    async def _shelves(self) -> dict[str, bytes]:
        """Everywhere somebody's data could lie."""
        found = {f"log {file.name}": file.read_bytes() for file in self.house.logs()}
        for gathering in self.stage.briefs:
            path = f"/v1/gatherings/{gathering}/export?personal=true"
            exported = await self.stage.client.ask("GET", path, token=self.stage.tokens["organiser"])
            found[f"export {gathering}"] = json.dumps(exported.answer).encode()
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            "127.0.0.1", self.house.mongod_port, directConnection=True
        )
        async with client:
            for name in OWNERS:
                database = client[name]
                for collection in await database.list_collection_names():
                    documents = [repr(one) async for one in database[collection].find()]
                    found[f"database {name} {collection}"] = "\n".join(documents).encode()
        return found


def _again(id_: str, copies: Sequence[Copy], chance: random.Random) -> list[Copy]:
    """r2: everything three times, in order, shuffled and reversed; r3: one fact a thousand times."""
    if id_ == "r3":
        return [chance.choice([one for one in copies if one.is_fact])] * ONE_FACT
    shuffled = chance.sample(list(copies), len(copies))
    return [*copies, *shuffled, *reversed(copies)]
