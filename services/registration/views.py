"""How a registration looks from outside: the resource of CONTRACT §2, and the answer to a submission."""

from typing import Any

from services.registration.domain import Apply, Command, Reason, Registration, State
from shared.clock import timestamp
from shared.http import Problem, not_found

REFUSED = "The registration stays as it was: `reason` says why the change could not be made."
MISMATCH = "This Idempotency-Key was used with another body: send the same body, or take a new key."


def resource(registration: Registration) -> dict[str, Any]:
    return {
        "id": registration.id,
        "gathering": registration.gathering_id,
        "accepted_at": timestamp(registration.accepted_at),
        "version": registration.version,
        "delegation": registration.delegation,
        "category": registration.category,
        "parts": [
            {"part": one.part, "mode": one.mode, "status": one.status, "reason": one.reason}
            for one in registration.parts
        ],
    }


def gone() -> Problem:
    """Not the 404 of what is not decided yet: the gateway tells them apart."""
    return Problem(410, "gone", "This registration was erased or handed on: its key opens nothing any more.")


def with_person(registration: Registration) -> dict[str, Any]:
    """For staff."""
    return resource(registration) | {"attendee": (registration.attendee or {}).get("attendee")}


def with_answers(registration: Registration) -> dict[str, Any]:
    """For organisers: what was answered may tell of somebody's health or faith."""
    known = registration.attendee or {}
    return with_person(registration) | {name: known.get(name, {}) for name in ("answers", "consents")}


def answer(state: State, command: Command) -> tuple[int, dict[str, Any]]:
    """Status and body for a submission that `state` has decided, now or before."""
    refusal = state.refusals.get(command.id)
    if refusal is Reason.IDEMPOTENCY_MISMATCH:
        return _problem(Problem(422, "idempotency-mismatch", MISMATCH))
    registration_id = command.id if isinstance(command, Apply) else command.registration_id
    registration = state.registrations.get(registration_id)
    if registration is None or registration.erased_at is not None:
        return _problem(not_found())
    if any(one.reason is Reason.IDEMPOTENCY_MISMATCH for one in registration.parts):
        return _problem(Problem(422, "idempotency-mismatch", MISMATCH))
    if refusal is not None and not isinstance(command, Apply) and registration.generation != command.generation:
        return _problem(not_found())  # it was handed on: who held it before learns nothing of it
    if refusal is not None:
        return _problem(Problem(409, refusal, REFUSED, reason=refusal, registration=resource(registration)))
    return 201 if isinstance(command, Apply) else 200, resource(registration)


def _problem(problem: Problem) -> tuple[int, dict[str, Any]]:
    return problem.status, problem.body()
