"""What is printed at the end: what happened, act by act, and what was found."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.rehearsal.brief import PoolKey
from cli.rehearsal.checks import Finding
from cli.rehearsal.checks.fold import final, steps
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


def print_places(console: Console, evidence: Evidence) -> None:
    table = Table(title="Who was where", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in ("part", "mode", "places", "asked", "confirmed", "waiting", "were there"):
        table.add_column(column, justify="left" if column in {"part", "mode"} else "right")
    there = Counter((one.key, one.value["part"], one.value["mode"]) for one in evidence.of("attendance-recorded"))
    for gathering, brief in evidence.briefs.items():
        asked: Counter[PoolKey] = Counter()
        for step in steps(evidence, gathering):
            asked.update({(part, one.mode) for part, one in step.after.parts.items() if part not in step.before.parts})
        standings = [(part, one) for state in final(evidence, gathering).values() for part, one in state.parts.items()]
        confirmed = Counter((part, one.mode) for part, one in standings if one.status == "confirmed")
        waiting = Counter((part, one.mode) for part, one in standings if one.is_live and one.status != "confirmed")
        for pool, terms in brief.pools.items():
            counts = (asked[pool], confirmed[pool], waiting[pool], there[gathering, *pool])
            places = "no limit" if terms.capacity is None else str(terms.capacity)
            table.add_row(*pool, places, *(str(count) for count in counts))
    console.print(table)


def print_facts(console: Console, evidence: Evidence) -> None:
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
