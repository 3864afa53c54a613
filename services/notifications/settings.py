"""Notifications' own environment keys: where mail comes from and how the mail server is spoken to."""

from typing import Literal

from pydantic import SecretStr

from shared.settings import Settings


class NotificationsSettings(Settings):
    kafka_fetch_max_wait_ms: int = 2000  # the broker answers sooner when there is something
    kafka_rest_ms: int = 100  # mails wait for a rush to end, and so may what causes them
    mail_from: str = "desk@foyer.localhost"  # its domain also ends every Message-ID and calendar UID
    mail_name: str = "Foyer"
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout: float = 60.0  # for one answer; a slow server is waited for, a silent one is not
    smtp_connections: int = 4
