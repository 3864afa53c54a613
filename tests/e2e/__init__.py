"""The whole system, started as people start it, and reached as they reach it."""
