"""Check-in, asked over HTTP who was there: registration keeps no attendance of its own."""

from collections.abc import Mapping
from typing import Protocol

from shared.access import Access
from shared.calls import Calls
from shared.errors import Unavailable

WITHIN = 1.0  # seconds: a list of duties waits no longer for whether they were also kept

Attended = Mapping[tuple[str, str], int]  # delegation and part → persons


class Attendance(Protocol):
    async def of(self, gathering_id: str, /) -> Attended | None:
        """Nothing while it cannot be told."""


class CheckinAttendance:
    def __init__(self, url: str, access: Access) -> None:
        self._calls = Calls("checkin", url, WITHIN)
        self._access = access

    async def close(self) -> None:
        await self._calls.close()

    async def of(self, gathering_id: str) -> Attended | None:
        path = f"/internal/attendance?gathering={gathering_id}"
        try:
            answer = await self._calls.ask("GET", path, self._access.own_header("registration"))
        except Unavailable:
            return None
        return {(one["delegation"], one["part"]): one["attended"] for one in answer["attendance"]} if answer else {}
