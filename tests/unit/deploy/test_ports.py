"""How ports are chosen."""

import socket

from deploy.local import ports


def test_a_port_that_is_free_is_kept_from_run_to_run() -> None:
    free = ports.any_free()

    assert ports.choose(["kafka"], {"kafka": free}) == {"kafka": free}


def test_a_port_that_somebody_took_meanwhile_is_given_up() -> None:
    with socket.socket() as somebody:
        somebody.bind((ports.LOOPBACK, 0))
        somebody.listen()
        taken = somebody.getsockname()[1]

        assert not ports.is_free(taken)
        assert ports.choose(["kafka"], {"kafka": taken})["kafka"] != taken


def test_no_two_programs_get_the_same_port() -> None:
    free = ports.any_free()

    chosen = ports.choose(["kafka", "mongod"], {"kafka": free, "mongod": free})

    assert chosen["kafka"] == free
    assert chosen["mongod"] != free
