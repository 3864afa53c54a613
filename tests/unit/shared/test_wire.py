"""What is written out for speed is what the libraries say."""

import uuid

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka import partition_of
from shared.messages.envelope import NAMESPACE, message_id

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT, TEXT, TEXT)
def test_a_messages_id_is_its_uuid_5(cause: str, topic: str, subject: str) -> None:
    assert message_id(cause, topic, subject) == str(uuid.uuid5(NAMESPACE, f"{cause}\x00{topic}\x00{subject}"))


@given(st.binary(min_size=1, max_size=80), st.integers(1, 16))
def test_a_key_leads_to_the_partition_of_every_kafka_client(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(key, everywhere, everywhere) == DefaultPartitioner()(key, everywhere, everywhere)
