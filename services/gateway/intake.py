"""The public's way in: a submission gets its identity, seal and time here, is appended, and is then accepted."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.gateway.clients.appending import Appending
from services.gateway.clients.replies import Replies, Reply
from services.gateway.settings import GatewaySettings
from shared.clock import Clock
from shared.errors import Unavailable
from shared.http import Problem, unavailable
from shared.kafka import Producer
from shared.messages.envelope import encode
from shared.messages.registration import CancellationSubmitted, ChangeSubmitted, RegistrationSubmitted
from shared.messages.scheduling import (
    HoldRequested,
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MoveRequested,
    NoShowReported,
    PreferenceSubmitted,
    ProfileSubmitted,
    QuestionAsked,
    QuestionBacked,
    ReleaseRequested,
    SessionStarred,
    SlotRequested,
    WaitRequested,
)
from shared.seal import Seal
from shared.telemetry import get_logger
from shared.tokens import Tokens

log = get_logger(__name__)

Submission = (
    RegistrationSubmitted
    | ChangeSubmitted
    | CancellationSubmitted
    | SlotRequested
    | MoveRequested
    | NoShowReported
    | ReleaseRequested
    | PreferenceSubmitted
    | HoldRequested
    | WaitRequested
    | SessionStarred
    | QuestionAsked
    | QuestionBacked
    | ProfileSubmitted
    | MeetingRequested
    | MeetingReleaseRequested
    | MeetingNoted
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Computed from what was sent, so that a repeat is recognised by a gateway that stores nothing.

    `id` depends on the body as well: who guesses another's key gets another id, and never the other's token.
    """

    id: str
    key: str
    accepted_at: datetime
    digest: str  # SHA-256 of the canonical body


class Seals:
    """One per service that may read what people write."""

    def __init__(self, directory: Path) -> None:
        self._registration = Seal.for_service(directory, "registration")
        self._scheduling = Seal.for_service(directory, "scheduling")

    def for_registration(self, content: dict[str, Any], bound_to: str) -> str | None:
        return self._registration.seal(content, bound_to) if content else None

    def for_scheduling(self, content: dict[str, Any], bound_to: str) -> str | None:
        return self._scheduling.seal(content, bound_to) if content else None


class Intake:
    """Appends, at most so many at once, and waits for the owner's reply as long as the caller asked."""

    def __init__(
        self, settings: GatewaySettings, producer: Producer, replies: Replies, tokens: Tokens, clock: Clock
    ) -> None:
        self.seals = Seals(settings.secrets)
        self._cap = settings.max_unacknowledged
        self._appending = Appending(producer, settings.kafka_acknowledge_within)
        self._replies = replies
        self._tokens = tokens
        self._clock = clock

    def identify(self, gathering_id: str, call: str, key: str, body: bytes) -> Identity:
        """`call` is the method and the path, so that one key may be used on two of them."""
        digest, now = hashlib.sha256(body).hexdigest(), self._clock.now()
        return Identity(
            id=self._tokens.identity(gathering_id, call, key, digest),
            key=self._tokens.identity("key", gathering_id, call, key),
            accepted_at=now.replace(microsecond=now.microsecond // 1000 * 1000),  # as it is kept, and said ever after
            digest=digest,
        )

    async def submit(self, submission: Submission, correlation_id: str, wait: float) -> Reply | None:
        """Accepted once this returns; nothing, if the owner has not decided within `wait` seconds.

        The cause is the submission itself: a repeat carries the same `ce_id`.
        """
        if self._appending.unacknowledged >= self._cap:
            raise unavailable(
                "overloaded", "More is arriving than can be taken: nothing was accepted, try again shortly."
            )
        until = time.monotonic() + wait
        with self._replies.expected() as expected:
            wire = encode(
                submission,
                cause=submission.submission_id(),
                time=submission.accepted_at,
                correlation_id=correlation_id,
                reply_to=expected.to if wait else None,
            )
            try:
                await self._appending.append(wire)
            except Unavailable as reason:
                log.warning("not acknowledged", reason=str(reason), request_id=correlation_id)
                raise not_acknowledged() from None
            return await expected.within(until - time.monotonic()) if wait else None


def not_acknowledged() -> Problem:
    return unavailable(
        "not-acknowledged",
        "It is not known whether this was accepted: send it again with the same Idempotency-Key to find out.",
    )
