"""What scheduling keeps, and how: the `Store` that its rules rest on, and the one in MongoDB."""

from services.scheduling.store.mongo import MongoStore
from services.scheduling.store.protocol import Audit, Exported, Head, Job, JobState, Store

__all__ = ["Audit", "Exported", "Head", "Job", "JobState", "MongoStore", "Store"]
