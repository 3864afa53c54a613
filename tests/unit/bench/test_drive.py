"""wrk is told what to send, counts what is good, and ends when nothing is left."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bench.drive import Driven, Failed, Load, drive, read
from tests.bench.guests import registering

RESULT = 'RESULT {"seconds": 2.0, "good": 3000, "bad": 1, "p50_ms": 4.25, "p99_ms": 9.5}\n'
with_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


def test_the_last_lines_are_the_result() -> None:
    driven = read(["Running 2s test\n", "\n", "REFUSED 409 {taken}\n", "  3000 requests in 2.0s\n", RESULT])
    assert driven == Driven(2.0, 3000, 1, 4.25, 9.5, refused="409 {taken}")
    assert driven.per_second == 1500


def test_wrk_that_reached_nobody_gives_no_result() -> None:
    with pytest.raises(Failed):
        read(["unable to connect to 127.0.0.1:1\n"])


@asynccontextmanager
async def listening(status: str, body: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives everybody the same answer, and remembers every request."""
    heard: list[bytes] = []
    answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                heard.append(head + await reader.readexactly(length))
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


def form(request: bytes) -> Mapping[str, str]:
    attendee: Mapping[str, str] = json.loads(request.partition(b"\r\n\r\n")[2])["attendee"]
    return attendee


@with_wrk
async def test_so_many_people_register_in_turn_for_each_gathering() -> None:
    async with listening("202 Accepted", "{}") as (url, heard):
        where = f"{url}/v1/gatherings/room-{{n}}/registrations"
        load = registering(where, "test", prefer="respond-async", good="202", gatherings=3, people=300)
        driven = await drive(load, 4)
    assert driven.good == pytest.approx(300, abs=4)  # who was being answered when it ended
    assert len({form(one)["email"] for one in heard}) == 300
    for room in range(3):
        there = [one for one in heard if one.startswith(f"POST /v1/gatherings/room-{room}/".encode())]
        assert len({form(one)["email"] for one in there}) == 100  # the last ones may be asked again as wrk ends


@with_wrk
async def test_prepared_requests_are_sent_with_their_tokens_and_judged_by_their_answers(tmp_path: Path) -> None:
    file = tmp_path / "requests.tsv"
    file.write_text(
        "".join(f'/there/{number}\ttoken-{number}\tkey-{number}\t{{"n": {number}}}\n' for number in range(50))
    )
    settings = {"BENCH_FILE": str(file), "BENCH_GOOD": "200", "BENCH_TEXT": '"admitted"'}
    async with listening("200 OK", '{"outcome": "refused"}') as (url, heard):
        driven = await drive(Load("prepared", url, settings), 1)
    assert driven.good == 0
    assert driven.bad >= 48
    assert driven.refused == '200 {"outcome": "refused"}'
    last = next(one for one in heard if b"/there/49" in one)
    assert b"Bearer token-49" in last
    assert last.endswith(b'{"n": 49}')
