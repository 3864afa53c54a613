"""Dead letters: whole where they fit, cut where no broker would take them."""

from aiokafka import ConsumerRecord

from shared.letters import dead_letter
from shared.messages import RECORD_BYTES


def record(value: bytes, *headers: tuple[str, bytes]) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord("slot-booked", 0, 7, 0, 0, b"g", value, None, 1, len(value), headers)


def test_a_dead_letter_holds_the_record_as_it_came_and_where_it_came_from() -> None:
    letter = dead_letter("hearer", record(b"x" * 1000, ("ce_id", b"1")), "why")
    about = dict(letter.headers)
    assert (letter.topic, letter.key, letter.value) == ("hearer.dead-letter", "g", b"x" * 1000)
    assert (about["ce_id"], about["dlq_reason"], about["dlq_original_offset"]) == ("1", "why", "7")
    assert "dlq_cut" not in about


def test_a_dead_letter_that_no_broker_would_take_is_cut_and_says_so() -> None:
    for large in (record(b"x" * 3_000_000), record(b"x", ("big", b"\xff" * 900_000))):
        letter = dead_letter("hearer", large, "why")
        assert (
            len(letter.value) + sum(len(name) + len(content.encode()) for name, content in letter.headers)
            < RECORD_BYTES
        )
        assert dict(letter.headers)["dlq_cut"] == f"the value had {len(large.value or b'')} bytes"
