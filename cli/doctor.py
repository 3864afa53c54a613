"""The doctor: asks everything that Foyer needs how it is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from cli import topics
from cli.installation import Installation
from cli.talk import Row
from shared.clock import timestamp
from shared.messages import topics as wanted_topics
from shared.mongo import Mongo

SERVICES = ("gateway", "registration", "scheduling", "notifications", "checkin")
Examination = Callable[[Installation], Awaitable[str]]


@dataclass(frozen=True)
class Finding:
    """What one examination found."""

    what: str
    well: bool
    words: str

    def row(self) -> Row:
        return {"": "ok" if self.well else "ILL", "what": self.what, "finding": self.words}


class Ill(Exception):
    """It answers, but not as it should."""


async def examine(installation: Installation) -> list[Finding]:
    examinations: dict[str, Examination] = {
        "secrets": _secrets,
        "clock": _clock,
        "broker and topics": _broker,
        "database": _database,
        "mail server": _mail,
        **{name: _service(name) for name in SERVICES},
    }
    return list(await asyncio.gather(*(_find(what, look, installation) for what, look in examinations.items())))


async def _find(what: str, look: Examination, installation: Installation) -> Finding:
    try:
        async with asyncio.timeout(15):
            return Finding(what, well=True, words=await look(installation))
    except TimeoutError:
        return Finding(what, well=False, words="does not answer")
    except (Exception, SystemExit) as error:  # whatever it is, it is the finding  # noqa: BLE001
        return Finding(what, well=False, words=f"{error}" or type(error).__name__)


async def _secrets(installation: Installation) -> str:
    directory = installation.settings.secrets
    if not directory.is_dir():
        raise Ill(f"{directory} is not there: run `foyer init`")
    open_ones = [file.name for file in directory.iterdir() if file.stat().st_mode & 0o077]
    if open_ones:
        raise Ill(f"others can read {', '.join(open_ones)}: chmod 600")
    return str(directory)


async def _clock(installation: Installation) -> str:
    now, wall = installation.clock.now(), installation.clock.wall()
    return timestamp(now) + ("" if abs((now - wall).total_seconds()) < 1 else ", moved for a rehearsal")


async def _broker(installation: Installation) -> str:
    async with installation.admin() as admin:
        todo = await topics.plan(admin, wanted_topics(), installation.settings.partitions)
    if todo:
        raise Ill("the topics are not as the messages ask: run `foyer topics plan`")
    return installation.settings.kafka


async def _database(installation: Installation) -> str:
    mongo = Mongo(installation.settings.mongo, "admin")
    try:
        await mongo.ping()
    finally:
        mongo.close()
    return "answers"


async def _mail(installation: Installation) -> str:
    host, _, port = installation.settings.smtp.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    banner = (await reader.readline()).decode(errors="replace").strip()
    writer.close()
    if not banner.startswith("220"):
        raise Ill(f"it says {banner!r}")
    return installation.settings.smtp


def _service(name: str) -> Examination:
    async def ready(installation: Installation) -> str:
        """In its own words, where it has any."""
        url: str = getattr(installation.settings, f"{name}_url")
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as answer:
                said = await answer.json()
        except aiohttp.ClientConnectorError:
            raise Ill(f"nobody listens at {url}: start it, or see its log for why it ended") from None
        if said["wrong"]:
            raise Ill("; ".join(said["wrong"]))
        return url

    return ready
