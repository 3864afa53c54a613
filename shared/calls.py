"""Calls from one of our services to another, over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp


class Calls:
    """To one service, `within` seconds each. Its client is opened by the first call: an idle process has none."""

    def __init__(self, service: str, url: str, within: float = 5.0) -> None:
        self._service = service
        self._url = url
        self._within = within
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Any:
        """The answer's JSON; nothing for a 404. Raises `Unavailable` for whatever else is not an answer."""
        import aiohttp  # noqa: PLC0415  8 MB

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._within))
        try:
            async with self._session.request(method, self._url + path, json=body, headers=headers) as response:
                if response.status == HTTPStatus.NOT_FOUND:
                    return None
                if response.status != HTTPStatus.OK:
                    raise Unavailable(f"{self._service} answered {response.status}")
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{self._service} does not answer: {type(error).__name__}") from error
