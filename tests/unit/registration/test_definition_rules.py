"""Every rule that a definition can break: each case breaks one, in a definition that is otherwise right."""

import copy
import json
from typing import Any

import pytest

from services.registration.definition import InvalidDefinition, Problem, load
from services.registration.definition.rules import RULES
from shared.messages.gathering import Definition

DAY = "2021-11-22"
CREDENTIAL = {"id": "health", "kind": "signed-credential", "format": "eu-dcc", "policy": "spring"}

SOUND: dict[str, Any] = {
    "gathering": "open-day",
    "title": "Open day",
    "timezone": "Europe/Paris",
    "languages": ["en", "fr"],
    "registration": {"opens": "2021-10-01T09:00"},
    "questions": [
        {"id": "diet", "type": "choice", "options": ["none", "vegan"], "parts": ["main"]},
        {"id": "hopes", "type": "text"},
    ],
    "consents": [{"id": "privacy", "text": "Yes"}, {"id": "photos", "text": "Yes"}],
    "delegations": {
        "membership": "code",
        "eligible": [{"id": "north", "membership_code": "n"}, {"id": "south", "membership_code": "s"}, "west"],
    },
    "parts": [
        {
            "part": "main",
            "starts": f"{DAY}T09:00",
            "ends": f"{DAY}T17:00",
            "obligation": {"min": 2},
            "modes": {
                "in-person": {
                    "capacity": 6,
                    "if_not_selected": "remote",
                    "closes": f"{DAY}T00:00",
                    "places_per_delegation": {"max": 2, "reserved": 2},
                },
                "remote": {"places_per_delegation": {"max": 1}},
            },
        },
        {
            "part": "visit",
            "starts": f"{DAY}T09:00",
            "ends": f"{DAY}T17:00",
            "needs": {"part": "main", "mode": "remote"},
            "excludes": ["tour"],
            "modes": {"in-person": {}},
        },
        {"part": "tour", "starts": f"{DAY}T09:00", "ends": f"{DAY}T17:00", "needs": "main", "modes": {"in-person": {}}},
    ],
    "doors": [
        {
            "door": "gate",
            "part": "main",
            "opens": f"{DAY}T08:00",
            "closes": f"{DAY}T18:00",
            "requires": [CREDENTIAL, {"id": "mask", "kind": "reminder"}],
        },
        {"door": "side", "part": "visit", "opens": f"{DAY}T08:00"},
    ],
    "agenda": {
        "sessions": [
            {"session": "talk", "part": "main", "starts": f"{DAY}T09:00", "ends": f"{DAY}T10:00", "room": "hall"},
            {"session": "panel", "part": "main", "starts": f"{DAY}T10:00", "ends": f"{DAY}T17:00", "room": "hall"},
            {"session": "aside", "part": "main", "starts": f"{DAY}T10:00", "ends": f"{DAY}T11:00"},
        ]
    },
    "helpdesk": {
        "desks": [
            {
                "desk": "one",
                "expert": "Ada",
                "part": "main",
                "opens": f"{DAY}T09:00",
                "closes": f"{DAY}T10:00",
                "slot_minutes": 60,
            },
            {"desk": "two", "expert": "Bo", "opens": f"{DAY}T09:00", "closes": f"{DAY}T10:05", "slot_minutes": 10},
        ]
    },
    "working_groups": {"session": "talk", "rooms": [{"room": "one", "capacity": 5}, {"room": "two", "capacity": 5}]},
    "partnering": {"part": "main", "slot_minutes": 15, "break_minutes": 5, "min_per_person": 2, "max_per_person": 2},
    "policies": {
        "spring": {
            "valid": {"from": "2021-03-01", "until": "2021-06-01"},
            "trust_list": "trust/list.json",
            "accept": {"recovery": {"from_day": 11, "to_day": 11}},
        }
    },
}

IN_PERSON = "parts/0/modes/in-person"
REMOTE = "parts/0/modes/remote"
SESSION = "agenda/sessions"
DESK = "helpdesk/desks/0"

