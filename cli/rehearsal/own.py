"""Where the definition of the rehearsal's own gathering lies."""

from pathlib import Path

FILE = Path(__file__).with_name("two-nights.yaml")
