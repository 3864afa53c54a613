"""Addresses that a mail may hold: all under the public address, a personal key only in the fragment."""

from datetime import datetime, timedelta
from urllib.parse import quote

from shared.tokens import Join, Tokens


class Links:
    def __init__(self, public_url: str, tokens: Tokens) -> None:
        self._root = public_url.rstrip("/")
        self._tokens = tokens

    def gathering(self, gathering_id: str) -> str:
        return f"{self._root}/g/{quote(gathering_id)}"

    def agenda(self, gathering_id: str) -> str:
        return f"{self.gathering(gathering_id)}/agenda"

    def day(self, gathering_id: str, desk: str, wall: datetime, ttl: timedelta) -> str:
        """An expert's own page, with the key to it."""
        key = self._tokens.desk(gathering_id, desk, wall, ttl)
        return f"{self._root}/staff/g/{quote(gathering_id)}/desks/{quote(desk)}#{key}"

    def registration(self, registration_id: str, manage_token: str) -> str:
        """A fragment never reaches a server's log, a proxy or a referrer."""
        return f"{self._root}/r/{quote(registration_id)}#{manage_token}"

    def invitation(self, gathering_id: str, code: str) -> str:
        return f"{self.gathering(gathering_id)}/register#invitation={quote(code)}"

    def join(self, join: Join) -> str:
        """A page with a button: a mail scanner that follows it records nothing."""
        return f"{self._root}/v1/join/{self._tokens.join(join)}"
