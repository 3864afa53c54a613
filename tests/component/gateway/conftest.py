"""A gateway with doubles around it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared import secrets
from shared.clock import Clock
from shared.tokens import ALL_GATHERINGS, Manage, Role, Staff, Tokens
from tests.component.gateway.doubles import FakeProducer, FakeReplies, Owners, owners_for
from tests.support.asgi import lifespan

GATHERING = "spring-forum"
REGISTRATION = "r" * 32


@dataclass
class House:
    """What a test needs at hand."""

    client: httpx.AsyncClient
    producer: FakeProducer
    owners: Owners
    tokens: Tokens
    settings: GatewaySettings

    def staff(self, role: Role, *gatherings: str, scope: str | None = None, hours: int = 1) -> dict[str, str]:
        staff = Staff(role, gatherings or (ALL_GATHERINGS,), f"test-{role}", scope)
        return bearer(self.tokens.staff(staff, Clock().wall(), timedelta(hours=hours)))

    def holder(
        self, registration_id: str = REGISTRATION, gathering_id: str = GATHERING, generation: int = 0
    ) -> dict[str, str]:
        return bearer(self.key(registration_id, gathering_id, generation))

    def key(self, registration_id: str = REGISTRATION, gathering_id: str = GATHERING, generation: int = 0) -> str:
        manage = Manage(registration_id, gathering_id, (("main", "in-person"), ("dinner", "remote")), generation)
        return self.tokens.manage(manage)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def registration_body(**changes: Any) -> dict[str, Any]:
    return {
        "attendee": {"name": "Ilkka Nykänen", "email": "ilkka@example.org", "country": "FI", "language": "en"},
        "parts": [{"part": "main", "mode": "in-person"}],
        "consents": {"privacy": True},
    } | changes


@pytest.fixture(scope="session")
def secrets_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("gateway-secrets")
    secrets.create(directory)
    return directory


@pytest.fixture
async def owners(secrets_directory: Path) -> AsyncIterator[Owners]:
    owners = owners_for(Tokens(secrets_directory))
    app = web.Application(client_max_size=1024**2)
    app.router.add_route("*", "/{path:.*}", owners.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    owners.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    owners.says("GET", f"/internal/gatherings/{GATHERING}", 200, {"version": 1})
    yield owners
    await runner.cleanup()


@pytest.fixture
def settings(secrets_directory: Path, owners: Owners) -> GatewaySettings:
    return GatewaySettings(
        secrets=secrets_directory,
        registration_url=owners.url,
        scheduling_url=owners.url,
        checkin_url=owners.url,
        notifications_url=owners.url,
        limits=False,
    )


@pytest.fixture
async def house(settings: GatewaySettings, owners: Owners) -> AsyncIterator[House]:
    async with house_of(settings, owners) as built:
        yield built


class house_of:  # noqa: N801  used as a function
    """A running gateway, for tests that need their own settings."""

    def __init__(self, settings: GatewaySettings, owners: Owners) -> None:
        self.replies = FakeReplies(settings)
        self.producer = FakeProducer(settings, self.replies)
        self.app = create_app(settings, producer=self.producer, replies=self.replies)
        self.settings, self.owners = settings, owners

    async def __aenter__(self) -> House:
        self._lifespan = lifespan(self.app)
        await self._lifespan.__aenter__()
        transport = httpx.ASGITransport(self.app)
        client = httpx.AsyncClient(transport=transport, base_url="http://gateway")
        self._client = await client.__aenter__()
        return House(self._client, self.producer, self.owners, Tokens(self.settings.secrets), self.settings)

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()
        await self._lifespan.__aexit__(None, None, None)
