"""The reader's key while they look around: a cookie that no script reads, for one registration or for staff's pages.

A link in a mail carries the key behind `#`, which no server sees; the page posts it once, and it stays in the browser.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from shared.clock import Clock
from shared.tokens import ALL_GATHERINGS, InvalidToken, Role, Staff, Tokens

COOKIE = "foyer-key"
STAFF = "/staff"


@dataclass(frozen=True, slots=True)
class Key:
    """A token, and where in the site the browser shows it."""

    token: str
    path: str


class Keys:
    """Reads them from requests, and sets them. The gateway keeps none."""

    def __init__(self, tokens: Tokens, clock: Clock, public_url: str) -> None:
        self._tokens = tokens
        self._clock = clock
        self._secure = public_url.startswith("https:")

    def personal(self, token: str | None, registration_id: str) -> str | None:
        """The token, if it is this registration's."""
        try:
            is_good = token is not None and self._tokens.read_manage(token).registration_id == registration_id
        except InvalidToken:
            return None
        return token if is_good else None

    def gathering_of(self, token: str | None) -> str:
        """Of a personal token that has been found good."""
        return self._tokens.read_manage(token or "").gathering_id

    def staff(self, token: str | None) -> Staff | None:
        try:
            return self._tokens.read_staff(token or "", self._clock.wall())
        except InvalidToken:
            return None

    def give(self, response: Response, key: Key) -> None:
        """Until the browser is closed; other sites can link here, and send nothing."""
        response.set_cookie(COOKIE, key.token, path=key.path, secure=self._secure, httponly=True, samesite="lax")

    def take(self, response: Response, path: str) -> None:
        response.delete_cookie(COOKIE, path=path, secure=self._secure, httponly=True, samesite="lax")


def shown(request: Request) -> str | None:
    """Of two, a browser sends first what belongs to fewer pages: an expert's own key before another of staff's."""
    sent = (one.strip().partition("=") for one in request.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in sent if name == COOKIE), None)


def of_staff(staff: Staff) -> str:
    """An expert's own key opens one desk and is shown there alone; any other, in all of staff's pages."""
    match staff:
        case Staff(role=Role.EXPERT, gatherings=(gathering,), scope=str(desk)) if gathering != ALL_GATHERINGS:
            return f"{STAFF}/g/{gathering}/desks/{desk}"
    return STAFF


def of_registration(registration_id: str) -> str:
    """The path of one person's pages: the browser shows the key nowhere else."""
    return f"/r/{registration_id}"


def in_link(pasted: str) -> str:
    """The key in what was pasted: the whole link from a mail, or the key alone."""
    return pasted.strip().rpartition("#")[2]
