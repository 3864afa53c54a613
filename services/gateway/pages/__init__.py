"""Pages for people: plain HTML that works without a script wherever no personal key is needed."""

from services.gateway.pages.views import Pages

__all__ = ["Pages"]
