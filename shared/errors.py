"""Delivery errors. A business refusal is a fact with a reason, never one of these."""


class DeliveryError(Exception):
    """Something between the parts failed; the type says what to do next."""


class LostRace(DeliveryError):
    """Another writer moved the ledger first: reload and decide again.

    `duplicate`: a unique key was taken. That settles itself once reloaded; if it comes back, the record is at fault.
    """

    def __init__(self, reason: str, *, duplicate: bool = False) -> None:
        super().__init__(reason)
        self.duplicate = duplicate


class Unavailable(DeliveryError):
    """MongoDB, the broker, another service or a key is not there yet: keep the work and try later."""
