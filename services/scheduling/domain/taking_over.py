"""A colleague takes a registration over: its places and meetings are theirs, what the former holder said is not."""

from collections.abc import Iterator
from dataclasses import replace

from services.scheduling.domain.facts import Fact, Forgotten, Learned
from services.scheduling.domain.state import Registration


def takes_over(known: Registration, generation: int) -> Iterator[Fact]:
    """Whoever holds a newer key shows it by their first request, if that comes before registration's own fact."""
    if generation > known.generation:
        yield Learned(replace(known, generation=generation))
        yield Forgotten(known.id)
