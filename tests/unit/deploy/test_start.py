"""What `make up` refuses before it starts anything, and how it sets the clock."""

import socket
from datetime import datetime
from pathlib import Path

import pytest

from cli.state import State
from deploy.local import __main__ as up
from deploy.local import ports
from shared.clock import Clock, set_clock


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.socket() as somebody:
        somebody.bind((ports.LOOPBACK, 0))
        somebody.listen()
        taken = somebody.getsockname()[1]

        with pytest.raises(SystemExit, match=rf"Port {taken} is taken.*FOYER_PORT={taken + 1} make up"):
            up.gateway_port({"FOYER_PORT": str(taken)})


def test_port_zero_asks_for_any_free_one() -> None:
    assert up.gateway_port({"FOYER_PORT": "0"}) > 0


def test_a_port_that_is_no_number_is_refused() -> None:
    with pytest.raises(SystemExit, match="not a port number"):
        up.gateway_port({"FOYER_PORT": "web"})


def test_a_state_directory_has_one_supervisor(state: State) -> None:
    with up.own(state), pytest.raises(SystemExit, match="already runs"):
        up.own(state)


def test_a_fresh_state_starts_at_the_asked_time(state: State) -> None:
    up.start_clock(state, {"FOYER_CLOCK": "2021-11-08T09:00+01:00"})

    assert Clock(state.clock).now().isoformat().startswith("2021-11-08T08:00:0")


def test_a_clock_that_has_run_is_not_set_back_by_the_next_start(state: State) -> None:
    set_clock(state.clock, datetime.fromisoformat("2021-11-22T08:00+01:00"))

    up.start_clock(state, {"FOYER_CLOCK": "2021-11-08T09:00+01:00"})

    assert Clock(state.clock).now().isoformat().startswith("2021-11-22T07:00:0")


@pytest.mark.parametrize("text", ["2021-11-08T09:00", "tomorrow"])
def test_a_time_that_could_mean_two_moments_or_none_is_refused(state: State, text: str) -> None:
    with pytest.raises(SystemExit, match="2021-11-08T09:00"):
        up.start_clock(state, {"FOYER_CLOCK": text})
