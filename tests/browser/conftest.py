"""A gateway on a real port, with doubles behind it, and a Chromium in front."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, async_playwright

from services.gateway.settings import GatewaySettings
from shared.clock import Clock
from shared.messages.gathering import Definition
from shared.tokens import Manage, Tokens
from tests.component.gateway.conftest import GATHERING, REGISTRATION, house_of, owners, secrets_directory, settings
from tests.component.gateway.doubles import FakeProducer, Owners

__all__ = ["owners", "secrets_directory", "settings"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SLOT = {"slot_id": "ada-1", "starts_at": "2099-03-28T11:00:00.000Z", "ends_at": "2099-03-28T11:10:00.000Z"}
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h3v3H1zM5 5h3v3H5z"/></svg>'
DEFINITION: dict[str, Any] = {
    "gathering": GATHERING,
    "title": {"en": "Spring forum", "fr": "Forum de printemps"},
    "about": "Come **all**.",
    "timezone": "Europe/Paris",
    "languages": ["en", "fr"],
    "organisers": ["A Region"],
    "consents": [{"id": "privacy", "text": "I agree", "required": True}],
    "parts": [
        {
            "part": "main",
            "title": {"en": "Main part"},
            "starts": "2099-03-28T09:00",
            "ends": "2099-03-28T17:00",
            "modes": {"in-person": {"capacity": 20, "invitation": "required"}, "remote": {}},
        }
    ],
    "helpdesk": {
        "desks": [
            {
                "desk": "ada",
                "expert": "Ada Expert",
                "opens": "2099-03-28T12:00",
                "closes": "2099-03-28T12:30",
                "slot_minutes": 10,
            }
        ]
    },
}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: install the package `chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest.fixture
def building(settings: GatewaySettings, owners: Owners) -> house_of:
    published(owners)
    return house_of(settings, owners)


@pytest.fixture
def producer(building: house_of) -> FakeProducer:
    return building.producer


@pytest.fixture
async def site(building: house_of) -> AsyncIterator[str]:
    """The address of a gateway whose owners know one gathering and one registration."""
    building.producer.decide = lambda got: (201, resource(got.subject.removeprefix("submissions/")))
    config = uvicorn.Config(building.app, port=0, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)  # uvicorn has no event for it
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="en-GB")
    yield context
    await context.close()


@pytest.fixture
def key(settings: GatewaySettings) -> str:
    return Tokens(settings.secrets).manage(Manage(REGISTRATION, GATHERING, (("main", "in-person"),)))


@pytest.fixture
def desk_key(settings: GatewaySettings) -> str:
    return Tokens(settings.secrets).desk(GATHERING, "ada", Clock().wall(), timedelta(hours=1))


def resource(registration_id: str, status: str = "confirmed") -> dict[str, Any]:
    part = {"part": "main", "mode": "remote", "status": status, "reason": None}
    return {"id": registration_id, "gathering": GATHERING, "accepted_at": None, "version": 1, "parts": [part]}


def published(owners: Owners) -> None:
    definition = Definition.model_validate(DEFINITION).public().model_dump(mode="json", by_alias=True)
    own = f"/v1/registrations/{REGISTRATION}"
    owners.says("GET", f"/v1/gatherings/{GATHERING}", 200, definition | {"version": 1, "availability": []})
    desk = {"desk": "ada", "expert": "Ada Expert", "slots": [SLOT | {"free": True}]}
    owners.says("GET", f"/v1/gatherings/{GATHERING}/desks", 200, {"desks": [desk], "timezone": "Europe/Paris"})
    owners.says("GET", own, 200, resource(REGISTRATION))
    times = {"starts_at": SLOT["starts_at"], "ends_at": SLOT["ends_at"]}
    booking = {"id": "b" * 32, "slot_id": "ada-0", "desk": "ada", "expert": "Ada Expert", "status": "booked", **times}
    session = {"session": "opening", "part": "main", "title": {"en": "Opening"}, "room": "great-hall"} | {
        "starts_at": "2099-03-28T08:00:00.000Z",
        "ends_at": "2099-03-28T09:00:00.000Z",
        "speakers": [{"name": "Ada"}],
    }
    diary = {"timezone": "Europe/Paris", "held": [], "waiting": [], "feed": "https://foyer.example/v1/feeds/x.ics"}
    told = {"topic": "How to fund a cluster", "table": "4", "join": "/v1/join/a.b.c"}
    owners.says("GET", f"{own}/diary", 200, diary | {"bookings": [booking | told], "sessions": [session]})
    owners.says("GET", f"{own}/ticket", 200, {"ticket": "TICKET", "doors": []})
    owners.answers["GET", f"{own}/ticket.svg"] = web.Response(body=PICTURE, content_type="image/svg+xml")
    question = {"id": "q" * 32, "text": "Who pays?", "votes": 3, "status": "open", "asked_at": SLOT["starts_at"]}
    guest = {"registration_id": REGISTRATION, "name": "Bob", "organisation": "Works", "topic": "Why?", **booking}
    day = {"desk": "ada", "expert": "Ada Expert", "bookings": [guest], "blocks": [], "feed": diary["feed"]}
    owners.says("GET", f"/v1/gatherings/{GATHERING}/desks/ada/bookings", 200, day)
    asked = {"session": "opening", "questions": [question]}
    owners.says("GET", f"/v1/gatherings/{GATHERING}/sessions/opening/questions", 200, asked)
