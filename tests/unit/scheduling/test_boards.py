"""How many boards are remembered: by what is on them."""

from services.scheduling.store.boards import REMEMBERED, SMALLEST, Board, Boards


def board(claims: int, version: int = 1) -> Board:
    return Board(version, {f"claim-{number}": "b" for number in range(claims)}, {}, {}, {}, None, nothing_waits=True)


def known(boards: Boards, names: list[str]) -> list[str]:
    return [name for name in names if boards.at(name, 1) is not None]


def test_many_small_ones_are_remembered_and_few_large_ones_the_busiest_last() -> None:
    boards, small = Boards(), [f"small-{number}" for number in range(REMEMBERED // SMALLEST)]
    for name in small:
        boards.keep(name, board(0))
    assert known(boards, small) == small
    boards.keep("small-0", board(0))  # busy again
    boards.keep("large", board(REMEMBERED - 3 * SMALLEST))
    assert known(boards, [*small, "large"]) == ["small-0", small[-1], "large"]


def test_one_that_shrinks_makes_room_and_the_busiest_is_remembered_however_large() -> None:
    boards = Boards()
    boards.keep("a", board(REMEMBERED - 2 * SMALLEST))
    boards.keep("a", board(0))
    boards.keep("b", board(REMEMBERED - 2 * SMALLEST))
    assert known(boards, ["a", "b"]) == ["a", "b"]
    boards.keep("c", board(REMEMBERED))
    assert known(boards, ["a", "b", "c"]) == ["c"]
