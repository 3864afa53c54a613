"""Reading a definition that somebody wrote: text in, `Definition` out, or everything that is wrong with it."""

from services.registration.definition.loader import load
from services.registration.definition.problems import InvalidDefinition, Problem

__all__ = ["InvalidDefinition", "Problem", "load"]
