"""The mail server's answers, from a real one on this machine: taken, not now, never, silence, and nobody there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import pytest

from services.notifications.mails.headers import LINES
from services.notifications.outbound import Later, Outbound, Refused, Taken
from services.notifications.settings import NotificationsSettings
from shared.errors import Unavailable
from tests.support.mail_sink import Sink

Reply = Callable[[], Awaitable[str]]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    one = Sink()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def outbound(sink: Sink) -> AsyncIterator[Outbound]:
    one = Outbound(NotificationsSettings(smtp=f"127.0.0.1:{sink.port}", smtp_timeout=2))
    yield one
    await one.rest()


def mail(number: int = 1) -> EmailMessage:
    message = EmailMessage(policy=LINES)
    message["From"] = "desk@foyer.example"
    message["To"] = "zoe@example.org"
    message["Message-ID"] = f"<{number}@foyer.example>"
    message.set_content("Dear Zoë,\n.\nthe line above is one dot.\n")
    return message


async def send(outbound: Outbound, number: int = 1, to: str = "zoe@example.org") -> Any:
    return await outbound.send(mail(number), "desk@foyer.example", to)


async def test_a_mail_is_taken_whole(sink: Sink, outbound: Outbound) -> None:
    assert await send(outbound) == Taken()
    [taken] = sink.taken
    assert "Message-ID: <1@foyer.example>" in taken
    assert "\n.\r\nthe line above is one dot" in taken


async def test_the_mail_arrives_as_it_was_laid_out(sink: Sink, outbound: Outbound) -> None:
    message = EmailMessage(policy=LINES)
    message["Subject"] = "Votre billet : Les clusters, moteurs des transitions verte et numérique, à Saint-Ouen"
    message.set_content("x")
    await outbound.send(message, "desk@foyer.example", "zoe@example.org")
    raw = message.as_bytes().decode().replace("\r\n", "\n")
    assert raw.strip() in sink.taken[0].replace("\r\n", "\n")


async def test_one_connection_serves_while_there_is_work_and_is_closed_after(sink: Sink, outbound: Outbound) -> None:
    for number in range(5):
        await send(outbound, number)
    assert sink.connections == 1
    await outbound.rest()
    await send(outbound)
    assert sink.connections == 2


async def test_never_more_than_four_connections(sink: Sink, outbound: Outbound) -> None:
    await asyncio.gather(*(send(outbound, number) for number in range(40)))
    assert len(sink.taken) == 40
    assert 1 < sink.open_at_once <= 4


@pytest.mark.parametrize("reply", ["450 greylisted", "451 try later", "452 full", "421 closing"])
async def test_not_now_means_later(sink: Sink, outbound: Outbound, reply: str) -> None:
    sink.at_recipient = reply
    assert isinstance(await send(outbound), Later)
    sink.at_recipient, sink.at_data = "250 OK", reply
    assert isinstance(await send(outbound), Later)
    sink.at_data = "250 OK"
    assert await send(outbound) == Taken()


@pytest.mark.parametrize("reply", ["550 no such user", "552 too big", "554 rejected"])
async def test_never_means_never_and_harms_no_other(sink: Sink, outbound: Outbound, reply: str) -> None:
    sink.at_recipient = reply
    assert await send(outbound) == Refused(f"SMTPRecipientRefused {reply[:3]}")
    sink.at_recipient, sink.at_data = "250 OK", reply
    assert await send(outbound) == Refused(f"SMTPDataError {reply[:3]}")
    sink.at_data = "250 OK"
    assert await send(outbound) == Taken()


async def test_a_lost_answer_means_the_same_mail_again(sink: Sink, outbound: Outbound) -> None:
    sink.silent = True
    assert isinstance(await send(outbound), Later)
    sink.silent = False
    assert await send(outbound) == Taken()
    assert [one.count("Message-ID: <1@foyer.example>") for one in sink.taken] == [1, 1]


async def test_a_server_that_never_answers_is_not_waited_for_for_ever(sink: Sink) -> None:
    sink.hang = asyncio.Event()
    outbound = Outbound(NotificationsSettings(smtp=f"127.0.0.1:{sink.port}", smtp_timeout=0.2))
    assert isinstance(await send(outbound), Later)
    sink.hang.set()


async def test_nobody_there_is_no_mails_fault(sink: Sink, outbound: Outbound) -> None:
    await sink.stop()
    with pytest.raises(Unavailable):
        await send(outbound)
    await sink.start(sink.port)
    assert await send(outbound) == Taken()


@pytest.mark.parametrize("greeting", ["421 too busy", "554 not for you"])
async def test_a_server_that_turns_everybody_away_is_no_mails_fault(
    sink: Sink, outbound: Outbound, greeting: str
) -> None:
    sink.greeting = greeting
    with pytest.raises(Unavailable):
        await send(outbound)


async def test_an_idle_connection_that_died_is_replaced(sink: Sink, outbound: Outbound) -> None:
    await send(outbound)
    for client in outbound._idle:
        client.close()
    assert await send(outbound) == Taken()
    assert sink.connections == 2


async def test_without_encryption_nothing_is_sent_where_it_is_demanded(sink: Sink) -> None:
    settings = NotificationsSettings(smtp=f"127.0.0.1:{sink.port}", smtp_security="starttls", smtp_timeout=2)
    with pytest.raises(Unavailable):
        await send(Outbound(settings))
    assert sink.taken == []


async def test_a_refused_password_is_no_mails_fault(sink: Sink) -> None:
    settings = NotificationsSettings(
        smtp=f"127.0.0.1:{sink.port}", smtp_user="foyer", smtp_password="wrong", smtp_timeout=2
    )
    with pytest.raises(Unavailable):
        await send(Outbound(settings))
    assert sink.taken == []


async def test_an_address_the_server_cannot_write_is_refused_for_good(outbound: Outbound) -> None:
    assert isinstance(await send(outbound, to="zoë@example.org"), Refused)
