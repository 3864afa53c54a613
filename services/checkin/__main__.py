"""`python -m services.checkin`."""

from services.checkin.app import NAME, create_app
from services.checkin.settings import CheckinSettings
from shared.serving import serve

settings = CheckinSettings()
serve(NAME, settings, lambda: create_app(settings))
