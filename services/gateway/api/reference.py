"""What describes the rest: the receipts' public key, the messages' schemas, the OpenAPI document."""

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from services.gateway.receipts import Receipts
from shared.http import not_found
from shared.messages import Message, registry
from shared.messages.gathering import Definition

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DEFINITION = "gathering-definition"
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}


def router(receipts: Receipts, document: dict[str, Any]) -> APIRouter:
    api = APIRouter(include_in_schema=False)
    openapi = orjson.dumps(document)

    @api.get("/openapi.json")
    async def describe() -> Response:
        return Response(openapi, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})

    @api.get("/.well-known/jwks.json")
    async def keys() -> Response:
        return Response(orjson.dumps(receipts.key_set()), media_type="application/jwk-set+json", headers=FOR_A_DAY)

    @api.get("/schemas/{name}.json")
    async def schema(name: str) -> Response:
        if name == DEFINITION:
            described = Definition.model_json_schema()
        elif (message := registry.get(f"foyer.{name}")) is not None:
            described = open_schema(message)
        else:
            raise not_found()
        content = {"$schema": DRAFT, "$id": f"/schemas/{name}.json"} | described
        return Response(orjson.dumps(content), media_type="application/schema+json", headers=FOR_A_DAY)

    return api


def open_schema(message: type[Message]) -> dict[str, Any]:
    """As readers must take it: fields that they do not know may be there, and are ignored."""
    opened: dict[str, Any] = _opened(message.model_json_schema(mode="serialization"))
    return opened


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _opened(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}
