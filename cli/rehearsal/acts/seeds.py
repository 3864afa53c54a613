"""The gatherings that are rehearsed, both seeds and one more, and the names in them that the acts speak of."""

POLICY = "clusters-green-digital-2021"
POLICY_EVENT, PARTNERING = "policy-event", "partnering-event"
VISITS = ("site-visit-1", "site-visit-2", "site-visit-3")

WORKSHOP = "clusters-twin-transition-2021"
ONLINE = "workshop"

NIGHTS = "two-nights-2021"
NIGHT, SMALL_HOURS, SPRING = "night", "small-hours", "spring-night"

# Partnerships with a part of their own to play
ABSENT = "escp-4x-30"  # never applies for the partnering event: it owes somebody, and is reported
LEAVING = "escp-4x-29"  # applies, and cancels before the selection
WAIVED = "escp-4x-28"  # one applies and is turned down, once its duty is waived
