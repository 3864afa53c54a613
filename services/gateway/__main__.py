"""The public face as a process. Unlike the services it believes no forwarded address by itself: `edge.py` does."""

import uvicorn

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared import telemetry
from shared.process import collect_seldom


def main() -> None:
    settings = GatewaySettings()
    telemetry.configure("gateway", settings.log_level)
    collect_seldom()
    uvicorn.run(
        create_app(settings),
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
