"""Registration's wiring."""

from fastapi import FastAPI

from services.registration.api import Office, router
from services.registration.clients import CheckinAttendance
from services.registration.handlers import HEARS, Handlers
from services.registration.identities import Identities
from services.registration.settings import RegistrationSettings
from services.registration.store import MongoStore, Queries
from services.registration.tasks import Tasks
from shared.outbox import by_gathering
from shared.process import Runtime
from shared.seal import Seal

NAME = "registration"


def create_app(settings: RegistrationSettings) -> FastAPI:
    runtime = Runtime(NAME, settings, by_gathering)
    store = MongoStore(runtime.mongo, runtime.outbox, runtime.tokens, runtime.clock)
    queries, identities = Queries(runtime.mongo), Identities(runtime.tokens)
    handlers = Handlers(store, Seal.for_service(settings.secrets, NAME), identities)
    tasks = Tasks(store, queries, runtime.lease("tasks"), runtime.clock)
    attendance = CheckinAttendance(settings.checkin_url, runtime.access)
    app = runtime.app(
        prepare=store.prepare,
        hears=HEARS,
        process=handlers,
        loops=[tasks.run],
        closing=[attendance.close],
    )
    app.include_router(router(Office(store, queries, identities, runtime.access, runtime.clock, attendance)))
    return app
