"""Checkin, wired: what it is made of and in which order it starts."""

from fastapi import FastAPI

from services.checkin.api import routes
from services.checkin.api.parts import Parts
from services.checkin.doors import Doors
from services.checkin.handlers import HEARS, Handlers
from services.checkin.names import Names
from services.checkin.proofs import Proofs, TrustLists
from services.checkin.settings import CheckinSettings
from services.checkin.store import MongoStore
from services.checkin.tickets import numbering, press_from
from shared.outbox import by_subject
from shared.people import People
from shared.process import Runtime

NAME = "checkin"


def create_app(settings: CheckinSettings) -> FastAPI:
    runtime = Runtime(NAME, settings, by_subject)
    store = MongoStore(runtime.mongo, runtime.outbox, runtime.clock)
    people = People(settings.registration_url, runtime.access, NAME, settings.name_within)
    definitions = People(settings.registration_url, runtime.access, NAME)  # who joins online has time to wait for one
    handlers = Handlers(store, runtime.clock, numbering(runtime.tokens), people.forget)
    app = runtime.app(
        prepare=store.prepare,
        hears=HEARS,
        process=handlers.process,
        loops=[handlers.run],
        closing=[people.close, definitions.close],
    )
    names = Names(people)
    parts = Parts(
        store=store,
        doors=Doors(store, runtime.clock, names.of),
        proofs=Proofs(TrustLists(settings.trust_dir)),
        names=names,
        definitions=definitions,
        press=press_from(settings.secrets),
        tokens=runtime.tokens,
        access=runtime.access,
        clock=runtime.clock,
    )
    app.include_router(routes(parts))
    return app
