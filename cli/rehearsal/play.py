"""The whole evening: open the house, play every act, wait for quiet, judge, say what was found."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cli.rehearsal import table
from cli.rehearsal.acts import ACTS, PARIS
from cli.rehearsal.brief import Brief, read_brief
from cli.rehearsal.checks import Finding, judge
from cli.rehearsal.client import Client
from cli.rehearsal.collect import collect, until_quiet
from cli.rehearsal.evidence import Evidence
from cli.rehearsal.journal import Journal
from cli.rehearsal.mailbox import Mailbox
from cli.rehearsal.own import FILE
from cli.rehearsal.passes import Passes
from cli.rehearsal.people import people
from cli.rehearsal.progress import bar_for, new_progress
from cli.rehearsal.stage import Stage
from cli.rehearsal.theatre import USUAL_PORT, Theatre
from cli.state import CHECKOUT, State
from shared.clock import Clock

GATHERINGS = CHECKOUT / "deploy" / "gatherings"


@dataclass(frozen=True)
class Plan:
    """How the rehearsal is to be."""

    root: Path
    size: float = 1.0
    seed: int = 2021
    once: bool = False
    port: int = USUAL_PORT


async def rehearse(plan: Plan, console: Console) -> bool:
    """Whether everything held. Unless it is for once, the house stays open afterwards."""
    chance = random.Random(plan.seed)  # noqa: S311  a rehearsal can be played again
    theatre, passes = Theatre(State(plan.root), port=plan.port), Passes.make(chance)
    console.print(f"Dress rehearsal, seed {plan.seed}, size {plan.size:g}", highlight=False)
    try:
        await theatre.open(passes)
        findings = await _perform(plan, theatre, passes, chance, console)
        if not plan.once:
            console.print(f"\nStill serving: {theatre.url}   Ctrl-C ends it.", highlight=False)
            with suppress(asyncio.CancelledError):  # Ctrl-C is how it ends; the verdict stands
                await theatre.until_closed()
    finally:
        await theatre.close()
    return all(found.holds for found in findings)


async def _perform(
    plan: Plan, theatre: Theatre, passes: Passes, chance: random.Random, console: Console
) -> Sequence[Finding]:
    journal = Journal()
    state, run = theatre.state, theatre.run
    stage = Stage(
        client=Client(theatre.url, journal, Clock(state.clock), chance),
        mailbox=Mailbox(CHECKOUT / run["mail_log"], CHECKOUT),
        clock_file=state.clock,
        tokens=theatre.tokens,
        briefs=briefs(),
        chance=chance,
        crowd=people(chance),
        passes=passes,
        size=plan.size,
    )
    try:
        await play(stage, console)
        with console.status("Until everything is decided, published and told"):
            stage.client.act = "(reading)"
            await until_quiet(stage, run["kafka"])
            evidence = await collect(stage, journal, run["kafka"])
    finally:
        journal.write(state.root / "journal.jsonl")
        await stage.client.close()
    return _report(console, evidence)


async def play(stage: Stage, console: Console) -> None:
    with new_progress(console) as progress:
        for act in ACTS:
            day = act.begins.astimezone(PARIS)
            stage.bar = bar_for(progress, f"{day:%-d %b %Y %H:%M}", act.title)
            stage.client.act = act.title
            await stage.move_clock(act.begins)
            await act.play(stage)
            stage.bar.done()
            if not console.is_terminal:
                console.print(f"  {day:%d %b %Y %H:%M}  {act.title}")


def briefs() -> dict[str, Brief]:
    """The seeds that are rehearsed, by their own files, and the rehearsal's own gathering."""
    found = (read_brief(file) for file in (*sorted(GATHERINGS.glob("*.yaml")), FILE))
    return {brief.gathering: brief for brief in found}


def _report(console: Console, evidence: Evidence) -> Sequence[Finding]:
    findings = judge(evidence)
    console.print()
    table.print_acts(console, evidence)
    console.print()
    table.print_places(console, evidence)
    console.print()
    table.print_facts(console, evidence)
    console.print()
    table.print_findings(console, findings)
    broken = [found.invariant.id for found in findings if not found.holds]
    words = f"[red]Broken: {', '.join(broken)}[/]" if broken else "[green]Everything holds.[/]"
    console.print(f"\n{words}")
    return findings
