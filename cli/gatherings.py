"""Gathering definitions: read a file, send it to the gateway as it stands, publish it."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


class Refused(Exception):
    """What the gateway said no to, in its own words."""


@dataclass(frozen=True)
class Gateway:
    """The public API, spoken to with one staff token."""

    url: str
    token: str

    async def call(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> "Answer":
        asked = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(self.url, timeout=timeout) as session,
            session.request(method, path, data=body or None, headers=asked) as answer,
        ):
            return Answer(answer.status, await answer.read(), answer.headers.get("ETag"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    etag: str | None

    @property
    def ok(self) -> bool:
        return self.status < HTTPStatus.BAD_REQUEST


def gathering_id(file: Path) -> str:
    try:
        content: Any = YAML(typ="safe", pure=True).load(file.read_text())
    except (OSError, YAMLError) as error:
        raise Refused(f"{file}: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("gathering"), str):
        raise Refused(f"{file}: `gathering` is missing, the definition's id")
    return str(content["gathering"])


async def apply(gateway: Gateway, file: Path) -> str:
    """Put the definition and publish it, over whichever version is there; give its id."""
    gathering = gathering_id(file)
    path = f"/v1/gatherings/{gathering}"
    headers = {"Content-Type": "application/yaml"}
    answer = await gateway.call("PUT", path, body=file.read_bytes(), headers=headers)
    if answer.status == HTTPStatus.PRECONDITION_REQUIRED:
        there = await gateway.call("GET", f"{path}?draft=true")
        headers["If-Match"] = there.etag or "*"
        answer = await gateway.call("PUT", path, body=file.read_bytes(), headers=headers)
    if not answer.ok:
        raise Refused(f"{file}: {_words(answer)}")
    published = await gateway.call("POST", f"{path}/publish")
    if not published.ok:
        raise Refused(f"{gathering} is stored but not published: {_words(published)}")
    return gathering


def _words(answer: Answer) -> str:
    return f"{answer.status} {answer.body.decode(errors='replace')}"
