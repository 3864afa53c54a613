"""From a notification and what is known at the moment of sending to one finished mail."""

from services.notifications.mails.envelope import Sender, mail
from services.notifications.mails.letter import Brief, Person
from services.notifications.mails.letters import write
from services.notifications.mails.links import Links

__all__ = ["Brief", "Links", "Person", "Sender", "mail", "write"]
