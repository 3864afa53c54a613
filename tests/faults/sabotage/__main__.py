"""`python -m tests.faults.sabotage`: every mutant in a copy of the checkout; each must turn its run red."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.state import CHECKOUT
from tests.faults.sabotage.mutants import MUTANTS, Mutant

COPIED = ("services", "shared", "cli", "deploy", "tests", "pyproject.toml", "requirements.in")
BROKE = re.compile(r"Seed \d+ broke (.+)")
NOBODY = "unmutated"
ALL_FAULTS = "k1,k2,k4,k3,s3,c2"
WITHIN = 900.0


def main() -> None:
    options = _options()
    chosen = [one for one in MUTANTS if not options.only or one.name in options.only]
    console = Console(highlight=False, width=140)
    table = Table(title="Sabotage", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in ("mutant", "breaks the rule that", "faults", "seconds", "reported by", ""):
        table.add_column(column)
    survivors = []
    for mutant in [*([] if options.only else [None]), *chosen]:
        seconds, reported = _run(mutant, options.seed)
        wanted = mutant.reported_by if mutant else frozenset[str]()
        fine = bool(reported & wanted) if mutant else not reported
        name, rule, faults = (mutant.name, mutant.rule, mutant.faults) if mutant else (NOBODY, "", ALL_FAULTS)
        verdict = "as it must be" if fine else "[red]not as it must be[/]"
        table.add_row(name, rule, faults, f"{seconds:.0f}", ", ".join(sorted(reported)) or "nobody", verdict)
        console.print(f"{name}: {', '.join(sorted(reported)) or 'green'}")
        survivors += [] if fine else [name]
    console.print(table)
    sys.exit(f"Not as they must be: {', '.join(survivors)}" if survivors else 0)


def _run(mutant: Mutant | None, seed: int) -> tuple[float, frozenset[str]]:
    """How long it took, and which promises were seen broken."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="foyer-sabotage-") as folder:
        copy = Path(folder)
        _copy(copy)
        if mutant is not None:
            mutant.apply(copy)
        faults = mutant.faults if mutant else ALL_FAULTS
        command = (sys.executable, "-m", "tests.faults", "--seed", str(seed), "--faults", faults)
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=WITHIN, check=False)
    found = BROKE.search(done.stdout)
    if found is None and done.returncode:
        return time.monotonic() - began, frozenset({"L1"})  # it did not even come up again
    return time.monotonic() - began, frozenset(found.group(1).split(", ")) if found else frozenset()


def _copy(folder: Path) -> None:
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "target"))
        else:
            shutil.copy(source, folder / name)
    (folder / "deploy" / "kafka" / "target").symlink_to(CHECKOUT / "deploy" / "kafka" / "target")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.sabotage", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=[one.name for one in MUTANTS], default=())
    return parser.parse_args()


if __name__ == "__main__":
    main()
