"""`python -m services.registration`."""

from services.registration.app import NAME, create_app
from services.registration.settings import RegistrationSettings
from shared.serving import serve

settings = RegistrationSettings()
serve(NAME, settings, lambda: create_app(settings))
