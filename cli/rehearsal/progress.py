"""Progress bars, one per act; silent where nobody watches."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bar:
    """What an act has done of what it means to do."""

    def __init__(self, progress: Progress | None = None, task: TaskID | None = None) -> None:
        self._progress = progress
        self._task = task
        self._total = 0

    def more(self, count: int) -> None:
        self._total += count
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=self._total)

    def step(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)

    def done(self) -> None:
        """An act that had nothing to count is done all the same; its clock stops."""
        if self._progress is not None and self._task is not None:
            if self._total == 0:
                self._progress.update(self._task, total=1, completed=1)
            self._progress.stop_task(self._task)


def new_progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[day]:<17}"),
        TextColumn("{task.description:<44}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,  # a log has one line per act instead
    )


def bar_for(progress: Progress, day: str, title: str) -> Bar:
    return Bar(progress, progress.add_task(title, total=None, day=day))
