"""The pages' own words and views."""

from datetime import UTC, datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.gateway.pages.form import faulty, request_of
from services.gateway.pages.gathering import agenda_of, parts_of, requirements_of, where_of
from services.gateway.pages.languages import LANGUAGES, Words, words
from services.gateway.pages.moments import Moments
from services.gateway.pages.rendering import rich
from shared.http import Problem, invalid
from shared.messages.gathering import Definition

DEFINITION = Definition.model_validate(
    {
        "gathering": "forum",
        "title": "Forum",
        "timezone": "Europe/Paris",
        "registration": {"opens": "2099-01-01T09:00"},
        "parts": [
            {
                "part": "main",
                "starts": "2099-06-01T09:00",
                "ends": "2099-06-01T17:00",
                "eligible": "delegations-only",
                "obligation": 1,
                "excludes": ["other"],
                "modes": {
                    "in-person": {
                        "capacity": 10,
                        "entry": "selection",
                        "invitation": "required",
                        "closes": "2099-05-01T00:00",
                        "places_per_delegation": 2,
                    },
                    "remote": {},
                },
            },
            {
                "part": "other",
                "starts": "2099-06-01T09:00",
                "ends": "2099-06-01T17:00",
                "needs": "main",
                "modes": {"in-person": {"capacity": 5}},
            },
        ],
        "questions": [
            {"id": "diet", "type": "choices", "options": ["a", "b"]},
            {"id": "bus", "type": "yes-no"},
            {"id": "note"},
        ],
        "policies": {
            "p": {
                "trust_list": "trust/x.json",
                "accept": {"vaccination": {}, "recovery": {"to_day": 180}, "test": {"max_age_hours": 72}},
            }
        },
        "doors": [
            {
                "door": one,
                "part": "main",
                "opens": "2099-06-01T08:00",
                "requires": [
                    {"id": "mask", "kind": "reminder"},
                    {"id": "health", "kind": "signed-credential", "policy": "p"},
                ],
            }
            for one in ("north", "south")
        ],
    }
)
EN = Words("en")
SUMMER = Moments(ZoneInfo("Europe/Paris"), "en")


def fields_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    english = words("en")
    for language in LANGUAGES:
        assert words(language).keys() == english.keys()
        for key, text in words(language).items():
            assert fields_in(text) == fields_in(english[key]), key


@pytest.mark.parametrize(
    ("now", "states"),
    [
        ("2098-12-31T00:00", ("early", "early")),
        ("2099-02-01T00:00", ("open", "open")),
        ("2099-04-30T22:00", ("closed", "open")),
        ("2099-06-01T15:00", ("closed", "closed")),
    ],
)
def test_a_mode_opens_and_closes_on_its_own(now: str, states: tuple[str, str]) -> None:
    main = parts_of(DEFINITION, [], datetime.fromisoformat(now).replace(tzinfo=UTC), EN)[0]
    assert tuple(place.state for place in main.places) == states
    assert main.is_open == ("open" in states)


def test_terms_places_and_notes_are_said() -> None:
    counts = [
        {"part": "main", "mode": "in-person", "free": 2, "held": 4},
        {"part": "other", "mode": "in-person", "free": 0, "held": 0},
    ]
    main, other = parts_of(DEFINITION, counts, datetime(2099, 2, 1, tzinfo=UTC), EN)
    assert main.places[0].terms == (
        "Subject to a selection by the organisers",
        "By invitation",
        "At most 2 per delegation",
    )
    assert main.places[0].places == "2 of 10 places left, 4 more kept (delegation)"
    assert main.places[1].places == "Unlimited places"
    assert main.notes == (
        "For members of an eligible delegation only.",
        "Every delegation sends at least 1.",
        "Not together with: Other.",
    )
    assert other.places[0].places == "Full: join the waiting list"
    assert other.notes == ("Only together with: Main.", "Not together with: Main.")  # whichever of the two says so


@pytest.mark.parametrize(
    ("language", "label", "says", "reason"),
    [
        ("en", "Partnership", "At most 2 per Partnership", "Your Partnership already has all its places."),
        ("fr", "Partenariat", "Au plus 2 par Partenariat", "Votre Partenariat a d\u00e9j\u00e0 toutes ses places."),
        (
            "fr",
            None,
            "Au plus 2 par d\u00e9l\u00e9gation",
            "Votre d\u00e9l\u00e9gation a d\u00e9j\u00e0 toutes ses places.",
        ),
    ],
)
def test_a_delegation_is_called_what_the_organiser_calls_it(
    language: str, label: str | None, says: str, reason: str
) -> None:
    delegations = {} if label is None else {"label": {"en": "Partnership", "fr": "Partenariat"}}
    raw = DEFINITION.model_dump(mode="json") | {"delegations": delegations}
    definition = Definition.model_validate(raw)
    say = Words(language, definition)
    main = parts_of(definition, [], datetime(2099, 2, 1, tzinfo=UTC), say)[0]
    assert says in main.places[0].terms
    assert any((label or "d\u00e9l\u00e9gation") in note for note in main.notes)
    assert say.or_else("reason_delegation-quota-reached", "") == reason
    assert say.or_else("places", "") == words(language)["places"]  # an option of a question may be called like a word


def _with_pool(**changed: Any) -> Definition:
    given = DEFINITION.model_dump(mode="json")
    given["parts"][1]["modes"]["in-person"] |= changed
    return Definition.model_validate(given)


