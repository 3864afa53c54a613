"""How many meetings there can be at best: the linear relaxation, its prices summed here so that the bound holds."""

import math

import numpy as np

from services.scheduling.solver.linear import INFINITY, Program
from services.scheduling.solver.partnering.board import Board
from services.scheduling.solver.partnering.field import NO_LIMIT, Field
from services.scheduling.solver.watching import UNWATCHED, Watch

SLACK = 1e-4  # a first-order method stops a little beside the optimum


def upper_bound(field: Field, watch: Watch = UNWATCHED) -> int:
    """No schedule has more meetings, locked ones included.

    Any prices for people's slots, tables, limits and pairs give a bound: their sum and what a meeting is worth beyond
    them. The relaxation's prices give the least; the solver need not be exact, as the sum is taken here.
    """
    board = Board(field)
    program, columns = Program(), 0
    rows: dict[tuple[str, int, int], list[int]] = {}
    for index, pair in enumerate(field.pairs):
        for slot in range(len(field.slots)):
            if (board.free[pair.one] & board.free[pair.other]) >> slot & 1:
                column = program.column(1)
                columns += 1
                rows.setdefault(("pair", index, 0), []).append(column)
                for person in (pair.one, pair.other):
                    rows.setdefault(("person", person, slot), []).append(column)
                    rows.setdefault(("most", person, 0), []).append(column)
                    rows.setdefault(("delegation", field.delegation_of[person], 0), []).append(column)
                if pair.needs_table:
                    rows.setdefault(("tables", slot, 0), []).append(column)
    limits = [(_limit(board, key), members) for key, members in rows.items()]
    limits = [(limit, members) for limit, members in limits if limit < len(members)]
    for limit, members in limits:
        program.row(-INFINITY, limit, [(column, 1.0) for column in members])
    relaxed = program.relaxed([-1.0] * columns, watch, "bound", "pdlp")
    prices = np.zeros(len(limits)) if relaxed is None else np.maximum(0.0, -relaxed.prices)
    worth = np.ones(columns)
    for price, (_, members) in zip(prices, limits, strict=True):
        worth[members] -= price
    total = sum(float(price) * limit for price, (limit, _) in zip(prices, limits, strict=True))
    return len(field.locked) + math.floor(total + float(np.maximum(0.0, worth).sum()) + SLACK)


def _limit(board: Board, key: tuple[str, int, int]) -> int:
    """What is left of each limit beside the locked meetings."""
    kind, index, _ = key
    if kind == "tables":
        return max(0, board.tables[index])
    if kind == "most":
        return max(0, board.field.maxima[index] - board.met[index])
    if kind == "delegation":
        most = board.delegation_most[index]
        return NO_LIMIT if most == NO_LIMIT else max(0, most - board.delegation_met[index])
    return 1
