"""`python -m services.gateway`. Unlike the services it believes no forwarded address by itself: `edge.py` does."""

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.serving import serve

settings = GatewaySettings()
serve("gateway", settings, lambda: create_app(settings), proxy_headers=False, timeout_keep_alive=10)
