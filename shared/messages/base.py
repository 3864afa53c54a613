"""What every message is: one class, one `ce_type`, one topic; everything else about it is derived from the class."""

import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

DAY_MS = 86_400_000
OUTCOME_RETENTION_MS = 400 * DAY_MS  # a gathering can be replayed from its first day
INTAKE_RETENTION_MS = 7 * DAY_MS  # sealed personal data ages out with it


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


class Value(BaseModel):
    """A frozen part of a message. Writers are held to its fields; readers ignore what a newer writer added."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Value):
    """A fact or a submission. Keyed by its gathering, so that each gathering has one order and one writer."""

    topic: ClassVar[str]
    type: ClassVar[str]
    source: ClassVar[str]
    retention_ms: ClassVar[int] = OUTCOME_RETENTION_MS
    awaited: ClassVar[bool] = False  # somebody waits for the answer

    gathering_id: str

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        if cls.__name__.startswith("_"):
            return  # a base that shares fields, never sent itself
        cls.type = f"foyer.{kebab(cls.__name__)}"
        if not hasattr(cls, "topic"):
            cls.topic = kebab(cls.__name__)
        registry[cls.type] = cls

    def subject(self) -> str:
        """What the message is about: `registrations/{id}@{version}`. With its cause it makes the message's id."""
        raise NotImplementedError(type(self).__name__)

    def to_json(self) -> bytes:
        return self.__pydantic_serializer__.to_json(self)

    @classmethod
    def from_json(cls, value: bytes) -> Self:
        return cls.model_validate_json(value, extra="ignore")


registry: dict[str, type[Message]] = {}
