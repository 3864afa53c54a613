"""N8: who is there in person is told a room's name or a table, who is remote, or meets somebody who is, a link."""

from collections.abc import Iterator
from typing import Any

from cli.rehearsal.brief import IN_PERSON, Brief
from cli.rehearsal.checks.fold import final
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import Evidence, Mail, Record

ROOM, MEETING, REMINDER = "room-assigned", "meeting-scheduled", "reminder"
WAY_IN = "/v1/join/"


def each_is_told_where(evidence: Evidence) -> Verdict:
    """Of several things that one decision gave a person, each mail names one."""
    bench = Bench()
    mails = {mail.message_id: mail for mail in evidence.mails}
    for gathering, brief in evidence.briefs.items():
        states = final(evidence, gathering)
        for line in evidence.exports.get(gathering, ()):
            if line.get("template") not in {ROOM, MEETING, REMINDER} or line["status"] != "sent":
                continue
            who, mail = line["registration_id"], mails.get(line["message_id"])
            facts = list(_facts(evidence, line))
            if mail is None or not facts or who not in states:
                continue
            standing = states[who].parts.get(_part(brief, facts[0]) or "")
            if standing is not None and standing.is_live:  # who has left meanwhile need not be anywhere
                words = f"{line['id']} ({line['template']}) does not tell {who} where to be"
                is_told = (_is_told(brief, mail, fact, in_person=standing.mode == IN_PERSON) for fact in facts)
                bench.expect(any(is_told), words)
    return bench.verdict


def _facts(evidence: Evidence, line: Any) -> Iterator[Record]:
    told_of = MEETING if line["template"] == REMINDER else line["template"]
    for record in evidence.caused.get(line["cause_id"], ()):
        value = record.value
        if record.topic == told_of and line["registration_id"] in (
            *value.get("registration_ids", ()),
            value.get("registration_id"),
        ):
            yield record


def _part(brief: Brief, fact: Record) -> str | None:
    if fact.topic == MEETING:
        return str(fact.value["part"])
    return brief.groups.part if brief.groups is not None else None


def _is_told(brief: Brief, mail: Mail, fact: Record, *, in_person: bool) -> bool:
    """A link is for who is remote, and for both of two who meet and have no table, for one of them is."""
    named = [*_names(brief, fact)]
    by_link = not named if fact.topic == MEETING else not in_person
    return WAY_IN in mail.text if by_link else WAY_IN not in mail.text and any(words in mail.text for words in named)


def _names(brief: Brief, fact: Record) -> Iterator[str]:
    if fact.topic == ROOM and brief.groups is not None:
        yield from brief.groups.titles[fact.value["room"]]
    elif fact.topic == MEETING and fact.value["table"] is not None:
        yield f"Table {fact.value['table']}"


INVARIANTS = (Invariant("N8", "a room or table is named to who is there, else a link", each_is_told_where),)
