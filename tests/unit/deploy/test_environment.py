"""What `make up` tells each service."""

from pathlib import Path

from cli.state import State
from deploy.local import environment
from deploy.local.environment import SERVICES, Backends

STATE = State(Path(".foyer"))
BACKENDS = Backends(kafka="127.0.0.1:1", mongo="mongodb://127.0.0.1:2/?replicaSet=rs0", smtp="127.0.0.1:3")
PORTS = {name: 9000 + number for number, name in enumerate(SERVICES)}


def test_each_service_has_its_own_port_and_knows_the_addresses_of_all() -> None:
    told = environment.for_services(STATE, BACKENDS, PORTS, {})

    assert set(told) == set(SERVICES)
    for name in SERVICES:
        assert told[name]["FOYER_HTTP_PORT"] == str(PORTS[name])
        assert told["gateway"][f"FOYER_{name.upper()}_URL"] == f"http://127.0.0.1:{PORTS[name]}"


def test_servers_clock_and_own_secrets_are_where_the_state_says() -> None:
    told = environment.for_services(STATE, BACKENDS, PORTS, {})["registration"]

    assert told["FOYER_KAFKA"] == "127.0.0.1:1"
    assert told["FOYER_SMTP"] == "127.0.0.1:3"
    assert told["FOYER_SECRETS"] == ".foyer/keyrings/registration"
    assert told["FOYER_CLOCK_FILE"] == ".foyer/clock"


def test_rate_limits_are_off_on_one_machine_unless_asked_for() -> None:
    assert environment.for_services(STATE, BACKENDS, PORTS, {})["gateway"]["FOYER_LIMITS"] == "off"
    assert environment.for_services(STATE, BACKENDS, PORTS, {"FOYER_LIMITS": "on"})["gateway"]["FOYER_LIMITS"] == "on"
