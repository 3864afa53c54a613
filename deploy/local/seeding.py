"""The gatherings a fresh installation starts with: every file in deploy/gatherings, unless it was loaded before."""

import hashlib
from pathlib import Path

from cli import gatherings, state
from cli.gatherings import Gateway

FOLDER = Path(__file__).resolve().parents[1] / "gatherings"


async def load(gateway: Gateway, remembered: Path, folder: Path = FOLDER) -> list[str]:
    """Apply what is new or has changed since; an organiser's later changes to the rest are left alone."""
    known = state.read(remembered)
    loaded = []
    for file in sorted(folder.glob("*.yaml")):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if known.get(file.name) == digest:
            continue
        loaded.append(await gatherings.apply(gateway, file))
        known[file.name] = digest
        state.replace(remembered, known)
    return loaded
