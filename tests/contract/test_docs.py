"""What is written down leads somewhere, and is kept short enough to be read."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
README = CHECKOUT / "README.md"
ADRS = sorted((CHECKOUT / "docs" / "adr").glob("*.md"))
PAGES = [
    *(page for page in (README, CHECKOUT / "CONTRIBUTING.md", CHECKOUT / "CHANGELOG.md") if page.exists()),
    *sorted((CHECKOUT / "docs").rglob("*.md")),
    *sorted((CHECKOUT / "services").glob("*/README.md")),
]
SERVICES = sorted(folder.parent.name for folder in (CHECKOUT / "services").glob("*/__main__.py"))
LINK = re.compile(r"(?<!\!)\[[^\]\n]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
TARGET = re.compile(r"^([a-z]+):.*##", re.MULTILINE)
COMMAND = re.compile(r"(?:`|^|\s)make ([a-z]+)\b", re.MULTILINE)
NUMBERED = re.compile(r"ADR (?:0*)(\d+)")
SOURCES = [file for room in ("shared", "services", "cli", "deploy") for file in (CHECKOUT / room).rglob("*.py")]

a_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
an_adr = pytest.mark.parametrize("adr", ADRS, ids=lambda adr: adr.stem)


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@a_page
def test_every_relative_link_leads_to_a_file_and_a_heading_in_it(page: Path) -> None:
    for link in LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", _prose(target), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, link


@a_page
def test_every_make_target_that_is_named_is_there(page: Path) -> None:
    commands = [*CODE.findall(page.read_text()), *FENCE.findall(page.read_text())]
    named = {target for text in commands for target in COMMAND.findall(text)}

    assert named <= set(TARGET.findall((CHECKOUT / "Makefile").read_text()))


@a_page
def test_every_decision_that_is_referred_to_was_written_down(page: Path) -> None:
    assert {int(number) for number in NUMBERED.findall(page.read_text())} <= _numbers()


def test_every_decision_that_code_refers_to_was_written_down() -> None:
    referred = {int(number) for source in SOURCES for number in NUMBERED.findall(source.read_text())}

    assert referred <= _numbers()


def _numbers() -> set[int]:
    return {int(adr.stem[:4]) for adr in ADRS}


def test_decisions_are_numbered_without_gaps() -> None:
    assert sorted(_numbers()) == list(range(1, len(ADRS) + 1))


@an_adr
def test_a_decision_is_one_page_with_the_four_headings(adr: Path) -> None:
    text = adr.read_text()

    assert len(text.splitlines()) <= 40
    assert text.startswith(f"# {int(adr.stem[:4])}. ")
    assert re.search(r"^Status: (accepted|superseded by \d+)$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_says_what_it_decides_hears_says_owns_and_where_its_dead_letters_are(service: str) -> None:
    told = (CHECKOUT / "services" / service / "README.md").read_text().lower()

    assert all(word in told for word in ("decides", "hears", "says", "owns", "dead letters"))
