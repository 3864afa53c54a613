"""Requests that no client library would send, byte by byte at the gateway's own server: `make up` has no edge."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import pytest
import uvicorn

from services.gateway.settings import GatewaySettings
from tests.component.gateway.conftest import GATHERING, House, house_of, registration_body
from tests.component.gateway.doubles import Owners

PATH = f"/v1/gatherings/{GATHERING}/registrations".encode()
BODY = orjson.dumps(registration_body())
TYPE = b"Content-Type: application/json\r\n"
HOST = b"Host: foyer.test\r\n"
LENGTH = b"Content-Length: %d\r\n"
POST = b"POST " + PATH + b" HTTP/1.1\r\n" + HOST + TYPE
SMUGGLED = b"GET /v1/gatherings HTTP/1.1\r\nHost: foyer.test\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
TWO_WAYS = b"0\r\n\r\n" + SMUGGLED  # by its chunks it ends at once, by its length it does not

AMBIGUOUS = {
    "length and chunks": POST + LENGTH % len(TWO_WAYS) + CHUNKED + b"\r\n" + TWO_WAYS,
    "chunks and length": POST + CHUNKED + LENGTH % len(TWO_WAYS) + b"\r\n" + TWO_WAYS,
    "two lengths": POST + LENGTH % len(BODY) + LENGTH % (len(BODY) + len(SMUGGLED)) + b"\r\n" + BODY + SMUGGLED,
    "a length twice": POST + LENGTH % len(BODY) + LENGTH % len(BODY) + b"\r\n" + BODY,
    "a length with a sign": POST + b"Content-Length: +%d\r\n" % len(BODY) + b"\r\n" + BODY,
    "NUL in a header": POST + b"X-Any: a\x00b\r\n" + LENGTH % len(BODY) + b"\r\n" + BODY,
    "a space before the colon": POST + b"Content-Length : %d\r\n" % len(BODY) + b"\r\n" + BODY,
    "bare LF": (POST + LENGTH % len(BODY) + b"\r\n").replace(b"\r\n", b"\n") + BODY,
    "bare LF in a header": POST + b"X-Any: a\nX-Other: b\r\n" + LENGTH % len(BODY) + b"\r\n" + BODY,
}


@dataclass
class Wired:
    house: House
    port: int

    async def send(self, request: bytes) -> list[bytes]:
        """The status lines of all answers until the server hangs up, or says nothing more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answered = b""
        try:
            async with asyncio.timeout(2):
                while piece := await reader.read(65_536):
                    answered += piece
                    if b"HTTP/1.1 2" in answered:  # it took it: an answer to what was smuggled would come at once
                        async with asyncio.timeout(0.2):
                            answered += await reader.read(65_536)
        except TimeoutError:
            pass
        finally:
            writer.close()
        self.answered = answered
        return [line for line in answered.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.fixture
async def wired(settings: GatewaySettings, owners: Owners) -> AsyncIterator[Wired]:
    """The gateway behind uvicorn, set up as its process sets it up."""
    async with house_of(settings, owners) as house:
        app = house.client._transport.app  # type: ignore[attr-defined]
        config = uvicorn.Config(app, http="httptools", lifespan="off", log_level="critical", server_header=False)
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(server.serve([listening]))
            while not server.started:  # uvicorn has no event to wait for
                await asyncio.sleep(0.01)
            yield Wired(house, listening.getsockname()[1])
            server.should_exit = True
            await serving


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_what_can_be_read_in_two_ways_is_read_in_none(wired: Wired, request_: bytes) -> None:
    assert await wired.send(request_) == [b"HTTP/1.1 400 Bad Request"]
    assert wired.house.producer.log == []


@pytest.mark.parametrize("host", [b"", b"Host: evil.example\r\n"], ids=["missing", "foreign"])
async def test_no_answer_says_what_the_host_was_said_to_be(wired: Wired, host: bytes) -> None:
    request = b"POST " + PATH + b" HTTP/1.1\r\n" + host + TYPE + b"Prefer: wait=0\r\n" + LENGTH % len(BODY)
    assert await wired.send(request + b"\r\n" + BODY) == [b"HTTP/1.1 202 Accepted"]
    assert b"evil.example" not in wired.answered
    assert b"\r\nlocation: /v1/registrations/" in wired.answered.lower()
