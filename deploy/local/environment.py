"""What each service is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from cli.state import State

SERVICES = ("registration", "scheduling", "notifications", "checkin", "gateway")


@dataclass(frozen=True)
class Backends:
    """Where the broker, the database and the mail server are, embedded or not."""

    kafka: str
    mongo: str
    smtp: str


ALLOCATOR = {"MALLOC_ARENA_MAX": "1"}  # the GIL lets one thread allocate at a time, so one arena serves all

LEAN = {"PYTHONOPTIMIZE": "2"}  # no docstrings in memory; those of the gateway are its OpenAPI document


def for_services(
    state: State, backends: Backends, ports: Mapping[str, int], given: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Every service's own environment. What the user gave wins where it is theirs to choose."""
    addresses = {f"FOYER_{name.upper()}_URL": f"http://127.0.0.1:{ports[name]}" for name in SERVICES}
    common = {
        **addresses,
        "FOYER_KAFKA": backends.kafka,
        "FOYER_MONGO": backends.mongo,
        "FOYER_SMTP": backends.smtp,
        "FOYER_CLOCK_FILE": str(state.clock),
        "FOYER_HTTP_HOST": "127.0.0.1",
        "FOYER_PUBLIC_URL": given.get("FOYER_PUBLIC_URL", addresses["FOYER_GATEWAY_URL"]),
        "FOYER_PARTITIONS": given.get("FOYER_PARTITIONS", "3"),
        "FOYER_KAFKA_GROUP_INSTANCE": "local",  # one of each service, so a restarted one takes its old place at once
        "FOYER_LIMITS": given.get("FOYER_LIMITS", "off"),  # everybody is loopback here
        "PYTHONUNBUFFERED": "1",
        **ALLOCATOR,
    }
    own = {
        name: {"FOYER_SECRETS": str(state.keyrings / name), "FOYER_HTTP_PORT": str(ports[name])} for name in SERVICES
    }
    return {name: {**common, **own[name], **({} if name == "gateway" else LEAN)} for name in SERVICES}
