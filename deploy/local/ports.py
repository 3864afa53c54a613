"""Ports: the gateway's is asked for, every other one is chosen free and then kept from run to run."""

import secrets
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from cli import state

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000  # below the ports that outgoing connections take, so a restart finds its own again


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def any_free() -> int:
    while not is_free(port := LOWEST + secrets.randbelow(HIGHEST - LOWEST)):
        pass
    return port


def choose(names: Iterable[str], remembered: Mapping[str, int]) -> dict[str, int]:
    """The port each name had before, if it is free and nobody else's, else a new one."""
    chosen: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        while port is None or port in chosen.values() or not is_free(port):
            port = any_free()
        chosen[name] = port
    return chosen


def choose_and_remember(names: Iterable[str], file: Path) -> dict[str, int]:
    chosen = choose(names, state.read(file))
    state.replace(file, chosen)
    return chosen
