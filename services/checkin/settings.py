"""Environment keys of checkin alone."""

from pathlib import Path

from shared.settings import Settings


class CheckinSettings(Settings):
    """`FOYER_TRUST_DIR` holds the trust lists of policies; `FOYER_NAME_WITHIN` is how long a door waits for a name."""

    kafka_fetch_max_wait_ms: int = 2000  # the broker answers sooner when there is something
    trust_dir: Path = Path("deploy")
    name_within: float = 0.5
