"""Which service holds which secrets: each its own folder with those alone, so that one lost key opens one thing."""

import shutil
from pathlib import Path

# what every service verifies its callers with stands first
NEEDS: dict[str, tuple[str, ...]] = {
    "gateway": (
        *("service.key", "staff.key", "desk.key", "manage.key", "identity.key", "join.key"),
        *("seal-*.json", "receipt.pem"),
    ),
    "registration": ("service.key", "manage.key", "identity.key", "seal-registration.json"),
    "scheduling": ("service.key", "identity.key", "join.key", "seal-scheduling.json"),
    "notifications": ("service.key", "join.key", "desk.key"),
    "checkin": ("service.key", "identity.key", "join.key", "ticket*.pem"),
}


def hand_out(secrets: Path, keyrings: Path) -> None:
    """Copy each service's secrets into its folder; a key that was changed since replaces the old copy."""
    for service, patterns in NEEDS.items():
        own = keyrings / service
        own.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in (file for pattern in patterns for file in secrets.glob(pattern)):
            _copy(file, own / file.name)


def _copy(source: Path, target: Path) -> None:
    if target.exists() and target.read_bytes() == source.read_bytes():
        return
    draft = target.with_suffix(".new")
    draft.touch(0o600)
    shutil.copyfile(source, draft)
    draft.replace(target)
