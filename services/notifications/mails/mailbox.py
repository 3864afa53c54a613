"""Whom this installation's mails come from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whom mails come from; the domain of the address also ends every Message-ID and calendar UID."""

    name: str
    email: str

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    def message_id(self, notification_id: str) -> str:
        return f"<{notification_id}@{self.domain}>"
