"""The embedded mail sink, over SMTP."""

import json
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import aiosmtplib
import pytest

from deploy.local import ports, process
from deploy.local.process import Program
from tests.support import servers


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    chosen = ports.any_free()
    files = ("--log", str(tmp_path / "mail.jsonl"), "--directory", str(tmp_path / "mail"))
    command = (sys.executable, "-m", "deploy.local.mail", "--port", str(chosen), *files)
    program = Program("mail", command, chosen, partial(process.listens, chosen))
    running = await servers.started(program, tmp_path)
    yield chosen
    await process.stop(running)


async def test_a_mail_is_kept_as_it_came_and_logged_in_one_line(port: int, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@example.org", "ana@example.org", "Vous êtes inscrite"
    mail["Message-ID"] = "<1@example.org>"
    mail.set_content("À bientôt")

    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port)

    (line,) = (tmp_path / "mail.jsonl").read_text().splitlines()
    logged = json.loads(line)
    assert set(logged) == {"received_at", "from", "to", "message_id", "subject", "eml"}
    assert (logged["from"], logged["to"]) == ("desk@example.org", ["ana@example.org"])
    assert (logged["message_id"], logged["subject"]) == ("<1@example.org>", "Vous êtes inscrite")
    assert b"Message-ID: <1@example.org>" in Path(logged["eml"]).read_bytes()
