"""Registration's database: what a batch needs is loaded at once, what it decided is committed at once."""

from services.registration.store.base import Audit, Commit, Reader, Store, Task, Wanted
from services.registration.store.mongo import MongoStore

__all__ = ["Audit", "Commit", "MongoStore", "Reader", "Store", "Task", "Wanted"]
