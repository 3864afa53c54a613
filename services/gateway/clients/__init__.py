"""Whom the gateway talks to: the services that own the data, and the topic on which they answer."""
