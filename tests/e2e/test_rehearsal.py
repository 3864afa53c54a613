"""Both seed gatherings, from the first invitation to the last article, played and judged from outside."""

import os
import subprocess
import sys
from pathlib import Path

from cli.state import CHECKOUT

WITHIN = 600


def test_the_dress_rehearsal_of_both_gatherings_holds_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "rehearse", "--once", "--size", "0.3"],
        cwd=CHECKOUT,
        env={**os.environ, "FOYER_STATE": str(tmp_path), "FOYER_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WITHIN,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "Everything holds." in done.stdout
    assert not (tmp_path / "demo" / "run.json").exists()  # it is taken away when the last process has ended
