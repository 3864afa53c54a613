"""Seeds that once broke a promise, and what of ours they found. They are played for ever."""

FOUND = {
    95: "an offer took time that its own person held at another desk of the expert: the request became a dead letter",
}
