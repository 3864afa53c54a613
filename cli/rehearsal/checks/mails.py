"""N1 to N3: no mail is lost, none comes twice, and each speaks to its own person alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import Evidence, Invited, Mail, Record
from cli.rehearsal.people import canaries

TERMINAL = frozenset({"sent", "failed", "suppressed"})
SCHEDULED = "scheduled"  # a reminder that is not due yet
REMINDER = "reminder"
DECISION = "decision"  # stands for all templates that tell of a registration
TOLD_BY = {"slot-booked": "slot-booked", "slot-moved": "slot-moved", "slot-released": "slot-released"}
TOLD_BY |= {"ticket-issued": "ticket", "invitation-issued": "invitation", "slot-offered": "slot-offered"}
TOLD_BY |= {"room-assigned": "room-assigned", "room-released": "room-released"}
OF_TWO = frozenset({"meeting-scheduled", "meeting-cancelled"})  # a mail to each, but to whoever gave it up
OF_A_DECISION = frozenset({"confirmed", "waitlisted", "awaiting-selection", "declined", "changed", "cancelled"})
OF_A_DECISION |= {"substituted", "change-refused", "rescheduled"}
HANDED_ON = "handed-on"  # to whom it was before a substitution
FOR_EXPERTS = frozenset({"slot-booked-expert", "slot-moved-expert", "slot-released-expert"})

Line = Mapping[str, Any]
What = tuple[str, str, str]  # to whom, which kind, because of what


def none_is_lost(evidence: Evidence) -> Verdict:
    """One notification for every fact that somebody must hear of, each at its end; what was sent is in the sink."""
    bench = Bench()
    told = Counter(_what(line) for line in evidence.exported("notification"))
    wanted = Counter(what for what, _ in notifiable(evidence))
    for what, times in wanted.items():
        bench.expect(told[what] == times, f"{_say(what)}: {told[what]} notifications for {times} facts")
    arrived = Counter(mail.message_id for mail in evidence.mails)
    for line in evidence.exported("notification"):
        is_ended = line["status"] in TERMINAL or (line["template"], line["status"]) == (REMINDER, SCHEDULED)
        bench.expect(is_ended, f"{line['id']} ({line['template']}) is still {line['status']}")
        if line["status"] == "sent":
            bench.expect(arrived[line["message_id"]] > 0, f"{line['id']} ({line['template']}) never arrived")
    _newest_state_is_told(bench, evidence)
    _article_reaches_who_was_there(bench, evidence)
    return bench.verdict


def _newest_state_is_told(bench: Bench, evidence: Evidence) -> None:
    """Mails about a registration may be withheld only because a newer one says how it stands, or they are erased."""
    erased = {record.value["registration_id"] for record in evidence.of("attendee-erased")}
    newest: dict[str, tuple[int, What]] = {}
    for what, record in notifiable(evidence):
        if what[1] == DECISION and what[0] not in erased:
            newest[what[0]] = max(newest.get(what[0], (0, what)), (record.value["version"], what))
    statuses: dict[What, set[str]] = defaultdict(set)
    for line in evidence.exported("notification"):
        statuses[_what(line)].add(line["status"])
    for who, (version, what) in newest.items():
        bench.expect(statuses[what] != {"suppressed"}, f"{who} was never told of its version {version}")


def _article_reaches_who_was_there(bench: Bench, evidence: Evidence) -> None:
    told = Counter(_what(line) for line in evidence.exported("notification"))
    for article in evidence.of("follow-up-published"):
        there = (
            one for one in evidence.of("attendance-recorded") if one.key == article.key and one.time <= article.time
        )
        for who in {one.value["registration_id"] for one in there}:
            times = told[who, "follow-up", article.value["follow_up_id"]]
            bench.expect(times == 1, f"{who} was there and was sent the article {times} times")


def notifiable(evidence: Evidence) -> Iterator[tuple[What, Record]]:
    """The facts somebody must hear of; those of one decision count once."""
    seen: set[tuple[str, str]] = set()
    for record in evidence.outcomes:
        if record.topic.startswith("registration-") and "parts" in record.value:
            if (record.cause, record.subject) not in seen:
                seen.add((record.cause, record.subject))
                yield (record.value["registration_id"], DECISION, record.cause), record
            if record.value.get("substituted"):
                yield (record.value["registration_id"], HANDED_ON, record.cause), record
        elif record.topic in TOLD_BY and not record.value.get("revoked"):
            who = record.value.get("registration_id") or ""
            yield (who, TOLD_BY[record.topic], record.cause), record
        elif record.topic in OF_TWO:
            yield from (
                ((who, record.topic, record.cause), record)
                for who in record.value["registration_ids"]
                if who != record.value.get("by")
            )


def _what(line: Line) -> What:
    template = DECISION if line["template"] in OF_A_DECISION else line["template"]
    return line["registration_id"] or "", template, line["cause_id"]


def _say(what: What) -> str:
    registration_id, template, cause = what
    return f"{template} to {registration_id or 'an invited person'} because of {cause}"


def none_comes_twice(evidence: Evidence) -> Verdict:
    """Nothing was killed or cut off, so a second copy has no excuse."""
    bench = Bench()
    for message_id, copies in Counter(mail.message_id for mail in evidence.mails).items():
        bench.expect(copies == 1, f"{message_id} arrived {copies} times")
    known = {line["message_id"] for line in evidence.exported("notification")}
    for mail in evidence.mails:
        bench.expect(mail.message_id in known, f"{mail.message_id} was sent, and no notification says so")
    return bench.verdict


def each_to_its_own(evidence: Evidence) -> Verdict:
    """The envelope names the person it is for, and the text speaks of nobody else."""
    bench = Bench()
    lines = {line["message_id"]: line for line in evidence.exported("notification")}
    versions = _versions(evidence)
    invited = _invited(evidence)
    known = evidence.everybody
    experts = {desk.email for brief in evidence.briefs.values() for desk in brief.desks.values()}
    for mail in evidence.mails:
        line = lines.get(mail.message_id)
        if line is None:
            continue
        if line["template"] in FOR_EXPERTS:
            allowed = {email for email in experts if email}
            people = _holders(evidence, line["registration_id"], 1)
        elif line["template"] == "invitation":
            allowed = people = {one.email for one in invited.get(line["cause_id"], ()) if one.code in mail.text}
        elif line["template"] == HANDED_ON:
            allowed = people = _former(evidence, line)
        else:
            allowed = people = _holders(evidence, line["registration_id"], versions.get(_what(line), 1))
        bench.expect(
            len(mail.to) == 1 and set(mail.to) <= allowed, f"{line['id']} ({line['template']}) went to {mail.to}"
        )
        strangers = (_named(mail) & known) - canaries(" ".join(people | _met(evidence, line)))
        bench.expect(not strangers, f"{line['id']} ({line['template']}) to {mail.to} speaks of {set(strangers)}")
    return bench.verdict


def _holders(evidence: Evidence, registration_id: str | None, version: int) -> set[str]:
    """Who held it then, or took it over later: a mail is addressed when it is sent."""
    held = evidence.holders.get(registration_id or "", ())
    then = evidence.holder(registration_id or "", version)
    return {one.address for one in held if one.since >= version} | ({then.address} if then else set())


def _former(evidence: Evidence, line: Line) -> set[str]:
    """Who held it until the very decision that the mail tells of."""
    who = line["registration_id"]
    facts = (one.value for one in evidence.caused.get(line["cause_id"], ()) if one.value.get("substituted"))
    then = (evidence.holder(who, fact["version"] - 1) for fact in facts if fact["registration_id"] == who)
    return {one.address for one in then if one is not None}


def _met(evidence: Evidence, line: Line) -> set[str]:
    """Whom somebody is to meet, or was: two who meet are told each other's name, and whoever took a place over."""
    if line["template"] not in OF_TWO | {REMINDER}:
        return set()
    pairs = (one.value["registration_ids"] for one in evidence.caused.get(line["cause_id"], ()) if one.topic in OF_TWO)
    others = {who for pair in pairs if line["registration_id"] in pair for who in pair}
    return {one.address for who in others for one in evidence.holders.get(who, ())}


def _versions(evidence: Evidence) -> dict[What, int]:
    facts = (found for found in notifiable(evidence) if found[0][1] == DECISION)
    return {what: int(record.value["version"]) for what, record in facts}


def _invited(evidence: Evidence) -> dict[str, list[Invited]]:
    """Whom one act of inviting addressed, by its cause."""
    found: dict[str, list[Invited]] = defaultdict(list)
    for record in evidence.of("invitation-issued"):
        whom = evidence.invited.get(record.value["invitation_id"])
        if whom is not None:
            found[record.cause].append(whom)
    return found


def _named(mail: Mail) -> frozenset[str]:
    return canaries(mail.text) | canaries(mail.subject)


INVARIANTS = (
    Invariant("N1", "no mail is lost", none_is_lost),
    Invariant("N2", "no mail comes twice", none_comes_twice),
    Invariant("N3", "each mail speaks to its own person alone", each_to_its_own),
)
