"""What notifications remembers: who is registered (ids only), what has been heard, and the queue of mails."""

from services.notifications.store.base import Audit, Ended, Line, Loaded, Queued, Situation, Store, Wanted
from services.notifications.store.mongo import MongoStore

__all__ = ["Audit", "Ended", "Line", "Loaded", "MongoStore", "Queued", "Situation", "Store", "Wanted"]
