"""Both seed definitions as files, their published schema, and the table that follows the announcements."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from services.registration.definition import load, schema
from services.registration.definition.document import read
from shared.messages.gathering import Definition
from tests.support.seeds import EVENT, GATHERINGS, ROOT, WORKSHOP

SHIPPED = sorted(GATHERINGS.glob("*.yaml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_definition_is_read_and_named_after_its_gathering(file: Path) -> None:
    assert load(file.read_bytes()).gathering == file.stem


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_definition_comes_back_from_json_whole_and_public(file: Path) -> None:
    whole = load(file.read_bytes())
    for one in (whole, whole.public()):
        assert Definition.model_validate(one.model_dump(mode="json")) == one


@pytest.mark.parametrize("definition", [WORKSHOP, EVENT], ids=lambda definition: definition.gathering)
def test_titles_and_labels_are_in_both_languages(definition: Definition) -> None:
    assert definition.languages == ("en", "fr")
    texts = [
        definition.title,
        *(one.title for one in definition.parts),
        *(one.title for one in definition.agenda.sessions),
    ]
    texts += [question.label for question in definition.questions] + [consent.text for consent in definition.consents]
    texts += [requirement.label for door in definition.doors for requirement in door.requires]
    texts += [link.title for link in definition.links]
    assert all({"en", "fr"} <= text.root.keys() for text in texts)


@pytest.mark.parametrize("definition", [WORKSHOP, EVENT], ids=lambda definition: definition.gathering)
def test_no_real_mail_address_or_private_link_is_shipped(definition: Definition) -> None:
    text = definition.model_dump_json()
    assert set(re.findall(r"[\w.-]+@([\w.-]+)", text)) == {"example.org"}
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {"example.org"}


def test_both_seeds_are_open_for_registration_when_the_rehearsal_begins() -> None:
    begins = datetime(2021, 11, 8, 8, tzinfo=UTC)
    for definition in (WORKSHOP, EVENT):
        for one in definition.parts:
            for mode in one.modes:
                opens = definition.opens_at(one.part, mode)
                assert opens is not None
                assert opens <= begins < definition.closes_at(one.part, mode)


# The published schema.


def test_the_published_schema_is_current() -> None:
    published = (ROOT / "docs" / "gathering.schema.json").read_text()
    assert published == schema.as_text(), (
        "run: python -m services.registration.definition.schema > docs/gathering.schema.json"
    )


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_definition_keeps_to_the_published_schema(file: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema.published())
    assert [error.message for error in validator.iter_errors(plain(file))] == []


@pytest.mark.parametrize("change", [{"colour": "blue"}, {"parts": []}, {"timezone": 1}, {"gathering": "Open Day"}])
def test_the_published_schema_refuses_what_the_reader_refuses(change: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema.published())
    assert not validator.is_valid({**plain(SHIPPED[0]), **change})


def plain(file: Path) -> dict[str, Any]:
    """What stands in the file, before anything is made of it."""
    value: dict[str, Any] = read(file.read_bytes()).value
    return value


# The table that shows all this to people.

CLAUSES = [Path(__file__).with_name(name) for name in ("test_seed_workshop.py", "test_seed_event.py")]


def written_tests() -> set[str]:
    return {name for file in CLAUSES for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)}


def test_the_seed_table_names_every_clause_test_and_no_other() -> None:
    table = (ROOT / "docs" / "seeds.md").read_text("utf-8")
    assert set(re.findall(r"`(test_\w+)`", table)) == written_tests()


@pytest.mark.parametrize("definition", [WORKSHOP, EVENT], ids=lambda definition: definition.gathering)
def test_every_path_that_the_seed_table_names_is_in_the_definition(definition: Definition) -> None:
    table = (ROOT / "docs" / "seeds.md").read_text("utf-8")
    section = table.split(f"`deploy/gatherings/{definition.gathering}.yaml`")[1].split("\n## ")[0]
    paths = re.findall(r"`([a-z_]+(?:[.\[][^`]*)?)`", "\n".join(row.split("|")[2] for row in rows(section)))
    assert paths
    value = definition.model_dump(mode="json")
    assert [path for path in paths if not found(value, path)] == []


def rows(section: str) -> list[str]:
    return [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| The ")]


def found(value: Any, path: str) -> bool:
    """Whether `parts[policy-event].modes.in-person` leads to something: brackets hold an id or an entry's number."""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list):
            value = next((one for n, one in enumerate(value) if step == str(n) or step in ids(one)), None)
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value is not None


def ids(entry: Any) -> set[str]:
    names = ("part", "door", "session", "desk", "room", "id", "rel", "name")
    return {str(entry[name]) for name in names if name in entry} if isinstance(entry, dict) else set()
