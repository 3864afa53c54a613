"""The gatherings that are measured can be published, and have a slot for every guest."""

import json

from services.registration.definition import load
from tests.bench.gatherings import DESKS, GUESTS, gathering, slots, with_desks


def test_every_guest_has_a_slot_that_the_definition_gives() -> None:
    definition = load(json.dumps(with_desks("party")))
    named = list(slots())
    assert len(set(named)) == len(named) == GUESTS
    assert definition.helpdesk is not None
    assert {name.partition("-")[0] for name in named} == {desk.desk for desk in definition.helpdesk.desks}
    assert len(definition.helpdesk.desks) == DESKS


def test_the_plain_gathering_has_room_for_everybody() -> None:
    assert load(json.dumps(gathering("bench"))).parts[0].modes
