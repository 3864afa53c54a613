"""Notifications' language: what was sent, what could not be, and what was published afterwards."""

from datetime import datetime
from typing import ClassVar

from shared.messages.base import Message


class _Fact(Message):
    source: ClassVar[str] = "/services/notifications"


class _NotificationFact(_Fact):
    notification_id: str
    registration_id: str | None
    template: str
    cause_id: str
    message_id: str

    def subject(self) -> str:
        return f"notifications/{self.notification_id}"


class NotificationSent(_NotificationFact):
    sent_at: datetime


class NotificationFailed(_NotificationFact):
    """Final: the mail server refused it, or what it says is no longer true (`status` `failed` or `suppressed`)."""

    status: str
    reason: str
    failed_at: datetime


class FollowUpPublished(_Fact):
    follow_up_id: str
    title: str
    url: str

    def subject(self) -> str:
        return f"follow-ups/{self.follow_up_id}"
