"""From a notification and what is known at the moment of sending to one finished mail."""

from services.notifications.mails.envelope import Mailbox, mail
from services.notifications.mails.letter import Brief, Person
from services.notifications.mails.letters import write
from services.notifications.mails.letters.frame import Stationery
from services.notifications.mails.links import Links

__all__ = ["Brief", "Links", "Mailbox", "Person", "Stationery", "mail", "write"]
