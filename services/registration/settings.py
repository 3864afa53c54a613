"""Registration's own environment keys, beside the common ones."""

from shared.settings import Settings


class RegistrationSettings(Settings):
    """Nothing of its own yet but its port's default."""

    http_port: int = 8081
