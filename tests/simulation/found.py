"""Seeds that broke a promise while one of ours was not mended yet, and what they found. They are played for ever."""

TWO_SEATS = "who lost two meetings at once was offered one slot of a group twice"
OWN_OFFER = "an offer took time that its own person held by another offer of the same expert"
FOUND = {
    17: f"{OWN_OFFER}: a registration's fact became a dead letter",
    83: f"{OWN_OFFER}: a request to wait became a dead letter",
    126: f"{OWN_OFFER}: the expert was promised twice",
    192: f"{OWN_OFFER}: the same offer was made twice",
    409: "the sweeper published what the clock called overdue before what that followed: 13 came after 10",
    813: f"{TWO_SEATS}: the same offer was made twice",
    3099: "the outbox published what a crash had left before what that followed in another stream: 2 came before 1",
    7496: "a commit that took too long was given up, and cancelled whoever waited for it next: nobody read any more",
}
