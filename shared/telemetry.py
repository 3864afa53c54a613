"""Logs and metrics: JSON lines with ids only, and every metric's name in one list.

The standard library's logging carries it: a logging package of its own cost 7 MB in each of five processes (ADR 0013).
"""

import logging
import sys
from typing import Any

import orjson
from prometheus_client import Counter, Gauge, Histogram

from shared.clock import Clock, timestamp

RECORDS = Counter("foyer_records", "Records handled", ["group", "type"])
LAG = Gauge("foyer_consumer_lag", "Records that are there and have not been taken yet", ["group", "topic"])
DEAD_LETTERS = Counter("foyer_dead_letters", "Records parked as dead letters", ["group"])
LOST_RACES = Counter("foyer_lost_races", "Batches decided again because another writer was first", ["group"])
BATCH_SECONDS = Histogram("foyer_batch_seconds", "From a batch's arrival to its commit", ["group"])
OLDEST_IN_BATCH = Gauge("foyer_message_age_seconds", "Age of the oldest message of the last batch", ["group"])
MAILS = Counter("foyer_mails", "Mails that came to an end, by how", ["status"])
MAIL_PAUSES = Counter("foyer_mail_pauses", "Times that sending waited for a server that every mail needs")
OUTBOX_SWEPT = Counter("foyer_outbox_swept", "Outbox entries that a sweeper had to publish")


class Log:
    """A logger that takes fields by name: `log.info("ready", port=8081)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, what: str, **fields: Any) -> None:
        self._logger.debug(what, extra={"fields": fields})

    def info(self, what: str, **fields: Any) -> None:
        self._logger.info(what, extra={"fields": fields})

    def warning(self, what: str, **fields: Any) -> None:
        self._logger.warning(what, extra={"fields": fields})

    def error(self, what: str, **fields: Any) -> None:
        self._logger.error(what, extra={"fields": fields})

    def exception(self, what: str, **fields: Any) -> None:
        self._logger.error(what, extra={"fields": fields}, exc_info=sys.exc_info())


def get_logger(name: str) -> Log:
    return Log(name)


class _JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self._clock = Clock()

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": timestamp(self._clock.wall()),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure(service: str, level: str) -> None:
    """Everything goes to standard output, one line each; of libraries only what is at least a warning."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines(service))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for ours in ("shared", "services"):
        logging.getLogger(ours).setLevel(level.upper())
