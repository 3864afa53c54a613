"""Fields are only added, and may be left out. Whatever else changes breaks somebody."""

from typing import Literal

import pytest
from pydantic import BaseModel

from cli.evolution import breaches


class Row(BaseModel):
    seat: int


class Promised(BaseModel):
    id: str
    kind: Literal["a", "b"]
    row: Row
    rows: tuple[Row, ...] = ()
    note: str | None = None


class WithMore(Promised):
    added: str | None = None


class WithAnotherKind(Promised):
    kind: Literal["a", "b", "c"]  # type: ignore[assignment]


class WithADuty(Promised):
    added: str


class Without(BaseModel):
    kind: Literal["a", "b"]
    row: Row
    rows: tuple[Row, ...] = ()
    note: str | None = None


class WithFewerKinds(Promised):
    kind: Literal["b", "c"]  # type: ignore[assignment]


class Looser(Promised):
    id: str = ""


class OfAnotherType(Promised):
    id: int  # type: ignore[assignment]


class NeverNull(Promised):
    note: str = ""


class OtherRow(BaseModel):
    seat: str


class WithOtherRows(Promised):
    rows: tuple[OtherRow, ...] = ()  # type: ignore[assignment]


class Tree(BaseModel):
    branches: tuple["Tree", ...] = ()


def compared(promised: type[BaseModel], proposed: type[BaseModel]) -> list[str]:
    return breaches(*(one.model_json_schema(mode="serialization") for one in (promised, proposed)))


@pytest.mark.parametrize("proposed", [Promised, WithMore, WithAnotherKind])
def test_what_is_only_added_keeps_the_promise(proposed: type[BaseModel]) -> None:
    assert compared(Promised, proposed) == []


@pytest.mark.parametrize(
    ("proposed", "breach"),
    [
        (WithADuty, "/added must now be there: records of before lack it"),
        (Without, "/id is gone"),
        (WithFewerKinds, "/kind is never 'a' any more"),
        (Looser, "/id may now be left out: readers rely on it"),
        (OfAnotherType, "/id#type was 'string', is 'integer'"),
        (WithOtherRows, "/rows#items/seat#type was 'integer', is 'string'"),
    ],
)
def test_anything_else_is_named_with_its_place(proposed: type[BaseModel], breach: str) -> None:
    assert breach in compared(Promised, proposed)


def test_a_field_that_could_be_null_may_not_cease_to_be_so() -> None:
    assert compared(Promised, NeverNull)


def test_a_shape_within_itself_is_compared_once() -> None:
    assert compared(Tree, Tree) == []
