"""Taking the private fields out of a definition."""

from typing import Any, TypeVar

from pydantic import BaseModel, RootModel

from shared.messages.gathering.text import Private

ModelT = TypeVar("ModelT", bound=BaseModel)


def without_private(model: ModelT) -> ModelT:
    """A copy in which every field declared `Kept` is as if it had never been written, at any depth."""
    shape = type(model)
    values = {
        name: _stripped(getattr(model, name))
        for name, field in shape.model_fields.items()
        if not any(isinstance(mark, Private) for mark in field.metadata)
    }
    # not `model_copy`: that also carries over what was cached from the private fields
    return shape.model_construct(model.model_fields_set & values.keys(), **values)


def _stripped(value: Any) -> Any:
    if isinstance(value, BaseModel) and not isinstance(value, RootModel):
        return without_private(value)
    if isinstance(value, tuple):
        return tuple(_stripped(item) for item in value)
    if isinstance(value, dict):
        return {key: _stripped(item) for key, item in value.items()}
    return value
