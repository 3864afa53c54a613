"""`python -m services.scheduling`."""

from services.scheduling.app import NAME, create_app
from services.scheduling.settings import SchedulingSettings
from shared.serving import serve

settings = SchedulingSettings()
serve(NAME, settings, lambda: create_app(settings))
