"""Environment keys that every process reads the same way. A service's own keys live in its own settings."""

from functools import cached_property
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock


class Settings(BaseSettings):
    """Read from `FOYER_…` variables; the defaults suit one machine."""

    model_config = SettingsConfigDict(env_prefix="FOYER_", frozen=True, extra="ignore")

    kafka: str = "127.0.0.1:9092"
    mongo: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    smtp: str = "127.0.0.1:1025"
    secrets: Path = Path(".foyer/secrets")
    clock_file: Path | None = None
    public_url: str = "http://127.0.0.1:8080"
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    gateway_url: str = "http://127.0.0.1:8080"
    registration_url: str = "http://127.0.0.1:8081"
    scheduling_url: str = "http://127.0.0.1:8082"
    notifications_url: str = "http://127.0.0.1:8083"
    checkin_url: str = "http://127.0.0.1:8084"
    partitions: int = 3
    limits: bool = True
    log_level: str = "info"
    mongo_pool_size: int = 20

    kafka_idempotent: bool = True
    kafka_fetch_max_wait_ms: int = 500
    kafka_max_partition_fetch_bytes: int = 262_144
    kafka_session_timeout_ms: int = 10_000
    kafka_heartbeat_interval_ms: int = 3_000
    kafka_max_poll_interval_ms: int = 60_000
    kafka_request_timeout_ms: int = 10_000
    kafka_batch_records: int = 500
    kafka_rest_ms: int = 50  # how long a consumer rests after each fact that nobody waits for, ten times that at most
    kafka_group_instance: str | None = None  # a fixed place in the group: for one replica a service, never with --scale
    kafka_acknowledge_within: float = 4.0

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.clock_file)
