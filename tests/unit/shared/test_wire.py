"""What is written out for speed is what the libraries say."""

import uuid

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka import partition_of
from shared.messages.envelope import NAMESPACE, Wire, message_id

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT, TEXT, TEXT)
def test_a_messages_id_is_its_uuid_5(cause: str, topic: str, subject: str) -> None:
    assert message_id(cause, topic, subject) == str(uuid.uuid5(NAMESPACE, f"{cause}\x00{topic}\x00{subject}"))


@given(st.binary(min_size=1, max_size=80), st.integers(1, 16))
def test_a_key_leads_to_the_partition_of_every_kafka_client(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(key, everywhere, everywhere) == DefaultPartitioner()(key, everywhere, everywhere)


def test_what_an_outbox_keeps_is_published_as_it_was_also_what_an_older_one_kept() -> None:
    wire = Wire("slot-booked", "forum", b"{}", (("ce_id", "1"), ("content-type", "application/json"), ("ce_type", "x")))
    kept = wire.to_document()
    assert Wire.from_document(kept) == wire
    assert Wire.from_document(kept | {"headers": [["ce_id", "1"], *wire.headers[1:]]}) == wire
