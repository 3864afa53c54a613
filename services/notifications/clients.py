"""Check-in, asked over HTTP for the text of a ticket's QR code: it is in no topic, since whoever has it gets in."""

from shared.access import Access, Actor
from shared.calls import Calls
from shared.tokens import Role


class CheckinTickets:
    def __init__(self, url: str, access: Access) -> None:
        self._calls = Calls("checkin", url)
        self._access = access

    async def close(self) -> None:
        await self._calls.close()

    async def text(self, gathering_id: str, registration_id: str) -> str | None:
        """Nothing where the ticket has been revoked since. Raises `Unavailable`."""
        reader = Actor(role=Role.AUDITOR, subject="notifications", gatherings=(gathering_id,))
        path = f"/v1/registrations/{registration_id}/ticket"
        answer = await self._calls.ask("GET", path, self._access.header(reader))
        return None if answer is None else str(answer["ticket"])
