"""What uvloop says of a connection that has gone is an error of Kafka's, or the library's tasks would end with it."""

from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError

import shared.kafka  # noqa: F401  it is what makes it so


class Gone:
    """As uvloop's transport is once the other side has reset the connection."""

    def write(self, _: bytes) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    def close(self) -> None:
        pass


class Request:
    """As much of one as a connection looks at before it writes."""

    def prepare(self, _: object) -> "Request":
        return self

    def build_request_header(self, **_: object) -> "Request":
        return self

    def encode(self) -> bytes:
        return b"request"


async def test_a_connection_that_has_gone_is_an_error_that_the_library_knows() -> None:
    connection: Any = AIOKafkaConnection("127.0.0.1", 9)
    connection._writer, connection._versions = Gone(), {}
    with pytest.raises(KafkaConnectionError):
        connection.send(Request())
    assert not connection.connected()
