"""Dead letters: a record that could not be handled, as it came, with why and from where in text headers."""

from aiokafka import ConsumerRecord

from shared.messages import RECORD_BYTES, dead_letters
from shared.messages.envelope import Wire

VALUE_BYTES, HEADER_CHARACTERS, HEADERS = 500_000, 1000, 64  # of what was too large


def dead_letter(group: str, record: ConsumerRecord, reason: str) -> Wire:
    """What no broker would take (it fitted while it was compressed) is cut, and `dlq_cut` says so.

    A part of it is better than a partition that stands still for ever.
    """
    origin = [
        ("dlq_reason", reason),
        ("dlq_group", group),
        ("dlq_original_topic", record.topic),
        ("dlq_original_partition", str(record.partition)),
        ("dlq_original_offset", str(record.offset)),
        ("dlq_original_timestamp", str(record.timestamp)),
    ]
    key, value = (record.key or b"").decode(errors="replace"), record.value or b""
    headers = [(name, (content or b"").decode(errors="replace")) for name, content in record.headers]
    if len(value) + sum(len(name) + len(content.encode()) for name, content in headers) > RECORD_BYTES:
        origin.append(("dlq_cut", f"the value had {len(value)} bytes"))
        value = value[:VALUE_BYTES]
        headers = [(name[:HEADER_CHARACTERS], content[:HEADER_CHARACTERS]) for name, content in headers[:HEADERS]]
    return Wire(dead_letters(group), key, value, (*headers, *origin))
