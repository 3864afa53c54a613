"""Keys on disk: one file each, made once, readable by their owner alone. A service is given only the files it needs."""

import base64
import json
import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SYMMETRIC = ("staff.key", "desk.key", "service.key", "manage.key", "identity.key", "join.key")
SEALS = ("seal-registration.json", "seal-scheduling.json")
SIGNING = ("receipt.pem", "ticket.pem")


def create(directory: Path) -> None:
    """Make every secret that is not there yet; never touch one that is."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in SYMMETRIC:
        _write_once(directory / name, base64.b64encode(os.urandom(32)))
    for name in SEALS:
        keys = {"current": "1", "keys": {"1": base64.b64encode(os.urandom(32)).decode()}}
        _write_once(directory / name, json.dumps(keys).encode())
    for name in SIGNING:
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_once(directory / name, pem)


def _write_once(file: Path, content: bytes) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as out:
        out.write(content)


@cache
def key(directory: Path, name: str) -> bytes:
    """The 32 bytes of a symmetric key."""
    return base64.b64decode(_read(directory / name), validate=True)


@cache
def seal_keys(directory: Path, name: str) -> tuple[str, dict[str, bytes]]:
    """The current key's id, and every key that may still be needed to open older records."""
    content = json.loads(_read(directory / name))
    return content["current"], {kid: base64.b64decode(value) for kid, value in content["keys"].items()}


@cache
def signing_key(directory: Path, name: str) -> Ed25519PrivateKey:
    loaded = load_pem_private_key(_read(directory / name), password=None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise SystemExit(f"{name} is not an Ed25519 key: delete it and run `foyer init`")
    return loaded


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise SystemExit(f"the secret {file.name} is missing from {file.parent}: run `foyer init`") from None
