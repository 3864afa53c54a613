"""Sabotage controls: our own code, broken on purpose. A run that stays green on one of these has tested nothing."""
