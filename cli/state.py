"""The state directory: where each thing lies, and the files that an outside checker reads."""

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.clock import Clock
from shared.tokens import ALL_GATHERINGS, InvalidToken, Role, Staff, Tokens

CHECKOUT = Path(__file__).resolve().parents[1]
TOKEN_ROLES = (Role.ORGANISER, Role.DOOR, Role.EXPERT, Role.AUDITOR, Role.ADMIN)
TOKEN_LIFE = timedelta(days=3650)  # as long as the state lives


@dataclass(frozen=True)
class State:
    """`.foyer/` or what `FOYER_STATE` names."""

    root: Path

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def keyrings(self) -> Path:
        return self.root / "keyrings"

    @property
    def clock(self) -> Path:
        return self.root / "clock"

    @property
    def tokens(self) -> Path:
        return self.root / "tokens"

    @property
    def mail_log(self) -> Path:
        return self.root / "mail.jsonl"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def applied(self) -> Path:
        return self.root / "applied.json"

    @property
    def run(self) -> Path:
        return self.root / "run.json"

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def prepare(self) -> None:
        (self.root / "logs").mkdir(parents=True, exist_ok=True)


def from_checkout(path: Path) -> str:
    """The path as run.json gives it: relative to the checkout."""
    return os.path.relpath(path, CHECKOUT)


def replace(file: Path, content: Any, mode: int = 0o644) -> None:
    """Write JSON so that a reader sees the old file or the new one, never half of one."""
    draft = file.with_name(f"{file.name}.new")
    draft.touch(mode)
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(file)


def read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content


def write_tokens(state: State, clock: Clock) -> dict[str, str]:
    """One token per role, good for every gathering; those that still hold are kept."""
    tokens = Tokens(state.secrets)
    known = read(state.tokens)
    kept = {
        role.value: known[role] if _holds(tokens, known.get(role), clock) else _mint(tokens, role, clock)
        for role in TOKEN_ROLES
    }
    if kept != known:
        replace(state.tokens, kept, mode=0o600)
    return kept


def _mint(tokens: Tokens, role: Role, clock: Clock) -> str:
    return tokens.staff(Staff(role, (ALL_GATHERINGS,), f"local-{role}"), clock.wall(), TOKEN_LIFE)


def _holds(tokens: Tokens, token: str | None, clock: Clock) -> bool:
    try:
        return token is not None and tokens.read_staff(token, clock.wall() + timedelta(days=365)) is not None
    except InvalidToken:
        return False