# rule, where, what is written there, where it is told (the same place unless given)
BROKEN: list[tuple[str, str, Any, str | None]] = [
    ("ids_stand_once", "parts/2/part", "visit", None),
    ("ids_stand_once", "doors/1/door", "gate", None),
    ("ids_stand_once", f"{SESSION}/1/session", "talk", None),
    ("ids_stand_once", "helpdesk/desks/1/desk", "one", None),
    ("ids_stand_once", "questions/1/id", "diet", None),
    ("ids_stand_once", "consents/1/id", "privacy", None),
    ("ids_stand_once", "doors/0/requires/1/id", "health", None),
    ("ids_stand_once", "delegations/eligible/2", "north", "delegations/eligible/2/id"),
    ("ids_stand_once", "working_groups/rooms/1/room", "one", None),
    ("entries_stand_once", "languages/1", "en", None),
    ("entries_stand_once", "questions/0/options/1", "none", None),
    ("entries_stand_once", "parts/1/excludes", ["tour", "tour"], "parts/1/excludes/1"),
    ("membership_codes_differ", "delegations/eligible/1/membership_code", "n", None),
    ("parts_are_known", "parts/1/needs/part", "dinner", None),
    ("parts_are_known", "parts/1/excludes/0", "dinner", None),
    ("parts_are_known", "doors/0/part", "dinner", None),
    ("parts_are_known", f"{SESSION}/2/part", "dinner", None),
    ("parts_are_known", f"{DESK}/part", "dinner", None),
    ("parts_are_known", "questions/0/parts/0", "dinner", None),
    ("parts_are_known", "partnering/part", "dinner", None),
    ("needs_can_be_met", "parts/2/needs", {"part": "visit", "mode": "remote"}, "parts/2/needs/mode"),
    ("needs_can_be_met", "parts/2/needs", "visit", "parts/2/needs/part"),
    ("needs_can_be_met", "parts/1/needs/part", "tour", None),
    ("needs_can_be_met", "parts/1/needs", "visit", "parts/1/needs/part"),
    ("needs_can_be_met", "parts/0/needs", "tour", "parts/0/needs/part"),
    ("parts_do_not_exclude_themselves", "parts/1/excludes/0", "visit", None),
    ("alternatives_are_offered", f"{IN_PERSON}/if_not_selected", "in-person", None),
    ("alternatives_are_offered", "parts/1/modes/in-person/if_not_selected", "remote", None),
    ("working_groups_have_a_session", "working_groups/session", "dinner", None),
    ("credentials_have_a_policy", "doors/0/requires/0/policy", "summer", None),
    ("credentials_have_a_policy", "doors/0/requires/0/policy", None, "doors/0/requires/0"),
    ("choices_have_options", "questions/0/options", [], "questions/0"),
    ("choices_have_options", "questions/1/options", ["none"], None),
    ("caps_fit_the_capacity", f"{IN_PERSON}/places_per_delegation/max", 7, None),
    (
        "reserves_fit_the_caps",
        f"{IN_PERSON}/places_per_delegation",
        {"max": 1, "reserved": 2},
        f"{IN_PERSON}/places_per_delegation/reserved",
    ),
    ("reserves_fit_the_capacity_together", f"{IN_PERSON}/capacity", 5, f"{IN_PERSON}/places_per_delegation/reserved"),
    ("duties_fit_the_caps", "parts/0/obligation/min", 4, None),
    ("meetings_have_a_range", "partnering/min_per_person", 3, None),
    ("recoveries_have_a_range", "policies/spring/accept/recovery/to_day", 10, None),
    ("ends_follow_starts", "parts/1/ends", f"{DAY}T09:00", None),
    ("ends_follow_starts", "doors/0/closes", f"{DAY}T08:00", None),
    ("ends_follow_starts", f"{SESSION}/2/ends", f"{DAY}T09:30", None),
    ("ends_follow_starts", f"{DESK}/closes", f"{DAY}T08:00", None),
    ("ends_follow_starts", "policies/spring/valid/until", "2021-03-01", None),
    ("registration_closes_after_it_opens", "registration/closes", "2021-10-01T09:00", None),
    ("registration_closes_after_it_opens", f"{IN_PERSON}/closes", "2021-09-01T00:00", None),
    ("registration_closes_after_it_opens", f"{REMOTE}/opens", f"{DAY}T17:00", None),
    ("rooms_hold_one_session_at_a_time", f"{SESSION}/1/starts", f"{DAY}T09:55", None),
    ("rooms_hold_one_session_at_a_time", f"{SESSION}/2/room", "hall", f"{SESSION}/2/starts"),
    ("desks_keep_to_the_grid", f"{DESK}/opens", f"{DAY}T08:58", None),
    ("desks_keep_to_the_grid", f"{DESK}/closes", f"{DAY}T10:03", None),
    ("desks_keep_to_the_grid", "helpdesk/desks/1/slot_minutes", 12, None),
    ("desks_keep_to_the_grid", f"{DESK}/slot_minutes", 65, None),
    ("meetings_keep_to_the_grid", "partnering/slot_minutes", 12, None),
    ("meetings_keep_to_the_grid", "partnering/break_minutes", 3, None),
    ("meetings_keep_to_the_grid", "partnering/slot_minutes", 485, None),
]


# every kind of object that a definition is made of
OBJECTS = [
    "",
    "registration",
    "delegations/eligible/0",
    "parts/0",
    IN_PERSON,
    f"{IN_PERSON}/places_per_delegation",
    "parts/0/obligation",
    "parts/1/needs",
    "doors/0",
    "doors/0/requires/0",
    "agenda",
    f"{SESSION}/0",
    "helpdesk",
    DESK,
    "working_groups",
    "working_groups/rooms/0",
    "partnering",
    "policies/spring",
    "policies/spring/valid",
    "policies/spring/accept",
    "policies/spring/accept/recovery",
    "questions/0",
    "consents/0",
    "delegations",
]


