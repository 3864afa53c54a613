"""Scheduling's wiring: what it is made of."""

from fastapi import FastAPI

from services.scheduling.api import Office, router
from services.scheduling.feeds import Feeds
from services.scheduling.handlers import HEARS, Handlers
from services.scheduling.latecomers import Latecomers
from services.scheduling.proposals import Proposals
from services.scheduling.rooms import Rooms
from services.scheduling.settings import SchedulingSettings
from services.scheduling.store import MongoStore
from services.scheduling.timers import Timers
from shared.outbox import by_gathering
from shared.people import People
from shared.process import Runtime
from shared.seal import Seal

NAME = "scheduling"


def create_app(settings: SchedulingSettings) -> FastAPI:
    runtime = Runtime(NAME, settings, by_gathering)
    store = MongoStore(runtime.mongo, runtime.outbox, runtime.clock)
    people = People(settings.registration_url, runtime.access, NAME, settings.name_within)
    rooms = Rooms(people, runtime.tokens, settings.public_url)
    handlers = Handlers(store, runtime.clock, rooms, people.forget)
    proposals = Proposals(store, people, runtime.clock)
    latecomers = Latecomers(store, people, runtime.clock)
    timers = Timers([handlers.give_up, handlers.lapse, latecomers.place, store.claim_owed], runtime.lease("timers"))
    app = runtime.app(
        prepare=store.prepare,
        hears=HEARS,
        process=handlers.process,
        loops=[timers.run],
        closing=[proposals.close, people.close],
    )
    office = Office(
        store=store,
        people=people,
        rooms=rooms,
        seal=Seal.for_service(settings.secrets, NAME),
        access=runtime.access,
        tokens=runtime.tokens,
        clock=runtime.clock,
        feeds=Feeds(runtime.tokens, settings.public_url),
        proposals=proposals,
        domain=settings.domain,
    )
    app.include_router(router(office))
    return app
