"""`python -m services.registration`."""

from services.registration.app import NAME, create_app
from services.registration.settings import RegistrationSettings
from shared.process import serve

settings = RegistrationSettings()
serve(NAME, settings, lambda: create_app(settings))
