"""Notifications, wired: what it is made of and in which order it starts."""

from email.message import EmailMessage

from fastapi import FastAPI

from services.notifications.api import routes
from services.notifications.briefing import Briefings
from services.notifications.clients import CheckinTickets
from services.notifications.handlers import HEARS, Handlers
from services.notifications.mails.letter import Brief
from services.notifications.mails.links import Links
from services.notifications.mails.mailbox import Mailbox
from services.notifications.outbound import Outbound
from services.notifications.reminding import Reminding
from services.notifications.sender import Sender
from services.notifications.settings import NotificationsSettings
from services.notifications.spreading import Spreading
from services.notifications.store import MongoStore
from shared.clock import Clock
from shared.outbox import by_subject
from shared.people import People
from shared.process import Runtime

NAME = "notifications"


def create_app(settings: NotificationsSettings) -> FastAPI:
    runtime = Runtime(NAME, settings, by_subject)
    sent_by = Mailbox(settings.mail_name, settings.mail_from)
    store = MongoStore(runtime.mongo, runtime.outbox, runtime.clock, runtime.owner, sent_by.domain)
    people = People(settings.registration_url, runtime.access, NAME)
    tickets = CheckinTickets(settings.checkin_url, runtime.access)
    outbound = Outbound(settings)
    sender = Sender(
        store,
        Briefings(people, tickets),
        outbound,
        Composer(Links(settings.public_url, runtime.tokens), sent_by, runtime.clock),
        runtime.clock,
        address=sent_by.email,
        domain=sent_by.domain,
        lanes=settings.smtp_connections,
    )
    spreading = Spreading(store, runtime.clock, sender.woken)

    def wake() -> None:
        sender.woken.set()
        spreading.woken.set()

    handlers = Handlers(store, people.forget, wake, sender.rush)
    app = runtime.app(
        prepare=store.prepare,
        hears=HEARS,
        process=handlers.process,
        loops=[sender.run, spreading.run, Reminding(store, sender.woken).run],
        closing=[outbound.rest, people.close, tickets.close],
    )
    app.include_router(routes(store, people, wake, runtime.access, runtime.clock))
    return app


class Composer:
    """Writes a mail and puts it in its envelope, at this moment and from this installation."""

    def __init__(self, links: Links, sent_by: Mailbox, clock: Clock) -> None:
        self._links = links
        self._sent_by = sent_by
        self._clock = clock

    def __call__(self, brief: Brief) -> EmailMessage:
        from services.notifications.mails.envelope import mail  # noqa: PLC0415  not before the first mail
        from services.notifications.mails.letters import write  # noqa: PLC0415  as above
        from services.notifications.mails.letters.frame import Stationery  # noqa: PLC0415  as above

        now, wall = self._clock.now(), self._clock.wall()
        paper = Stationery(self._links, now, wall, (self._sent_by.name, self._sent_by.email), self._sent_by.domain)
        return mail(write(brief, paper), brief, self._sent_by, now)
