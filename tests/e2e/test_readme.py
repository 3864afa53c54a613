"""What the README tells a newcomer to paste, pasted as it stands; only where the house is, is put in."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from cli.state import CHECKOUT
from tests.e2e.foyer import Foyer, running_foyer

README = (CHECKOUT / "README.md").read_text()
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
CLOCK = re.compile(r"^FOYER_CLOCK=(\S+) make up\b", re.MULTILINE)
SAID_HOUSE = "http://127.0.0.1:8080"
SAID_STATE = ".foyer"


@pytest.fixture(scope="module")
async def foyer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foyer]:
    [begins] = CLOCK.findall(README)
    async with running_foyer(tmp_path_factory.mktemp("foyer") / "state", datetime.fromisoformat(begins)) as running:
        yield running


def block_with(program: str) -> str:
    [block] = [block for block in BLOCK.findall(README) if re.search(rf"^{program}\b", block, re.MULTILINE)]
    return str(block)


async def pasted(foyer: Foyer, block: str) -> str:
    command = block.replace(SAID_HOUSE, foyer.url).replace(f"{SAID_STATE}/", f"{foyer.state.root}/")
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        said, complained = await shell.communicate()
    assert shell.returncode == 0, complained.decode()
    return said.decode()


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program} here")


@pytest.fixture(scope="module")
async def registration(foyer: Foyer) -> dict[str, Any]:
    need("curl")
    answer: dict[str, Any] = json.loads(await pasted(foyer, block_with("curl")))
    return answer


async def test_the_first_registration_is_confirmed_with_its_key_and_a_receipt(registration: dict[str, Any]) -> None:
    assert [(part["part"], part["mode"], part["status"]) for part in registration["parts"]] == [
        ("workshop", "remote", "confirmed")
    ]
    assert registration["manage_token"]
    assert registration["receipt"]


async def test_the_same_again_is_the_same_answer(foyer: Foyer, registration: dict[str, Any]) -> None:
    assert json.loads(await pasted(foyer, block_with("curl"))) == registration


@pytest.mark.usefixtures("registration")
async def test_the_mail_is_the_last_line_of_the_log(foyer: Foyer) -> None:
    [address] = re.findall(r'"email": "([^"]+)"', block_with("curl"))
    assert await foyer.mailbox.find(address, re.compile(r"(\S)"))
    assert json.loads(foyer.state.mail_log.read_text().splitlines()[-1])["to"] == [address]


@pytest.mark.parametrize("link", re.findall(rf"<{SAID_HOUSE}(/[^>]*)>", README))
async def test_every_page_that_is_named_is_there(foyer: Foyer, link: str) -> None:
    assert (await foyer.ask("GET", link)).status == 200


async def test_a_subscriber_hears_of_the_registration(foyer: Foyer, registration: dict[str, Any]) -> None:
    need("kcat", "jq")
    told = dict(line.split(" ", 1) for line in (await pasted(foyer, block_with("kcat"))).splitlines())
    [fact] = [json.loads(value) for value in told.values()]
    assert list(told) == [registration["gathering"]]
    assert fact["registration_id"] == registration["id"]
