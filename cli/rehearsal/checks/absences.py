"""When an expert is not there, as staff said: blocks of time, and those that were given back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cli.rehearsal.brief import Brief
from cli.rehearsal.evidence import Evidence
from cli.rehearsal.journal import Exchange

MADE = 201


@dataclass(frozen=True)
class Absence:
    """From when it is known that the expert is not there, the time they are not there, and when it was given back."""

    known: datetime
    since: datetime
    until: datetime
    back: Exchange | None

    def covers(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.since < ends_at and starts_at < self.until

    def is_known(self, at: datetime) -> bool:
        """While nobody could have thought otherwise: the moment in which it was given back may be either."""
        return self.known <= at and (self.back is None or at < self.back.sent_at)

    def is_over(self, at: datetime) -> bool:
        return self.back is not None and at >= self.back.answered_at


def absences(evidence: Evidence, brief: Brief, desk: str) -> Iterator[Absence]:
    path = f"/v1/gatherings/{brief.gathering}/desks/{desk}/blocks"
    gone = {one.path: one for one in evidence.journal if one.method == "DELETE" and one.accepted}
    for one in evidence.journal:
        if one.path == path and one.status == MADE:
            since, until = (datetime.fromisoformat(one.body[end]) for end in ("starts_at", "ends_at"))
            yield Absence(one.answered_at, since, until, gone.get(f"{path}/{one.answer['id']}"))
