"""An address at which nobody listens: a machine may well have a broker of its own on the usual port."""

NOWHERE = "127.0.0.1:9"
