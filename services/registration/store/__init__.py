"""Registration's database: what a batch needs is loaded at once, what it decided is committed at once."""

from services.registration.store.base import (
    Act,
    Audit,
    Batches,
    Commit,
    Gathering,
    LostLink,
    NewInvitation,
    Reader,
    Store,
    Task,
    Wanted,
)
from services.registration.store.mongo import MongoStore
from services.registration.store.queries import Queries

__all__ = [
    "Act",
    "Audit",
    "Batches",
    "Commit",
    "Gathering",
    "LostLink",
    "MongoStore",
    "NewInvitation",
    "Queries",
    "Reader",
    "Store",
    "Task",
    "Wanted",
]
