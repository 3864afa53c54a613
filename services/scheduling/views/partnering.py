"""Partnering as organisers and participants see it: profiles, day sheets, and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import Gathering, Meeting, Preferences, Registration
from services.scheduling.views.agenda import local
from services.scheduling.views.encounters import guest, meeting
from shared.people import Person

FEW = 3
Lines = Mapping[str, Sequence[str]]
FIELDS = ("offers", "seeks", "topics")


def texts(opened: Lines) -> dict[str, list[str]]:
    return {field: list(opened.get(field, ())) for field in FIELDS}


def profile(
    one: Registration,
    part: str,
    person: Person | None,
    opened: Lines,
    reader: str | None,
    wishes: Mapping[str, Preferences],
) -> dict[str, Any]:
    """For somebody who may meet them, and what the two wish of each other; staff are told of no wishes."""
    mine, theirs = wishes.get(reader or ""), wishes.get(one.id)
    return {
        **guest(one.id, person),
        "mode": one.mode_in(part),
        **texts(opened),
        "wished": mine is not None and one.id in mine.meet,
        "no_thanks": mine is not None and one.id in mine.no_thanks,
        "wishes_you": theirs is not None and reader in theirs.meet,
    }


def by_person(gathering: Gathering, meetings: Sequence[Meeting], people: Mapping[str, Person]) -> list[dict[str, Any]]:
    """A sheet for each who has a meeting, in order of names."""
    theirs: dict[str, list[dict[str, Any]]] = {}
    for one in meetings:
        for who in one.people:
            other = one.other(who)
            row = {**_row(gathering, one), "with": [guest(other, people.get(other))]}
            theirs.setdefault(who, []).append(row)
    sheets = [{**guest(who, people.get(who)), "meetings": rows} for who, rows in theirs.items()]
    return sorted(sheets, key=lambda sheet: (sheet["name"] or "", sheet["registration_id"]))


def by_table(gathering: Gathering, meetings: Sequence[Meeting], people: Mapping[str, Person]) -> list[dict[str, Any]]:
    """A sheet for each table; those without one come last, under none."""
    at: dict[int | None, list[dict[str, Any]]] = {}
    for one in meetings:
        row = {**_row(gathering, one), "with": [guest(who, people.get(who)) for who in one.people]}
        at.setdefault(one.table, []).append(row)
    ordered = sorted(at, key=lambda table: (table is None, table or 0))
    return [{"table": table, "meetings": at[table]} for table in ordered]


def _row(gathering: Gathering, one: Meeting) -> dict[str, Any]:
    zone = ZoneInfo(gathering.definition.timezone)
    return {
        **meeting(one),
        "starts_local": local(one.slot.starts_at, zone),
        "ends_local": local(one.slot.ends_at, zone),
    }


def result(attending: Sequence[str], meetings: Sequence[Meeting], people: Mapping[str, Person]) -> dict[str, Any]:
    """What is told of such an afternoon: how many organisations, meetings and countries. Nobody is named."""
    met: Counter[str] = Counter(who for one in meetings for who in one.people)
    counts = [met[who] for who in attending]
    countries, organisations, pairs = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for one in meetings:
        known = [people[who] for who in one.people if who in people]
        countries.update({person.country for person in known if person.country is not None})
        organisations.update({person.organisation for person in known if person.organisation is not None})
        both = sorted(person.country for person in known if person.country is not None)
        if len(both) == len(one.people):
            pairs[both[0], both[1]] += 1
    squares = len(counts) * sum(count * count for count in counts)
    from_country = Counter(people[who].country for who in attending if who in people)
    return {
        "people": len(counts),
        "organisations": len({people[who].organisation for who in attending if who in people} - {None}),
        "countries": len(set(from_country) - {None}),
        "meetings": len(meetings),
        "held": sum(one.held for one in meetings),
        "with_none": counts.count(0),
        "under_three": sum(count < FEW for count in counts),
        "jain": round(sum(counts) ** 2 / squares, 4) if squares else 1.0,
        "by_country": [
            {"country": country, "people": from_country[country], "meetings": number}
            for country, number in sorted(countries.items())
        ],
        "by_organisation": [
            {"organisation": organisation, "meetings": number} for organisation, number in sorted(organisations.items())
        ],
        "pairs_of_countries": [{"countries": list(both), "meetings": number} for both, number in sorted(pairs.items())],
    }
