"""Logs and metrics: JSON lines with ids only, and every metric's name in one list."""

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("foyer_records", "Records handled, by type", ["type"])
DEAD_LETTERS = Counter("foyer_dead_letters", "Records parked as dead letters", ["group"])
LOST_RACES = Counter("foyer_lost_races", "Batches decided again because another writer was first", ["group"])
BATCH_SECONDS = Histogram("foyer_batch_seconds", "From a batch's arrival to its commit", ["group"])
MESSAGE_AGE = Histogram("foyer_message_age_seconds", "Age of a message when it is handled", ["group"])
OUTBOX_SWEPT = Counter("foyer_outbox_swept", "Outbox entries that a sweeper had to publish")
CONSUMER_LAG = Gauge("foyer_consumer_lag", "Records not yet handled", ["group"])


def configure(service: str, level: str) -> None:
    """One JSON line per log record on standard output; a library's records go the same way."""
    numeric = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        stream=sys.stdout, level=max(numeric, logging.WARNING), format='{"log": "%(name)s"} %(message)s'
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
