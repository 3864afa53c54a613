"""Proposes who meets whom: as many meetings as can be found, then as fairly shared as can be, then dear ones."""

from collections.abc import Sequence

from services.scheduling.solver.partnering.board import Board
from services.scheduling.solver.partnering.bounding import upper_bound
from services.scheduling.solver.partnering.checking import heard, problems
from services.scheduling.solver.partnering.field import survey
from services.scheduling.solver.partnering.model import Locked, Person, Rules, Schedule, Slot
from services.scheduling.solver.partnering.searching import MOST_MOVES, Search
from services.scheduling.solver.partnering.telling import delegations, figures, meetings, shares
from services.scheduling.solver.refusing import Refusal
from services.scheduling.solver.watching import UNWATCHED, Watch


def match(
    people: Sequence[Person],
    slots: Sequence[Slot],
    rules: Rules,
    locked: Sequence[Locked] = (),
    watch: Watch = UNWATCHED,
) -> Schedule | Refusal:
    """Plan around the locked meetings; the same question and seed have the same answer, byte for byte."""
    found = problems(people, slots, rules, locked)
    if found:
        return Refusal(found)
    hearing, ignored = heard(people, rules)
    field = survey(hearing, slots, rules, locked)
    bound = upper_bound(field, watch)
    board = Board(field)
    search = Search(board)
    moves = min(MOST_MOVES, rules.effort * len(field.pairs))
    search.fill()
    search.improve(watch, "meetings", moves, fairer=False, enough=bound - len(field.locked))
    search.improve(watch, "fairness", moves // 2, fairer=True, enough=bound - len(field.locked))
    search.settle()
    return Schedule(
        meetings=meetings(board),
        figures=figures(board, bound),
        shares=shares(board),
        delegations=tuple(delegations(field, board)),
        ignored=ignored,
    )
