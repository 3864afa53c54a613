"""Both seed gatherings, from the first invitation to the last article, played and judged from outside."""

import io
from pathlib import Path

from rich.console import Console

from cli.rehearsal.play import Plan, rehearse


async def test_the_dress_rehearsal_of_both_gatherings_holds_and_leaves_nothing_running(tmp_path: Path) -> None:
    told = io.StringIO()
    root = tmp_path / "demo"

    held = await rehearse(Plan(root, size=0.3, once=True, port=0), Console(file=told, width=120))

    assert held, told.getvalue()
    assert "Everything holds." in told.getvalue()
    assert not (root / "run.json").exists()  # it is taken away when the last process has ended
