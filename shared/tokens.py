"""Signed tokens: who may do what. Every kind has its own key and its own `typ`, so none passes for another."""

import base64
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jwt

from shared import jws, secrets

ALL_GATHERINGS = "*"
ID_BYTES = 16
ONE_HOP = timedelta(minutes=10)  # long for a call, but the clocks of two machines may be minutes apart
NAMED_BY_NONE_OF_OURS = frozenset({"iss", "aud"})  # made by or for somebody else


class InvalidToken(Exception):
    """Forged, expired, of another kind, or not a token at all; which one is nobody's business."""


class Role(StrEnum):
    ORGANISER = "organiser"
    DOOR = "door"
    EXPERT = "expert"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMIN = "admin"
    ATTENDEE = "attendee"


@dataclass(frozen=True, slots=True)
class Staff:
    """Who a staff token speaks for. `scope` narrows a role further: an expert's desk, a coordinator's delegation."""

    role: Role
    gatherings: tuple[str, ...]
    subject: str
    scope: str | None = None

    def covers(self, gathering_id: str) -> bool:
        return ALL_GATHERINGS in self.gatherings or gathering_id in self.gatherings


@dataclass(frozen=True, slots=True)
class Manage:
    """An attendee's own key to one registration; substitution raises `generation` and so voids older ones."""

    registration_id: str
    gathering_id: str
    parts: tuple[tuple[str, str], ...]
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Join:
    """The right of one registration to be sent on to a part's livestream or a booking's meeting room.

    Like its holder's own key, it ends with a substitution.
    """

    registration_id: str
    gathering_id: str
    part: str
    generation: int = 0


class Tokens:
    """Mints and reads all symmetric tokens of one installation."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def staff(self, staff: Staff, now: datetime, ttl: timedelta) -> str:
        claims = {"role": staff.role, "gatherings": list(staff.gatherings), "sub": staff.subject, "scope": staff.scope}
        return self._sign("staff", claims | {"exp": int((now + ttl).timestamp())})

    def desk(self, gathering_id: str, desk: str, now: datetime, ttl: timedelta) -> str:
        """An expert's own key to one desk. Its kind is not that of staff's: who may mail it can sign no other role."""
        claims = {"gatherings": [gathering_id], "sub": f"desks/{desk}", "scope": desk}
        return self._sign("desk", claims | {"exp": int((now + ttl).timestamp())})

    def read_staff(self, token: str, now: datetime) -> Staff:
        """Of staff, or of an expert with their own key."""
        try:
            claims = self._verify("staff", token)
        except InvalidToken:
            claims = {**self._verify("desk", token), "role": Role.EXPERT}
        with _well_made():
            staff = Staff(Role(claims["role"]), tuple(claims["gatherings"]), claims["sub"], claims.get("scope"))
            if not _expired(claims, now) and staff.role is not Role.ATTENDEE:
                return staff
        raise InvalidToken

    def manage(self, manage: Manage) -> str:
        claims = {"id": manage.registration_id, "g": manage.gathering_id, "p": manage.parts, "n": manage.generation}
        return self._sign("manage", claims)

    def read_manage(self, token: str) -> Manage:
        claims = self._verify("manage", token)
        with _well_made():
            return Manage(claims["id"], claims["g"], tuple((part, mode) for part, mode in claims["p"]), claims["n"])

    def join(self, join: Join) -> str:
        claims = {"id": join.registration_id, "g": join.gathering_id, "p": join.part, "n": join.generation}
        return self._sign("join", claims)

    def read_join(self, token: str) -> Join:
        claims = self._verify("join", token)
        with _well_made():
            return Join(claims["id"], claims["g"], claims["p"], claims.get("n", 0))

    def service(self, claims: dict[str, Any], now: datetime) -> str:
        """For one hop between our own processes; `now` is the machine's time, which is never moved."""
        return self._sign("service", claims | {"exp": int((now + ONE_HOP).timestamp())})

    def read_service(self, token: str, now: datetime) -> Mapping[str, Any]:
        claims = self._verify("service", token)
        with _well_made():
            if not _expired(claims, now):
                return claims
        raise InvalidToken

    def identity(self, *parts: str) -> str:
        """A keyed digest that nobody outside can compute or guess: 32 characters, 128 bits."""
        return self._digest(parts)[:ID_BYTES].hex()

    def code(self, length: int, *parts: str) -> str:
        """The same for people to type: five bits a character."""
        return base64.b32encode(self._digest(parts)).decode().lower()[:length]

    def _digest(self, parts: tuple[str, ...]) -> bytes:
        return hmac.digest(secrets.key(self._directory, "identity.key"), "\x00".join(parts).encode(), "sha256")

    def _sign(self, kind: str, claims: dict[str, Any]) -> str:
        return jws.compact(_header(kind), claims, lambda content: hmac.digest(self._key(kind), content, "sha256"))

    def _verify(self, kind: str, token: str) -> Mapping[str, Any]:
        return _verified(kind, self._key(kind), token)

    def _key(self, kind: str) -> bytes:
        return secrets.key(self._directory, f"{kind}.key")


@lru_cache(maxsize=4096)
def _verified(kind: str, key: bytes, token: str) -> Mapping[str, Any]:
    """What a good token says, remembered: a door sends the same one with every scan. Whether it has expired is not."""
    if not _is_canonical(token):
        raise InvalidToken
    try:
        decoded = jwt.decode_complete(
            token, key, algorithms=["HS256"], options={"verify_exp": False, "verify_sub": False}
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise InvalidToken from None
    claims: Mapping[str, Any] = decoded["payload"]
    if decoded["header"].get("typ") != kind or not NAMED_BY_NONE_OF_OURS.isdisjoint(claims):
        raise InvalidToken
    return claims


@cache
def _header(kind: str) -> bytes:
    return jws.header(typ=kind, alg="HS256")


def _is_canonical(token: str) -> bool:
    """Whether it is the one spelling of its bytes: decoders let padding, foreign characters and spare bits pass."""
    return all(_is_canonical_segment(segment) for segment in token.split("."))


def _is_canonical_segment(segment: str) -> bool:
    try:
        raw = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
        return jws.base64url(raw) == segment.encode()
    except ValueError:
        return False


@contextmanager
def _well_made() -> Iterator[None]:
    """Signed with our key, and yet without what every token of its kind says: it is none."""
    try:
        yield
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InvalidToken from None


def _expired(claims: Mapping[str, Any], now: datetime) -> bool:
    return int(claims["exp"]) <= now.timestamp()
