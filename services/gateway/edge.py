"""What surrounds every answer: how often an address may ask, and the headers that tell a browser what to refuse."""

from collections.abc import Sequence
from ipaddress import ip_address

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.settings import GatewaySettings
from shared.http import Problem

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), microphone=(), payment=(), usb=()"),
    (b"strict-transport-security", b"max-age=31536000"),
)
POLICY = PAGE_POLICY.format(forms="").encode()
JOIN_POLICY = PAGE_POLICY.format(forms=" https: http:").encode()  # its form is sent on to the livestream
JOIN = "/v1/join/"
STATIC = "/static/"
FOR_A_WHILE = b"public, max-age=300"


class Guarded:
    """The outermost layer: security headers on every answer, and nothing personal in a cache unless it says so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                headers.extend(ALWAYS)
                headers.append((b"content-security-policy", JOIN_POLICY if scope["path"].startswith(JOIN) else POLICY))
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", FOR_A_WHILE if scope["path"].startswith(STATIC) else b"no-store"))
            await send(message)

        await self._app(scope, receive, guarded)


class Limited:
    """Counts by address, in this process's memory: every call, and apart from them those that cost us more."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self._app = app
        self._proxies = settings.proxies
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._all = parse(settings.limit_requests)
        self._registrations = parse(settings.limit_registrations)
        self._links = parse(settings.limit_links)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._count(scope)
        await self._app(scope, receive, send)

    async def _count(self, scope: Scope) -> None:
        address = address_of(scope, self._proxies)
        limits = [(self._all, "all")]
        if scope["method"] == "POST":
            path: str = scope["path"]
            if path.endswith(("/registrations", "/register")) and not _has_token(scope):
                limits.append((self._registrations, "registrations"))
            elif path == "/v1/access-links" or path.endswith("/link"):
                limits.append((self._links, "links"))
        for limit, name in limits:
            if not await self._limiter.hit(limit, name, address):
                raise too_many(limit.get_expiry())


def too_many(period: int) -> Problem:
    """The window moves: a part of it is enough for the next few calls."""
    seconds = max(1, period // 10)
    return Problem(
        429, "too-many-requests", f"Ask less often: again in {seconds} s.", headers={"Retry-After": str(seconds)}
    )


def address_of(scope: Scope, proxies: frozenset[str]) -> str:
    """The caller's address; behind our own edge, the last one that the edge did not add itself."""
    client = scope.get("client")
    address = client[0] if client else "unknown"
    if address not in proxies:
        return _network(address)
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    hops: Sequence[str] = [hop.strip() for hop in forwarded.decode("latin-1").split(",") if hop.strip()]
    return _network(next((hop for hop in reversed(hops) if hop not in proxies), address))


def _network(address: str) -> str:
    """One household has a whole /64 of IPv6 to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    return ":".join(parsed.exploded.split(":")[:4]) if parsed.version == 6 else address  # noqa: PLR2004


def _has_token(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])
