"""How a definition is read: short forms, wall times, languages, what follows from it, and what is kept private."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.definition import InvalidDefinition, load
from shared.messages.gathering import Definition, Entry, Localised, Mode

DAY = "2021-11-22"


def definition(**fields: Any) -> dict[str, Any]:
    part = {"part": "visit", "starts": f"{DAY}T09:00", "ends": f"{DAY}T17:00", "modes": {"in-person": {}}}
    return {"gathering": "open-day", "title": "Open day", "timezone": "Europe/Paris", "parts": [part], **fields}


def read(**fields: Any) -> Definition:
    return load(json.dumps(definition(**fields)))


def visit(**fields: Any) -> list[dict[str, Any]]:
    return [{**definition()["parts"][0], **fields}]


def reasons(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidDefinition) as refusal:
        read(**fields)
    return {problem.pointer: problem.reason for problem in refusal.value.problems}


def test_only_the_required_fields_are_enough() -> None:
    read_definition = read()
    assert read_definition.languages == ("en",)
    assert read_definition.parts[0].title.in_language("en") == "Visit"
    pool = read_definition.pool("visit", "in-person")
    assert pool is not None
    assert (pool.capacity, pool.entry, pool.invitation, pool.waiting_list) == (None, Entry.OPEN, None, True)


def test_a_plain_title_is_in_the_first_language() -> None:
    assert read(languages=["fr", "en"]).title == Localised({"fr": "Open day"})


def test_a_text_falls_back_to_its_language_in_another_region_and_then_to_its_first() -> None:
    text = Localised({"fr": "Bonjour", "en": "Hello"})
    assert [text.in_language(language) for language in ("en", "en-GB", "de")] == ["Hello", "Hello", "Bonjour"]


def test_an_organiser_a_delegation_a_cap_and_a_need_have_short_forms() -> None:
    parts = [
        *visit(modes={"in-person": {"places_per_delegation": 3}, "remote": None}),
        {**visit()[0], "part": "dinner", "needs": "visit", "obligation": 1},
    ]
    short = read(organisers=["Region"], delegations={"label": "Group", "eligible": ["north"]}, parts=parts)
    long = read(
        organisers=[{"name": "Region", "role": "organiser"}],
        delegations={"label": {"en": "Group"}, "eligible": [{"id": "north", "name": "north"}]},
        parts=[
            *visit(modes={"in-person": {"places_per_delegation": {"max": 3}}, "remote": {}}),
            {**visit()[0], "part": "dinner", "needs": {"part": "visit"}, "obligation": {"min": 1}},
        ],
    )
    assert short == long


def test_a_field_written_with_nothing_behind_it_is_left_out() -> None:
    assert read(credits=None, helpdesk=None, registration=None) == read()


def test_wall_time_is_read_in_the_gatherings_zone_and_an_offset_where_it_is() -> None:
    parts = visit(starts="2021-07-01T09:00", ends="2021-12-01T09:00-05:00")
    part = read(parts=parts).parts[0]
    assert part.starts == datetime(2021, 7, 1, 7, tzinfo=UTC)
    assert part.ends == datetime(2021, 12, 1, 14, tzinfo=UTC)


def test_a_wall_time_that_clocks_skip_is_refused() -> None:
    assert "does not exist" in reasons(parts=visit(starts="2021-03-28T02:30"))["/parts/0/starts"]


def test_a_wall_time_that_happens_twice_is_refused_unless_its_offset_is_given() -> None:
    assert "happens twice" in reasons(parts=visit(starts="2021-10-31T02:30"))["/parts/0/starts"]
    part = read(parts=visit(starts="2021-10-31T02:30+01:00")).parts[0]
    assert part.starts == datetime(2021, 10, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *("2021-11-22", "09:00", 5, ""),
        *("2021-13-01T09:00", "2021-02-29T09:00", "2021-11-22T24:01", "2021-11-22T24:00"),
        *("0001-01-01T00:00", "9999-12-31T23:59", "0000-01-01T09:00", "10000-01-01T09:00"),
    ],
)
def test_what_is_no_time_is_refused(written: Any) -> None:
    assert "/parts/0/starts" in reasons(parts=visit(starts=written))


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 1, 1)),  # noqa: DTZ001  wall times
    st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_a_wall_time_is_read_as_itself_or_refused(wall: datetime, zone: str) -> None:
    wall = wall.replace(second=0, microsecond=0)
    text = json.dumps(
        definition(
            timezone=zone,
            registration={"opens": wall.isoformat()},
            parts=visit(starts="2199-06-01T09:00", ends="2199-06-01T10:00"),
        )
    )
    try:
        opens = load(text).registration.opens
    except InvalidDefinition:
        second = wall.replace(tzinfo=ZoneInfo(zone), fold=1)
        assert second.utcoffset() != wall.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    else:
        assert opens is not None
        assert opens.utcoffset() == timedelta(0)
        assert opens.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall


def test_registration_opens_and_closes_with_the_gathering_unless_the_mode_says_otherwise() -> None:
    own = {"opens": f"{DAY}T08:00", "closes": f"{DAY}T10:00"}
    rules = read(
        registration={"opens": "2021-10-01T09:00", "closes": f"{DAY}T00:00"},
        parts=visit(modes={"in-person": {}, "remote": own}),
    )
    assert rules.opens_at("visit", "in-person") == datetime(2021, 10, 1, 7, tzinfo=UTC)
    assert rules.closes_at("visit", "in-person") == datetime(2021, 11, 21, 23, tzinfo=UTC)
    assert rules.opens_at("visit", "remote") == datetime(2021, 11, 22, 7, tzinfo=UTC)
    assert rules.closes_at("visit", "remote") == datetime(2021, 11, 22, 9, tzinfo=UTC)


def test_without_a_closing_time_registration_is_open_to_the_end_of_the_part() -> None:
    rules = read()
    assert rules.opens_at("visit", Mode.IN_PERSON) is None
    assert rules.closes_at("visit", Mode.IN_PERSON) == rules.parts[0].ends
    with pytest.raises(KeyError):
        rules.closes_at("visit", "remote")


def test_a_door_closes_at_the_end_of_its_part() -> None:
    door = read(doors=[{"door": "gate", "part": "visit", "opens": f"{DAY}T08:00"}]).doors[0]
    assert door.closes == datetime(2021, 11, 22, 16, tzinfo=UTC)


def test_a_gathering_is_past_from_the_end_of_its_last_part_on() -> None:
    rules = read(parts=[*visit(), {**visit(ends=f"{DAY}T19:00")[0], "part": "dinner"}])
    assert not rules.is_past(rules.ends_at - timedelta(microseconds=1))
    assert rules.is_past(rules.ends_at)
    assert rules.starts_at == datetime(2021, 11, 22, 8, tzinfo=UTC)


def test_parts_pools_and_delegations_are_found_by_id() -> None:
    rules = read(delegations={"eligible": ["north"]})
    assert rules.part("visit") is rules.parts[0]
    assert rules.part("dinner") is None
    assert rules.pool("dinner", "remote") is None
    assert rules.pool("visit", "remote") is None
    found = rules.delegation("north")
    assert found is not None
    assert found.name == "north"
    assert rules.delegation("south") is None
    assert read().delegation("north") is None


def test_an_exclusion_holds_both_ways() -> None:
    rules = read(parts=[*visit(excludes=["dinner"]), {**visit()[0], "part": "dinner"}])
    assert rules.rivals("visit") == {"dinner"}
    assert rules.rivals("dinner") == {"visit"}
    assert rules.rivals("lunch") == frozenset()


def test_a_changed_copy_forgets_what_was_worked_out_before() -> None:
    rules = read()
    assert rules.part("visit") is not None
    changed = rules.model_copy(update={"parts": (rules.parts[0].model_copy(update={"part": "dinner"}),)})
    assert changed.part("dinner") is not None
    assert changed.part("visit") is None


def test_a_desks_slots_are_whole_and_stepped_in_utc() -> None:
    desk = {
        "desk": "help",
        "expert": "Ada",
        "opens": "2021-10-31T01:30",
        "closes": "2021-10-31T03:20",
        "slot_minutes": 25,
    }
    slots = read(helpdesk={"desks": [desk]}).helpdesk.desks[0].slots()
    assert len(slots) == 6  # the hour that happens twice is worked twice: 170 minutes
    assert all(end - start == timedelta(minutes=25) for start, end in slots)


PRIVATE_PARTS: dict[str, Any] = {
    "delegations": {
        "membership": "code",
        "eligible": [{"id": "north", "coordinator": "secret@example.org", "membership_code": "secret-code"}],
    },
    "parts": visit(modes={"remote": {"join": {"url": "https://example.org/secret"}}}),
    "agenda": {"sessions": [{"session": "talk", "part": "visit", "starts": f"{DAY}T09:00", "ends": f"{DAY}T10:00"}]},
    "working_groups": {
        "session": "talk",
        "rooms": [{"room": "one", "capacity": 5, "join": {"url": "https://example.org/secret"}}],
    },
    "helpdesk": {
        "desks": [
            {
                "desk": "help",
                "expert": "Ada",
                "opens": f"{DAY}T09:00",
                "closes": f"{DAY}T10:00",
                "slot_minutes": 10,
                "email": "secret@example.org",
                "join": {"url": "https://example.org/secret"},
            }
        ]
    },
}


def test_the_public_definition_has_neither_private_values_nor_their_names() -> None:
    whole = read(**PRIVATE_PARTS)
    assert whole.delegation("north") is not None  # worked out from the private ones, and not carried over
    public = whole.public()
    text = public.model_dump_json()
    for word in ("secret", "coordinator", "membership_code", "join", "email"):
        assert word not in text
    assert public.delegation("north") is not whole.delegation("north")
    assert public.public() == public


def test_a_definition_comes_back_from_json_as_it_was_whole_or_public() -> None:
    whole = read(**PRIVATE_PARTS, policies=POLICY)
    for one in (whole, whole.public()):
        assert Definition.model_validate(one.model_dump(mode="json")) == one
        assert Definition.model_validate_json(one.model_dump_json()) == one
        assert load(one.model_dump_json()) == one


POLICY: dict[str, Any] = {
    "spring": {
        "valid": {"from": "2021-03-01"},
        "trust_list": "trust/list.json",
        "accept": {"test": {"max_age_hours": 24}},
    }
}


def test_a_policys_days_begin_at_midnight_in_the_gatherings_zone() -> None:
    valid = read(policies=POLICY).policies["spring"].valid
    assert valid.from_ == datetime(2021, 2, 28, 23, tzinfo=UTC)
    assert valid.model_dump(mode="json") == {"from": "2021-02-28T23:00:00Z", "until": None}


def test_a_reader_of_topics_ignores_what_a_newer_writer_added_at_any_depth() -> None:
    newer = definition(mascot="owl", parts=visit(modes={"in-person": {"smell": "roses"}}))
    assert Definition.model_validate(newer, extra="ignore") == read()


def test_a_definition_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().gathering = "other"  # type: ignore[misc]


def test_a_way_in_may_be_written_as_its_address_alone() -> None:
    found = read(parts=visit(modes={"remote": {"join": "https://example.org/live"}}))
    pool = found.parts[0].modes[Mode.REMOTE]
    assert pool.join is not None
    assert pool.join.url == "https://example.org/live"