def test_nobody_is_asked_to_join_a_waiting_list_that_there_is_not() -> None:
    full = [{"part": "other", "mode": "in-person", "free": 0, "held": 0}]
    _, other = parts_of(_with_pool(waiting_list=False), full, datetime(2099, 2, 1, tzinfo=UTC), EN)
    assert other.places[0].places == "Full"
    _, closed = parts_of(DEFINITION, full, datetime(2099, 6, 1, 15, tzinfo=UTC), EN)
    assert (closed.places[0].places, closed.places[0].window) == ("Full", "Registration is closed")


def test_what_was_cancelled_is_not_open_and_says_so() -> None:
    _, other = parts_of(_with_pool(cancelled=True), [], datetime(2099, 2, 1, tzinfo=UTC), EN)
    assert (other.places[0].state, other.places[0].window) == ("closed", "This does not take place")
    assert not other.places[0].places
    assert not other.is_open


@pytest.mark.parametrize(
    ("part", "venue", "where"),
    [
        (0, {"name": "Hall", "place": "Pau"}, "Hall, Pau"),
        (0, None, "In person · Online"),
        (1, None, "In person"),
        (1, {"note": "At the gate"}, "In person"),
    ],
)
def test_a_gathering_without_a_venue_is_not_online_for_that(part: int, venue: object, where: str) -> None:
    given = DEFINITION.model_dump(mode="json")
    given |= {"venue": venue, "doors": [], "parts": [given["parts"][part] | {"needs": None, "excludes": []}]}
    assert where_of(Definition.model_validate(given), EN) == where


def test_each_requirement_is_named_once_with_what_is_accepted() -> None:
    mask, health = requirements_of(DEFINITION, EN)
    assert (mask.how, mask.accepted) == ("Please keep to it", ())
    assert health.accepted == ("vaccination", "recovery", "negative test, not older than 72 hours")


def test_a_session_is_read_as_published_or_as_defined() -> None:
    published: dict[str, Any] = {
        "release": 2,
        "label": "official",
        "more": 1,
        "sessions": [
            {
                "session": "b",
                "title": {"en": "B"},
                "starts_at": "2099-06-02T07:00:00Z",
                "ends_at": "2099-06-02T08:00:00Z",
            },
            {
                "session": "a",
                "title": {"en": "A"},
                "starts_at": "2099-06-01T07:00:00Z",
                "ends_at": "2099-06-01T08:00:00Z",
            },
        ],
    }
    days = agenda_of(published, DEFINITION).days(SUMMER)
    assert [(day, [one.session for one in those]) for day, those in days] == [
        ("Monday 1 June 2099", ["a"]),
        ("Tuesday 2 June 2099", ["b"]),
    ]
    assert agenda_of(None, DEFINITION).label == "draft"


def test_times_are_local_first_and_utc_beside() -> None:
    start, end = datetime(2099, 6, 1, 7, tzinfo=UTC), datetime(2099, 6, 1, 15, tzinfo=UTC)
    assert SUMMER.span(start, end) == "Monday 1 June 2099, 09:00\N{EN DASH}17:00"
    assert SUMMER.utc_span(start, end) == "07:00\N{EN DASH}15:00 UTC"
    late = datetime(2099, 6, 1, 22, 30, tzinfo=UTC)
    assert SUMMER.at(late) == "Tuesday 2 June 2099, 00:30"
    assert SUMMER.utc_span(late, late) == "1 Jun, 22:30 \N{EN DASH} 1 Jun, 22:30 UTC"


def test_a_form_becomes_the_request_of_the_programming_interface() -> None:
    fields = {
        "name": ["A"],
        "email": ["a@example.org"],
        "part.main": ["remote"],
        "part.other": [""],
        "answer.diet": ["a", "b"],
        "answer.bus": ["yes"],
        "answer.note": ["  "],
    }
    body = request_of(fields, DEFINITION)
    assert [(wish.part, wish.mode) for wish in body.parts] == [("main", "remote")]
    assert body.answers == {"diet": ("a", "b"), "bus": True}
    assert body.delegation is None


def test_faults_point_at_fields_of_the_form() -> None:
    locations: list[tuple[str | int, ...]] = [
        ("attendee", "email"),
        ("parts",),
        ("answers", "diet", 0),
        ("consents", "privacy"),
        (),
    ]
    problem = invalid([{"loc": one, "msg": "x"} for one in locations])
    assert faulty(problem) == {"email", "parts", "answer.diet", "consent.privacy", ""}
    with pytest.raises(Problem):
        request_of({}, DEFINITION)


def test_markdown_is_formatted_and_what_could_run_is_not_there() -> None:
    html = rich(
        "# Big\n\n**bold** <img src=x onerror=y> [a](javascript:x) [b](https://example.org) ![i](https://e.org/i.png)"
    )
    assert "<strong>bold</strong>" in html
    assert 'href="https://example.org"' in html
    assert "<img" not in html
    assert "<h1" not in html
    assert 'href="javascript' not in html


def test_no_french_line_ends_before_its_mark() -> None:
    said = words("fr")["diary_away"]
    assert "perdu\N{NO-BREAK SPACE}:" in said
    assert not any(f" {mark}" in one for one in words("fr").values() for mark in ":;!?")
