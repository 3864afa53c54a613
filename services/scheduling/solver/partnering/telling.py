"""What people are told: figures, tables, and why a wish is not met."""

from collections.abc import Iterator

from services.scheduling.solver.partnering.board import FEW, NOBODY, Board
from services.scheduling.solver.partnering.field import Field, Pair, why_never
from services.scheduling.solver.partnering.model import DelegationShare, Figures, Meeting, Share, Unmet, Why


def meetings(board: Board) -> tuple[Meeting, ...]:
    """All meetings with their tables, by slot: whoever sat at a table stays there if it is free, or takes the first."""
    field = board.field
    found: list[Meeting] = []
    seat: dict[int, int] = {}
    for slot, times in enumerate(field.slots):
        standing = [(pair, meeting.table) for meeting, pair, at in field.locked if at == slot]
        free = set(range(1, times.tables + 1)) - {table for _, table in standing}
        moving = [pair for index, pair in enumerate(field.pairs) if board.slot_of[index] == slot]
        for pair, fixed in (*standing, *((pair, None) for pair in moving)):
            is_locked = pair.slots == 0
            table = fixed if fixed is not None or not pair.needs_table else _table(pair, seat, free)
            if table is not None:
                free.discard(table)
                seat[pair.one] = seat[pair.other] = table
            ids = (field.people[pair.one].id, field.people[pair.other].id)
            found.append(Meeting(ids, times.id, table, is_locked))
    return tuple(found)


def _table(pair: Pair, seat: dict[int, int], free: set[int]) -> int | None:
    for person in (pair.one, pair.other):
        if seat.get(person) in free:
            return seat[person]
    return min(free, default=None)


def figures(board: Board, bound: int) -> Figures:
    """How good it is."""
    met, total = board.met, sum(board.met)
    return Figures(
        meetings=board.meetings + len(board.field.locked),
        bound=bound,
        possible_pairs=len(board.pairs) + len(board.field.locked),
        people=len(met),
        with_none=sum(count == 0 for count in met),
        under_three=sum(count < FEW for count in met),
        jain=round(total * total / (len(met) * sum(count * count for count in met)), 4) if total else 1.0,
    )


def shares(board: Board) -> tuple[Share, ...]:
    """What each person gets, and why not more."""
    field = board.field
    place = {person.id: index for index, person in enumerate(field.people)}
    together = {(pair.one, pair.other) for _, pair, _ in field.locked}
    together |= {(pair.one, pair.other) for index, pair in enumerate(field.pairs) if board.slot_of[index] != NOBODY}
    found = []
    for index, person in enumerate(field.people):
        others = [place[wish] for wish in person.wishes]
        missed = [other for other in others if (min(index, other), max(index, other)) not in together]
        unmet = tuple(Unmet(field.people[other].id, _why(board, index, other)) for other in missed)
        missing = max(0, field.minima[index] - board.met[index])
        found.append(Share(person.id, board.met[index], missing, unmet))
    return tuple(found)


def _why(board: Board, one: int, other: int) -> Why:
    field = board.field
    never = why_never(field.people[one], field.people[other], field.rules)
    if never is not None:
        return never
    if not field.available[one] & field.available[other]:
        return Why.NO_COMMON_SLOT
    if board.met[one] >= field.maxima[one]:
        return Why.MAXIMUM_REACHED
    if board.met[other] >= field.maxima[other]:
        return Why.THEIR_MAXIMUM_REACHED
    if board.is_sated(one) or board.is_sated(other):
        return Why.DELEGATION_MAXIMUM_REACHED
    return Why.TABLES_FULL if board.free[one] & board.free[other] else Why.SLOTS_TAKEN


def delegations(field: Field, board: Board) -> Iterator[DelegationShare]:
    """What each delegation gets."""
    for index, delegation in enumerate(field.delegations):
        if delegation is not None:
            met = board.delegation_met[index]
            yield DelegationShare(delegation, met, max(0, board.lacking[index] - met))
