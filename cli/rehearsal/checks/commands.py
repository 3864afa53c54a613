"""D1 to D4: every accepted command has one outcome, a key has one effect, and what was refused has none."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from cli.rehearsal.checks.fold import state_of
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import ON_MEETINGS, PRIVATE, REGISTRATION, SCHEDULING, Evidence, Record
from cli.rehearsal.journal import Exchange

STABLE = ("id", "manage_token")  # the same in every answer under one key
ONCE_DECIDED = ("accepted_at", "receipt")  # until then each says when it came itself
UNDECIDED, UNKNOWN = 202, 503
OWNERS = frozenset({REGISTRATION, SCHEDULING})
OFFERS = frozenset({"slot-offered", "slot-offer-ended"})  # the clock's doing, or what follows: S9 has them
DEAD = ".dead-letter"
MISMATCH = 422
POSTED = ("/registrations", "/bookings", "/cancellation", "/reschedule", "/holds", "/meetings", "/held")


def one_outcome_each(evidence: Evidence) -> Verdict:
    """What was accepted is in the intake and has exactly one outcome; and there is no outcome without its command."""
    bench = Bench()
    for one in evidence.journal:
        if one.accepted and _is_submission(one):
            bench.expect(
                one.id in evidence.intake_by_request, f"{one.method} {one.path} was accepted and is not logged"
            )
    erased = {record.value["registration_id"] for record in evidence.of("attendee-erased")}
    for submission in evidence.intake.values():
        if submission.type in PRIVATE:
            continue
        said, is_erased = _answers(evidence, submission), submission.value["registration_id"] in erased
        may_be_silent = is_erased or submission.type in ON_MEETINGS  # erased meanwhile, or it was so already
        is_fine = len(said) == 1 or (may_be_silent and not said)
        bench.expect(is_fine, f"{submission.subject} has {len(said)} outcomes")
    for record in evidence.outcomes:
        bench.expect(not record.topic.endswith(DEAD), f"{record.subject} lies among the dead letters: {record.topic}")
        if (
            record.headers.get("ce_source") == REGISTRATION
            and record.value.get("version") == 1
            and "parts" in record.value
        ):
            is_public = record.value.get("category", "attendee") == "attendee"
            is_asked = not is_public or record.cause in evidence.intake
            bench.expect(is_asked, f"{record.subject} was decided, and nobody asked for it")
    return bench.verdict


def _answers(evidence: Evidence, submission: Record) -> set[str]:
    """The outcomes of one submission: its own registration, booking or meeting, decided once.

    Whose place became free in the batch that put them on the waiting list moves up in it: that is no second outcome.
    """
    own = {submission.value["registration_id"], submission.value.get("booking_id")} - {None}
    source = REGISTRATION if submission.topic == "registration-submitted" else SCHEDULING
    said = [
        record
        for record in evidence.caused.get(submission.id, ())
        if record.headers.get("ce_source") == source
        and record.topic not in OFFERS
        and own & {record.value.get("booking_id"), *_concerned(record)}
    ]
    waited = {record.value["version"] for record in said if record.topic == "registration-waitlisted"}
    return {
        record.subject
        for record in said
        if record.topic != "registration-confirmed" or record.value["version"] - 1 not in waited
    }


def _concerned(record: Record) -> set[str]:
    named: list[str] = record.value.get("registration_ids", [record.value.get("registration_id")])
    return set(named)


def one_key_one_answer(evidence: Evidence) -> Verdict:
    """The same key and body: the same answer, once it is known, and one effect."""
    bench = Bench()
    for asked in _by_key(evidence).values():
        known = [one for one in asked if one.status is not None and one.status < 500]  # noqa: PLR2004
        for one, other in pairwise(known):
            words = f"{one.method} {one.path} under {one.key}: {one.status}, then {other.status}"
            bench.expect(_is_same(one, other), words)
        effects = {record.id for one in asked if (record := evidence.intake_by_request.get(one.id)) is not None}
        if len(asked) > 1:
            bench.expect(
                len(effects) <= 1, f"{asked[0].method} {asked[0].path} under {asked[0].key}: {len(effects)} effects"
            )
    return bench.verdict


def _is_same(one: Exchange, other: Exchange) -> bool:
    """Accepted and undecided may become decided; nothing else may change. What is said later may be a later state."""
    undecided = UNDECIDED in {one.status, other.status}
    if one.status != other.status and not undecided:
        return False
    if not (one.accepted and isinstance(one.answer, dict) and isinstance(other.answer, dict)):
        return True
    stable = STABLE if undecided else STABLE + ONCE_DECIDED
    if any(one.answer.get(name) != other.answer.get(name) for name in stable if name in one.answer):
        return False
    return one.answer.get("version") != other.answer.get("version") or one.answer.get("parts") == other.answer.get(
        "parts"
    )


def another_body_is_refused(evidence: Evidence) -> Verdict:
    """A key that comes back with another body: 422, nothing of the first answer in it, no effect."""
    bench = Bench()
    first: dict[tuple[str, str, str], Exchange] = {}
    for one in evidence.journal:
        if one.key is None or not _is_submission(one):
            continue
        before = first.setdefault((one.method, one.path, one.key), one)
        if before.digest == one.digest:
            continue
        # what could not be decided at once must have been declined, and what was not answered was not refused
        is_refused = one.status in {MISMATCH, UNDECIDED, None} or one.status == UNKNOWN
        bench.expect(is_refused, f"{one.path} took a second body under {one.key}: {one.status}")
        if isinstance(before.answer, dict) and "id" in before.answer:
            bench.expect(
                before.answer["id"] not in str(one.answer), f"{one.path} told a stranger about {before.answer['id']}"
            )
        bench.expect(not _effects(evidence, one), f"{one.path} acted on a second body under {one.key}")
    return bench.verdict


def refused_means_nothing_happened(evidence: Evidence) -> Verdict:
    """A 4xx leaves nothing behind but, at most, the fact that says no."""
    bench = Bench()
    for one in evidence.journal:
        if one.refused and _is_submission(one):
            effects = _effects(evidence, one)
            bench.expect(not effects, f"{one.method} {one.path} was answered {one.status} and did {', '.join(effects)}")
    return bench.verdict


def _effects(evidence: Evidence, one: Exchange) -> Sequence[str]:
    """What a request changed: every fact of an owner caused by it that does not say no. A mail may say no as well."""
    submission = evidence.intake_by_request.get(one.id)
    if submission is None or _was_answered_otherwise(evidence, one, submission):
        return ()
    said = evidence.caused.get(submission.id, ())
    own = submission.value["registration_id"]
    return [
        record.subject
        for record in said
        if record.headers.get("ce_source") in OWNERS
        and record.topic not in OFFERS
        and own in _concerned(record)
        and not _says_no(record)
    ]


def _was_answered_otherwise(evidence: Evidence, one: Exchange, submission: Record) -> bool:
    """The same submission came in another request that was accepted: the effect is that one's."""
    same = (
        other for other in evidence.journal if other.key == one.key and other.digest == one.digest and other.accepted
    )
    return any(
        (found := evidence.intake_by_request.get(other.id)) is not None and found.id == submission.id for other in same
    )


def _says_no(record: Record) -> bool:
    if record.topic == "slot-refused" or record.value.get("refused"):
        return True
    return "parts" in record.value and not state_of(record).is_live and record.topic == "registration-declined"


def _by_key(evidence: Evidence) -> dict[tuple[str, str], list[Exchange]]:
    found: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for one in evidence.journal:
        if one.key is not None and _is_submission(one):
            found[one.key, one.digest].append(one)
    return found


def _is_submission(one: Exchange) -> bool:
    """What the public submits: registrations, bookings, wishes, and what their holders do with them."""
    if one.method == "PUT":
        return one.path.startswith("/v1/registrations/")
    if one.method == "POST" and one.path.endswith(POSTED):
        return not (isinstance(one.body, dict) and "category" in one.body)
    return one.method in {"PATCH", "DELETE"} and one.path.startswith(("/v1/registrations/", "/v1/bookings/"))


INVARIANTS = (
    Invariant("D1", "every accepted command has exactly one outcome", one_outcome_each),
    Invariant("D2", "the same key and body: the same answer, one effect", one_key_one_answer),
    Invariant("D3", "the same key, another body: refused, nothing told", another_body_is_refused),
    Invariant("D4", "what was refused had no effect", refused_means_nothing_happened),
)
