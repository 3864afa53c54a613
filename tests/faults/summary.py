"""A tier in one table: each schedule by its seed, what it tested, what it broke, how fast all came back."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.checker import Case
from tests.faults.checker.counted import Dose, dose

HEAD = ("seed", "commands", "unknown (resolved)", "kills (inside)", "verdict", "at work after", "at most", "settled")


@dataclass(frozen=True)
class Played:
    seed: int
    dose: Dose
    broken: Sequence[str]
    back_after: Sequence[float]  # seconds from each kill until work was done again
    settled_after: float | None


def played_of(seed: int, case: Case, broken: Sequence[str]) -> Played:
    back_after = [fault.handled_after for fault in case.faults if fault.handled_after is not None]
    return Played(seed, dose(case), broken, sorted(back_after), case.recovery.settled_after)


def table(played: Sequence[Played]) -> str:
    """Markdown, with everything added up in its last line."""
    rows = [_row(str(one.seed), one) for one in played]
    if len(played) > 1:
        rows.append(_row("all", _sum(played)))
    return "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ["---"] * len(HEAD), *rows)) + "\n"


def _sum(played: Sequence[Played]) -> Played:
    settled = [one.settled_after for one in played]
    return Played(
        0,
        sum((one.dose for one in played), Dose()),
        sorted({id_ for one in played for id_ in one.broken}),
        sorted(seconds for one in played for seconds in one.back_after),
        None if None in settled else max(one for one in settled if one is not None),
    )


def _row(name: str, one: Played) -> Sequence[str]:
    back = one.back_after
    return (
        name,
        f"{one.dose.commands:,}",
        f"{one.dose.unknown:,} ({one.dose.unknown_resolved:,})",
        f"{one.dose.kills} ({one.dose.kills_inside})",
        f"broke {', '.join(one.broken)}" if one.broken else "holds",
        f"{back[len(back) // 2]:.1f} s" if back else "-",
        f"{back[-1]:.1f} s" if back else "-",
        "never" if one.settled_after is None else f"{one.settled_after:.1f} s",
    )
