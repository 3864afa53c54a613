"""What is printed at the end: what was broken, how often, how fast it came back, and what held."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.faults.checker import Case, Finding
from tests.faults.checker.case import Fault
from tests.faults.checker.counted import dose

SHOWN = 4


def print_report(console: Console, case: Case, findings: Sequence[Finding]) -> None:
    _print_faults(console, case)
    console.print()
    words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in asdict(dose(case)).items())
    console.print(f"Tested: {words}; settled after {case.recovery.settled_after} s")
    for one in case.replays:
        console.print(f"{one.id}: {one.records} records again, {one.new_facts} new facts, {one.new_mails} new mails")
    console.print()
    _print_findings(console, findings)


def _print_faults(console: Console, case: Case) -> None:
    table = Table(title="What was broken", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in ("fault", "what", "times", "in a handler", "whole again after, median", "at most", "at work again"):
        table.add_column(column, justify="left" if column in {"fault", "what"} else "right")
    struck: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in case.faults:
        struck[fault.id, fault.target].append(fault)
    for (id_, target), found in sorted(struck.items()):
        times = sorted(one.recovered_after or 0.0 for one in found)
        inside = str(sum(one.inside for one in found))
        at_work = [one.handled_after for one in found if one.handled_after is not None]
        shown = (f"{times[len(times) // 2]:.1f} s", f"{times[-1]:.1f} s", f"{max(at_work):.1f} s" if at_work else "")
        table.add_row(id_, target, str(len(found)), inside, *shown)
    console.print(table)


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    table = Table(title="What held", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in ("", "promise", "looked at", "broken"):
        table.add_column(column, justify="right" if column in {"looked at", "broken"} else "left")
    for one in findings:
        colour = "red" if one.is_broken else "yellow" if one.is_untested else "green"
        counts = (str(one.verdict.examined), str(len(one.verdict.breaches)))
        table.add_row(f"[{colour}]{one.promise.id}[/]", one.promise.words, *counts)
    console.print(table)
    for one in findings:
        for words in one.verdict.breaches[:SHOWN]:
            console.print(f"  {one.promise.id}: {words}", markup=False, highlight=False)
        if len(one.verdict.breaches) > SHOWN:
            console.print(f"  {one.promise.id}: … and {len(one.verdict.breaches) - SHOWN} more")
