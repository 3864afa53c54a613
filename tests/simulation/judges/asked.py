"""D1, D2: what was accepted is answered, every request of it alike, and has one outcome."""

from typing import Any

from tests.simulation.judges.case import Case, Log


class Asked:
    def __init__(self, case: Case, log: Log) -> None:
        self._case = case
        self._log = log

    def at_rest(self) -> None:
        replies = self._case.house.broker.replies
        for sent in self._case.journal.sent.values():
            answers = [replies.get(request, []) for request in sent.requests]
            if not any(answers) and not self._is_known(sent.id):
                self._case.breach("D1", f"{sent.id} ({sent.kind}) is not answered")
            said = {_essence(sent.kind, *answer) for those in answers for answer in those}
            said -= {("404",), ("404", None)} if self._gone(sent.registration_id) else set()
            if len(said) > 1:
                self._case.breach("D2", f"{sent.id} ({sent.kind}) is answered {sorted(map(str, said))}")
            self._one_outcome(sent)

    def _one_outcome(self, sent: Any) -> None:
        about = {fact.subject for fact in self._log.by_cause[sent.ce_id] if _concerns(fact.body, sent)}
        if sent.kind == "RegistrationSubmitted" and f"registrations/{sent.id}@1" not in about:
            self._case.breach("D1", f"{sent.id} has the outcomes {sorted(about)}")
        own = {fact.body.get("version", -9) for fact in self._log.by_cause[sent.ce_id] if _concerns(fact.body, sent)}
        if own != set(range(min(own, default=0), max(own, default=-1) + 1)):  # who moves up by their own request
            self._case.breach("D1", f"{sent.id} has the outcomes {sorted(about)}")

    def _is_known(self, submission: str) -> bool:
        """A reply may be lost with the process that owed it; then the gateway asks the owner."""
        kept = self._case.house.kept
        owner = kept["registration"]
        return (
            submission in owner.registrations or submission in owner.changes or submission in kept["scheduling"].answers
        )

    def _gone(self, who: str) -> bool:
        """Erased, or handed on: whoever asks with the old key learns nothing."""
        kept = self._case.house.kept["registration"].registrations.get(who)
        return kept is None or kept.erased_at is not None or kept.generation > 0


def _concerns(body: dict[str, Any], sent: Any) -> bool:
    return bool(body.get("registration_id") == sent.registration_id and "accepted_at" in body) or (
        body.get("booking_id") == sent.id
    )


def _essence(kind: str, status: int, body: dict[str, Any]) -> tuple[Any, ...]:
    """An answer shows the registration as it stands by now; whether it was yes or no, and why, stays."""
    if status < 400:
        return ("yes",)
    if kind == "RegistrationSubmitted" or status == 404:
        return (str(status),)
    return (str(status), body.get("reason") or body.get("type"))
