"""Environment keys of scheduling, beside the common ones."""

from shared.settings import Settings


class SchedulingSettings(Settings):
    """`FOYER_NAME_WITHIN` is how long an answer waits for what registration alone knows: a name, a joining link."""

    http_port: int = 8082
    mail_from: str = "desk@foyer.localhost"  # its domain ends every calendar UID, in mails and here
    name_within: float = 1.0

    @property
    def domain(self) -> str:
        return self.mail_from.rpartition("@")[2]