def written(place: str, value: Any) -> dict[str, Any]:
    """The sound definition with one value written over."""
    changed = copy.deepcopy(SOUND)
    *path, last = [int(step) if step.isdigit() else step for step in place.split("/")]
    inner: Any = changed
    for step in path:
        inner = inner[step]
    inner[last] = value
    return changed


def problems(definition: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(InvalidDefinition) as refusal:
        load(json.dumps(definition, indent=1))
    return refusal.value.problems


def test_the_sound_definition_is_read() -> None:
    assert load(json.dumps(SOUND)).gathering == "open-day"


@pytest.mark.parametrize(("rule", "place", "value", "told"), BROKEN)
def test_a_broken_rule_is_refused_where_it_is_broken(rule: str, place: str, value: Any, told: str | None) -> None:
    found = problems(written(place, value))
    assert f"/{told or place}" in {problem.pointer for problem in found}, rule
    assert all(problem.line for problem in found)


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _, _ in BROKEN}


@pytest.mark.parametrize(("rule", "place", "value", "told"), BROKEN)
def test_it_is_this_rule_that_finds_it(rule: str, place: str, value: Any, told: str | None) -> None:
    definition = Definition.model_validate(written(place, value))
    where = tuple(int(step) if step.isdigit() else step for step in (told or place).split("/"))
    assert rule in {one.__name__ for one in RULES if any(at == where for at, _ in one(definition))}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("gathering", "Open Day"),
        ("gathering", "../etc"),
        ("gathering", "$where"),
        ("gathering", "a.b"),
        ("gathering", "open-day\n"),
        ("gathering", "-a"),
        ("gathering", "a" * 65),
        ("timezone", "Europe/Nowhere"),
        ("timezone", "../../etc/passwd"),
        ("languages", []),
        ("languages/0", "EN"),
        ("languages/0", "xx-yy-zz"),
        ("title", "  "),
        ("title", "two\nlines"),
        ("title", {}),
        ("title", {"english": "x"}),
        ("title", "x" * 301),
        ("about", "x" * 20_001),
        ("contact", {"email": "a@b.org\r\nBcc: c@d.org"}),
        ("contact", {"email": "nobody"}),
        ("links", [{"rel": "website", "url": "javascript:alert(1)"}]),
        ("links", [{"rel": "website", "url": "https://example.org/a b"}]),
        ("links", [{"rel": "friend", "url": "https://example.org/"}]),
        ("parts", []),
        ("parts/0/modes", {}),
        ("parts/0/modes", {"telepathy": {}}),
        ("parts/0/eligible", "friends"),
        (f"{IN_PERSON}/entry", "lottery"),
        (f"{IN_PERSON}/invitation", "welcome"),
        (f"{IN_PERSON}/capacity", -1),
        (f"{IN_PERSON}/capacity", True),
        (f"{IN_PERSON}/capacity", 1.0),
        (f"{IN_PERSON}/places_per_delegation", -1),
        (f"{IN_PERSON}/places_per_delegation/reserved", -1),
        (f"{IN_PERSON}/waiting_list", "yes"),
        (f"{DESK}/slot_minutes", 0),
        (f"{DESK}/slot_minutes", 25 * 60),
        (f"{DESK}/per_person", 0),
        ("policies/spring/trust_list", "../secret.json"),
        ("policies/spring/accept/test", {"max_age_hours": -1}),
        ("agenda/release", "final"),
        ("follow_up", {"after": "never"}),
        ("parts/0/excludes", ["x"] * 101),
    ],
)
def test_what_has_the_wrong_shape_is_refused(place: str, value: Any) -> None:
    found = problems(written(place, value))
    assert all(problem.pointer.startswith(f"/{place}") for problem in found)


@pytest.mark.parametrize("place", OBJECTS)
def test_an_unknown_field_is_refused_at_every_depth(place: str) -> None:
    found = problems(written(f"{place}/colour".lstrip("/"), "blue"))
    assert [problem.pointer for problem in found] == [f"/{place}/colour".replace("//", "/")]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (f"{SESSION}/2/room", "Main Hall, 1st floor"),
        (f"{SESSION}/2/starts", f"{DAY}T08:30"),  # coffee, before its part begins
        (f"{SESSION}/2/ends", f"{DAY}T18:30"),
        ("delegations/eligible", []),  # none is known, so nothing is held in advance
        ("delegations", None),
    ],
)
def test_what_the_contract_does_not_refuse_is_read(place: str, value: Any) -> None:
    assert load(json.dumps(written(place, value)))


def test_a_room_of_the_working_groups_keeps_an_id() -> None:
    assert problems(written("working_groups/rooms/0/room", "Main Hall"))
