"""`python -m services.notifications`."""

from services.notifications.app import NAME, create_app
from services.notifications.settings import NotificationsSettings
from shared.serving import serve

settings = NotificationsSettings()
serve(NAME, settings, lambda: create_app(settings))
