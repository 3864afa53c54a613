"""Working groups: who goes to which room, proposed (`assigning`, heavy) and then changed by hand (`moving`, light)."""
