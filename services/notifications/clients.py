"""Check-in, asked over HTTP for the text of a ticket's QR code: it is in no topic, since whoever has it gets in."""

import aiohttp

from shared.access import Access, Actor
from shared.errors import Unavailable
from shared.tokens import Role

WITHIN = aiohttp.ClientTimeout(total=5)
OK, NOT_FOUND = 200, 404


class CheckinTickets:
    def __init__(self, url: str, access: Access) -> None:
        self._url = url
        self._access = access
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def text(self, gathering_id: str, registration_id: str) -> str | None:
        """Nothing where the ticket has been revoked since."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=WITHIN)
        reader = Actor(role=Role.AUDITOR, subject="notifications", gatherings=(gathering_id,))
        address = f"{self._url}/v1/registrations/{registration_id}/ticket"
        try:
            async with self._session.get(address, headers=self._access.header(reader)) as response:
                if response.status == NOT_FOUND:
                    return None
                if response.status != OK:
                    raise Unavailable(f"checkin answered {response.status}")
                text: str = (await response.json())["ticket"]
                return text
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"checkin does not answer: {type(error).__name__}") from error
