"""The gateway's own environment keys, beside those that every process reads."""

from shared.settings import Settings


class GatewaySettings(Settings):
    """Limits are written as "number per period"; behind an edge, name its addresses so that callers are told apart."""

    kafka_fetch_max_wait_ms: int = 2000  # the broker answers sooner when there is something
    max_unacknowledged: int = 2000  # appends in flight; more are refused before they are sent
    patience: float = 4.0  # seconds of silence from the service that owns the data; the caller is told within five
    export_patience: float = 120.0

    limit_requests: str = "100 per 5 second"  # per address, whatever is asked
    limit_registrations: str = "30 per minute"  # per address: an office registers its people from one
    limit_links: str = "5 per minute"  # per address: each asks for a mail

    trusted_proxies: str = ""  # comma-separated addresses whose X-Forwarded-For is believed
    cors_origins: str = ""  # comma-separated; no other site's script may read an answer

    @property
    def proxies(self) -> frozenset[str]:
        return frozenset(_listed(self.trusted_proxies))

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(_listed(self.cors_origins))


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
