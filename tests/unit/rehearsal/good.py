"""The history in which everything is as it should be; tests bend one thing of it each."""

from datetime import timedelta
from typing import Any

from cli.rehearsal.evidence import REGISTRATION, Invited, Record
from cli.rehearsal.journal import Shown
from tests.unit.rehearsal.definition import G
from tests.unit.rehearsal.history import (
    ADA,
    AFTERWARDS,
    BEN,
    CLEO,
    DAN,
    EVE,
    LATER_TIME,
    OCTOBER,
    SELECTION_DAY,
    SLOT_1,
    SLOT_2,
    TABLE_TIME,
    XIA,
    YANN,
    Story,
    address,
    fresh_test,
    part,
    reg,
    stamp,
)


def told() -> Story:
    """Ada and Ben are selected and come, Cleo watches from afar, Dan is refused, Eve waits; South sends nobody."""
    story = Story()
    story.invited = {"i-ada": Invited(address(ADA), "CODE-ADA")}
    issued = {"invitation_id": "i-ada"}
    story.says("invitation-issued", "invitations/i@1", issued, "inviting", OCTOBER, ce_source=REGISTRATION)
    story.tells(None, "invitation", "inviting", address(ADA), "Your code: CODE-ADA")
    waiting = [part("hall", "in-person", "awaiting-selection")]
    story.registers(ADA, waiting, delegation="north", invitation="CODE-ADA")
    story.registers(BEN, waiting, invitation="CODE-BEN")
    story.registers(CLEO, [part("hall", "remote", "confirmed")])
    story.registers(EVE, waiting, invitation="CODE-EVE")
    story.registers(XIA, waiting, delegation="north", invitation="CODE-XIA")
    story.hands_on(XIA, YANN, waiting)
    _repeated_and_refused(story)
    _selected(story)
    story.books(ADA, "one", SLOT_1)
    story.books(BEN, "two", SLOT_1)
    story.free_slots = frozenset({("one", SLOT_2), ("two", SLOT_2)})
    _kept_for_a_while(story)
    _together(story)
    story.scans(ADA, Shown(reg(ADA), has_id_document=True, proof=fresh_test()), "admitted")
    story.scans(BEN, Shown(reg(BEN), has_id_document=True), "refused", "requirement-missing")
    article = {"follow_up_id": "article"}
    story.says("follow-up-published", "follow-ups/article", article, "editor", AFTERWARDS, ce_source="/services/n")
    story.tells(reg(ADA), "follow-up", "article", address(ADA))
    story.obligations = [{"delegation": "south", "part": "hall", "minimum": 1}]
    story.occupancy = {(G, "hall", "in-person"): 2, (G, "hall", "remote"): 1}
    return story


def _repeated_and_refused(story: Story) -> None:
    """Cleo presses twice; Dan uses Cleo's key; and Dan's nonsense is refused."""
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    again = story.asks("POST", first.path, first.body, 201, first.answer, OCTOBER, key=first.key)
    intake = next(one for one in story.records if one.headers.get("ce_correlationid") == first.id)
    story.records.append(Record(intake.topic, 0, 99, G, {**intake.headers, "ce_correlationid": again.id}, intake.value))
    problem = {"type": "/problems/idempotency-mismatch", "status": 422}
    other = {"attendee": {"email": address(DAN)}, "parts": []}
    story.asks("POST", first.path, other, 422, problem, OCTOBER, key=first.key)
    story.asks("POST", first.path, {"attendee": {"email": address(DAN)}}, 400, {"status": 400}, OCTOBER)


def _kept_for_a_while(story: Story) -> None:
    """Cleo lets an offer lapse; Ada had kept her slot while she filled in the form."""
    story.offers(CLEO, "two", SLOT_2, "lapsed")
    story.holds(ADA, "one", SLOT_1, OCTOBER - timedelta(minutes=1))


def _together(story: Story) -> None:
    """Three rooms' worth of people, a proposal with its reasons, a meeting that takes place, the figures of the day."""
    story.prefers(ADA, working_groups=["oak", "elm"], meet=[reg(BEN)])
    story.prefers(BEN, working_groups=["oak"], meet=[reg(ADA)], no_thanks=[reg(CLEO)])
    bars = [{"room": "oak", "bars": ["full"]}]
    places: list[Any] = [{"registration_id": reg(ADA), "room": "oak", "missed": []}]
    places += [{"registration_id": reg(BEN), "room": "elm", "missed": bars}]
    story.asks("GET", f"/v1/gatherings/{G}/proposals/p", None, 200, {"result": {"places": places}}, SELECTION_DAY)
    for who, room in ((ADA, "oak"), (BEN, "elm"), (CLEO, "elm")):
        story.seats(who, room)
    story.introduces(ADA, BEN, TABLE_TIME, 1)
    story.introduces(ADA, BEN, TABLE_TIME, 1, "meeting-held")
    entry = {"starts_at": stamp(TABLE_TIME), "starts_local": "2021-11-22T15:30:00+01:00"}
    entry |= {"ends_at": stamp(LATER_TIME), "ends_local": "2021-11-22T16:00:00+01:00"}
    day = {"gathering": G, "bookings": [], "meetings": [entry], "room": None}
    story.asks("GET", f"/v1/registrations/{reg(ADA)}/diary", None, 200, day, SELECTION_DAY)
    sheet = {"meetings": 1, "held": 1}
    story.asks("GET", f"/v1/gatherings/{G}/partnering/result", None, 200, sheet, AFTERWARDS)


def _selected(story: Story) -> None:
    decisions = [{"registration_id": reg(who), "outcome": "confirmed"} for who in (ADA, BEN)]
    published = {"part": "hall", "role": "organiser", "decisions": decisions}
    story.says("selection-published", "selections/s", published, "choosing", SELECTION_DAY, ce_source=REGISTRATION)
    place = [part("hall", "in-person", "confirmed")]
    story.decides(reg(ADA), 2, place, "choosing", SELECTION_DAY, delegation="north")
    story.decides(reg(BEN), 2, place, "choosing", SELECTION_DAY)
    reserve = [part("hall", "in-person", "waitlisted")]
    story.decides(reg(EVE), 2, reserve, "choosing", SELECTION_DAY, topic="registration-waitlisted")
