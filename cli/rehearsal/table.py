"""What is printed at the end: what happened, act by act, and what was found."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.rehearsal.checks import Finding
from cli.rehearsal.evidence import Evidence
from cli.rehearsal.journal import Exchange

SHOWN = 5  # breaches of one invariant that are spelt out


def print_acts(console: Console, evidence: Evidence) -> None:
    table = Table(title="What happened", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in ("act", "requests", "accepted", "refused", "unknown", "slowest"):
        table.add_column(column, justify="left" if column == "act" else "right")
    acts: dict[str, list[Exchange]] = {}
    for one in evidence.journal:
        acts.setdefault(one.act, []).append(one)
    for act, asked in acts.items():
        accepted = sum(one.accepted for one in asked)
        refused = sum(one.refused for one in asked)
        unknown = len(asked) - accepted - refused
        slowest = max(one.took for one in asked)
        table.add_row(act, *(str(count) for count in (len(asked), accepted, refused, unknown)), f"{slowest:.2f} s")
    console.print(table)


def print_outcomes(console: Console, evidence: Evidence) -> None:
    facts = Counter(record.topic for record in evidence.first_copies)
    table = Table(title="What was said", title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column("topic")
    table.add_column("facts", justify="right")
    for topic, count in sorted(facts.items()):
        table.add_row(topic, str(count))
    repeats = len(evidence.records) - len(evidence.first_copies)
    table.add_row("(repeats)", str(repeats))
    table.add_row("(mails in the sink)", str(len(evidence.mails)))
    console.print(table)


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    table = Table(title="Checked from outside", title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("invariant")
    table.add_column("never broken")
    table.add_column("looked at", justify="right")
    table.add_column("breaches", justify="right")
    for found in findings:
        mark = "[green]✓[/]" if found.holds else "[red]✗[/]"
        examined, breaches = found.verdict.examined, len(found.verdict.breaches)
        table.add_row(mark, found.invariant.id, found.invariant.promise, str(examined), str(breaches or ""))
    console.print(table)
    for found in findings:
        if found.verdict.examined == 0:
            console.print(f"{found.invariant.id}: nothing was looked at, so nothing is shown", markup=False)
        for words in found.verdict.breaches[:SHOWN]:
            console.print(f"{found.invariant.id}: {words}", markup=False)
        if len(found.verdict.breaches) > SHOWN:
            console.print(f"{found.invariant.id}: and {len(found.verdict.breaches) - SHOWN} more", markup=False)
