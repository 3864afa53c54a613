"""The mail server that misbehaves must misbehave as it is told, and remember what it said."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from shared.clock import Clock
from tests.faults.sink import Manner, Sink


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Sink]:
    sink = Sink(tmp_path / "mail.jsonl", tmp_path / "mail", Clock())
    await sink.start()
    yield sink
    await sink.stop()


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"], message["Subject"] = "<1@foyer>", "News"
    message["From"], message["To"] = "desk@example.org", "ada@example.org"
    message.set_content("Dear Ada")
    return message


async def send(sink: Sink) -> int:
    """The code of its last answer; 0 if there was none."""
    try:
        await aiosmtplib.send(letter(), hostname="127.0.0.1", port=sink.port, timeout=5)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return int(refused.recipients[0].code)
    except aiosmtplib.SMTPResponseException as refused:
        return int(refused.code)
    except (aiosmtplib.SMTPException, OSError):
        return 0
    return 250


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        (Manner.WELL, 250),
        (Manner.BUSY, 421),
        (Manner.GREY, 450),
        (Manner.LATER, 451),
        (Manner.NO_SUCH, 550),
        (Manner.NEVER, 554),
        (Manner.MUTE, 0),
    ],
)
async def test_it_answers_in_the_manner_it_is_told(sink: Sink, manner: Manner, code: int) -> None:
    sink.manner = manner

    assert await send(sink) == code
    assert (sink.hurt > 0) is (manner is not Manner.WELL)


async def test_what_it_took_is_remembered_with_whether_it_said_so(sink: Sink, tmp_path: Path) -> None:
    await send(sink)
    sink.manner = Manner.MUTE
    await send(sink)
    sink.manner = Manner.LATER
    await send(sink)

    assert [(one.message_id, one.code, one.is_told) for one in sink.deliveries] == [
        ("<1@foyer>", 250, True),
        ("<1@foyer>", 250, False),
        ("<1@foyer>", 451, True),
    ]
    assert len((tmp_path / "mail.jsonl").read_text().splitlines()) == 2


async def test_a_grey_server_takes_the_second_try_and_one_that_is_away_takes_nobody(sink: Sink) -> None:
    sink.manner = Manner.GREY

    assert [await send(sink), await send(sink)] == [450, 250]
    await sink.stop()
    assert await send(sink) == 0


async def test_between_a_mail_and_its_answer_somebody_may_be_called(sink: Sink) -> None:
    heard: list[int] = []
    sink.on_mail = lambda: heard.append(len(sink.deliveries))

    await send(sink)

    assert heard == [1]
