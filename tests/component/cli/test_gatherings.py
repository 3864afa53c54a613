"""A definition on its way to the gateway, which here is a small one that keeps what it is given."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cli import gatherings
from cli.gatherings import Gateway, Refused
from deploy.local import seeding


class _Owner:
    """Asks for `If-Match` over a definition that is there, as the contract says."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.published: list[str] = []

    async def put(self, request: web.Request) -> web.Response:
        gathering = request.match_info["g"]
        body = await request.read()
        if b"unfit" in body:
            return web.json_response({"title": "line 3: unfit"}, status=422)
        if gathering in self.stored and request.headers.get("If-Match") != '"1"':
            return web.Response(status=428)
        self.stored[gathering] = body
        return web.Response()

    async def get(self, _: web.Request) -> web.Response:
        return web.Response(headers={"ETag": '"1"'})

    async def publish(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer token"
        self.published.append(request.match_info["g"])
        return web.Response()


@pytest.fixture
def owner() -> _Owner:
    return _Owner()


@pytest.fixture
async def gateway(owner: _Owner) -> AsyncIterator[Gateway]:
    app = web.Application()
    path = "/v1/gatherings/{g}"
    app.add_routes([web.put(path, owner.put), web.get(path, owner.get), web.post(f"{path}/publish", owner.publish)])
    async with TestServer(app) as server:
        yield Gateway(str(server.make_url("")), "token")


def _write(folder: Path, name: str, text: str = "") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(f"gathering: {name}\ntitle: T\n{text}")
    return file


async def test_a_definition_is_stored_as_it_stands_and_published(
    gateway: Gateway, owner: _Owner, tmp_path: Path
) -> None:
    file = _write(tmp_path, "workshop", "# assumed\n")

    assert await gatherings.apply(gateway, file) == "workshop"

    assert owner.stored == {"workshop": file.read_bytes()}
    assert owner.published == ["workshop"]


async def test_a_definition_replaces_the_version_that_is_there(gateway: Gateway, owner: _Owner, tmp_path: Path) -> None:
    await gatherings.apply(gateway, _write(tmp_path, "workshop"))

    await gatherings.apply(gateway, _write(tmp_path, "workshop", "about: new\n"))

    assert b"about: new" in owner.stored["workshop"]


async def test_a_refusal_is_told_in_the_gateways_own_words(gateway: Gateway, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 3: unfit"):
        await gatherings.apply(gateway, _write(tmp_path, "workshop", "unfit: 1\n"))


@pytest.mark.parametrize("text", ["[1, 2]", "title: T", "a: [", ""])
def test_a_file_that_is_no_definition_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.yaml"
    file.write_text(text)

    with pytest.raises(Refused, match=r"notes\.yaml"):
        gatherings.gathering_id(file)


async def test_seeds_are_loaded_once_and_again_only_when_their_file_changes(
    gateway: Gateway, owner: _Owner, tmp_path: Path
) -> None:
    folder = tmp_path / "gatherings"
    folder.mkdir()
    _write(folder, "event")
    _write(folder, "workshop")
    remembered = tmp_path / "applied.json"

    assert await seeding.load(gateway, remembered, folder) == ["event", "workshop"]
    assert await seeding.load(gateway, remembered, folder) == []
    _write(folder, "workshop", "about: new\n")
    assert await seeding.load(gateway, remembered, folder) == ["workshop"]
    assert owner.published == ["event", "workshop", "workshop"]
