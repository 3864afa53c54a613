"""Commands that come in groups, one module each."""
