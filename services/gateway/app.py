"""The gateway put together: whatever it is made of is passed in here by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.gateway.api import openapi, reference
from services.gateway.api.asking import Asking
from services.gateway.api.bookings import Bookings
from services.gateway.api.callers import Callers
from services.gateway.api.export import Export
from services.gateway.api.forwarding import Forwarding
from services.gateway.api.holding import Holders, Holding
from services.gateway.api.live import Live
from services.gateway.api.mounting import Call, Shortcut, mount
from services.gateway.api.partnering import Partnering
from services.gateway.api.registering import Registering
from services.gateway.api.routes import ROUTES
from services.gateway.clients.gatherings import Gatherings
from services.gateway.clients.owners import Owners
from services.gateway.clients.replies import Replies
from services.gateway.edge import Guarded, Limited
from services.gateway.intake import Intake
from services.gateway.pages import Site
from services.gateway.receipts import Receipts
from services.gateway.settings import GatewaySettings
from shared import health, http
from shared.access import Access
from shared.health import Probe
from shared.kafka import Producer
from shared.tokens import Tokens

VERSION = "0.1.0"
STATIC = Path(__file__).parent / "static"
HOTTEST = {
    ("POST", "/v1/gatherings/{g}/registrations"),
    ("POST", "/v1/gatherings/{g}/bookings"),
    ("POST", "/v1/gatherings/{g}/check-ins"),
}
EXPOSED = ("Location", "ETag", "Retry-After", "Preference-Applied", "Idempotency-Key", "X-Request-Id")


class Gateway:
    """All parts of one process; `producer` and `replies` are given by tests that have no broker."""

    def __init__(self, settings: GatewaySettings, producer: Producer | None, replies: Replies | None) -> None:
        self.settings = settings
        self.producer = producer or Producer(settings)
        self.replies = replies or Replies(settings)
        self.broker = Probe("the broker", self.producer.ping)
        tokens = Tokens(settings.secrets)
        access = Access(tokens, settings.clock)
        self.receipts = Receipts(settings.secrets)
        self.owners = Owners(settings, access)
        gatherings = Gatherings(self.owners)
        callers = Callers(tokens, settings.clock)
        intake = Intake(settings, self.producer, self.replies, tokens, settings.clock)
        holders = Holders(callers, self.owners, tokens)
        self.forwarding = Forwarding(callers, self.owners)
        self.registering = Registering(callers, self.owners, gatherings, intake, tokens, self.receipts, self.forwarding)
        self.holding = Holding(callers, holders, self.owners, intake, tokens, self.forwarding)
        self.bookings = Bookings(callers, holders, self.owners, gatherings, intake, self.forwarding)
        self.partnering = Partnering(holders, self.holding, intake)
        self.asking = Asking(holders, intake)
        self.live = Live(callers, self.owners, settings.proxies)
        self.export = Export(callers, gatherings, self.owners, self.forwarding, settings.export_patience)
        self.site = Site(settings, self.owners, self.registering, tokens)

    def calls(self) -> list[Call]:
        own: list[Call] = [
            ("POST", "/v1/gatherings/{g}/registrations", self.registering.register),
            ("POST", "/v1/gatherings/{g}/bookings", self.bookings.book),
            ("GET", "/v1/registrations/{r}", self.holding.read),
            ("PATCH", "/v1/registrations/{r}", self.holding.change),
            ("POST", "/v1/registrations/{r}/cancellation", self.holding.cancel),
            ("PUT", "/v1/registrations/{r}/preferences", self.holding.prefer),
            ("POST", "/v1/gatherings/{g}/holds", self.bookings.hold),
            ("PUT", "/v1/registrations/{r}/waiting-list/{d}", self.holding.wait),
            ("DELETE", "/v1/registrations/{r}/waiting-list/{d}", self.holding.leave),
            ("PUT", "/v1/registrations/{r}/stars/{s}", self.holding.star),
            ("DELETE", "/v1/registrations/{r}/stars/{s}", self.holding.unstar),
            ("PUT", "/v1/registrations/{r}/profile", self.partnering.introduce),
            ("POST", "/v1/registrations/{r}/meetings", self.partnering.agree),
            ("DELETE", "/v1/registrations/{r}/meetings/{m}", self.partnering.release),
            ("POST", "/v1/registrations/{r}/meetings/{m}/held", self.partnering.note),
            ("POST", "/v1/gatherings/{g}/sessions/{s}/questions", self.asking.ask),
            ("POST", "/v1/gatherings/{g}/sessions/{s}/questions/{q}/votes", self.asking.back),
            ("GET", "/v1/bookings/{b}", self.bookings.read),
            ("DELETE", "/v1/bookings/{b}", self.bookings.release),
            ("POST", "/v1/bookings/{b}/reschedule", self.bookings.move),
            ("POST", "/v1/bookings/{b}/no-show", self.bookings.miss),
            ("GET", "/v1/gatherings/{g}/export", self.export.export),
            ("GET", "/v1/people/{r}/export", self.export.person),
            ("GET", "/v1/gatherings/{g}/live", self.live.listen),
            ("GET", "/v1/join/{code}", self.site.public.join),
        ]
        return own + [(route.method, route.path, self.forwarding.endpoint(route)) for route in ROUTES]

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Serves at once, whatever is away; the connections are made beside it."""
        work = [asyncio.create_task(self.broker.run()), asyncio.create_task(self.replies.run())]
        yield
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await self.producer.stop()
        await self.owners.close()


def create_app(
    settings: GatewaySettings, *, producer: Producer | None = None, replies: Replies | None = None
) -> ASGIApp:
    gateway = Gateway(settings, producer, replies)
    app = FastAPI(
        title="Foyer",
        version=VERSION,
        lifespan=gateway.lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a redirect would be built from the Host that the caller names
    )
    interface = gateway.calls()
    mount(app, interface)
    mount(app, gateway.site.calls(interface))
    app.include_router(reference.router(gateway.receipts, openapi.document(VERSION, settings.public_url)))
    app.mount("/static", StaticFiles(directory=STATIC))
    health.install(app, ready=[gateway.broker, gateway.replies.stuck, lambda: gateway.replies.wrong])
    http.speak_problems(app)
    return _surrounded(app, settings, interface)


def _surrounded(app: FastAPI, settings: GatewaySettings, interface: list[Call]) -> ASGIApp:
    """What every call passes, from the inside out; the calls that a rush consists of are found before the framework."""
    inner: ASGIApp = Shortcut(app, [call for call in interface if call[:2] in HOTTEST])
    if settings.limits:
        inner = Limited(inner, settings)
    inner = http.Gate(inner)
    if settings.origins:
        inner = CORSMiddleware(
            inner,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Prefer", "X-Request-Id"],
            expose_headers=EXPOSED,
        )
    return Guarded(inner)
