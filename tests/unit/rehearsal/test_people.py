"""Synthetic people, their certificates and their letters."""

import json
import random
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from cli.rehearsal.brief import read_brief
from cli.rehearsal.checks.entry import meets_requirements
from cli.rehearsal.journal import Shown
from cli.rehearsal.mailbox import Mailbox
from cli.rehearsal.passes import Pass, Passes
from cli.rehearsal.people import canaries, people
from cli.state import CHECKOUT

NOW = datetime(2021, 11, 22, 8, 0, tzinfo=UTC)
BRIEF = read_brief(CHECKOUT / "deploy" / "gatherings" / "clusters-green-digital-2021.yaml")


@pytest.fixture(scope="module")
def passes() -> Passes:
    return Passes.make(random.Random(1))  # noqa: S311


def opens(held: Pass) -> bool:
    shown = Shown("somebody", has_id_document=True, proof=held.proof, attested=held.attested)
    return meets_requirements(shown, BRIEF.doors["policy-event-day-1"], BRIEF.policies["france-2021-11"], NOW)


def test_the_same_seed_makes_the_same_people_each_with_a_word_of_their_own() -> None:
    first, second = (list(islice(people(random.Random(7)), 500)) for _ in range(2))  # noqa: S311

    assert first == second
    assert len({one.canary for one in first}) == 500
    assert canaries(f"Dear {first[0].name}, <{first[0].email.upper()}>") == {first[0].canary}


def test_good_passes_open_the_door_and_bad_ones_do_not(passes: Passes) -> None:
    assert all(opens(passes.good(NOW)) for _ in range(50))
    assert all(opens(held) for held in [*passes.on_the_edge(NOW), passes.on_paper(), passes.fresh_test(NOW)])
    assert not any(opens(held) for held in passes.bad(NOW))


def test_a_letter_is_read_in_all_its_parts_and_a_line_still_being_written_waits(tmp_path: Path) -> None:
    letter = tmp_path / "1.eml"
    letter.write_bytes(
        b"Subject: News\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nDear zqaaa=\r\naaaaaa\r\n"
    )
    line = json.dumps({"to": ["a@example.org"], "message_id": "<1@foyer>", "subject": "News", "eml": letter.name})
    log = tmp_path / "mail.jsonl"
    log.write_text(f"{line}\n{line[:20]}")
    mailbox = Mailbox(log, tmp_path)

    assert [canaries(mail.text) for mail in mailbox.to("a@example.org")] == [{"zqaaaaaaaaa"}]
    log.write_text(f"{line}\n{line}\n")
    assert len(mailbox.to("a@example.org")) == 2
