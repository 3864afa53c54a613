"""Pages for people: plain HTML that works without a script."""

from collections.abc import Sequence

from services.gateway.api.mounting import Call
from services.gateway.api.registering import Registering
from services.gateway.clients.owners import Owners
from services.gateway.pages.inside import Inside
from services.gateway.pages.keys import Keys
from services.gateway.pages.partners import PartnerPages
from services.gateway.pages.person import PersonPages
from services.gateway.pages.rendering import Renderer
from services.gateway.pages.staff import StaffPages
from services.gateway.pages.views import Pages
from services.gateway.settings import GatewaySettings
from shared.tokens import Tokens

__all__ = ["Site"]


class Site:
    """All rooms of it; what people do there are the calls of the programming interface."""

    def __init__(self, settings: GatewaySettings, owners: Owners, registering: Registering, tokens: Tokens) -> None:
        self._common = owners, settings.clock, Renderer()
        self._keys = Keys(tokens, settings.clock, settings.public_url)
        self.public = Pages(*self._common, registering, tokens, self._keys)

    def calls(self, interface: Sequence[Call]) -> list[Call]:
        inside = Inside(interface)
        own = PersonPages(*self._common, inside, self._keys)
        partners = PartnerPages(*self._common, inside, self._keys)
        staff = StaffPages(*self._common, inside, self._keys)
        return [*self.public.calls(), *own.calls(), *partners.calls(), *staff.calls()]
