"""The OpenAPI document: our own calls written out, the owners' from the table of routes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.gateway.api import asks, bodies, examples, shapes
from services.gateway.api.routes import OWN, ROUTES, Operation, Route
from services.gateway.api.terms import Query

REF = "#/components/schemas/{model}"  # as pydantic spells it
NAMES = {
    "g": "The gathering's id",
    "r": "The registration's id",
    "b": "The booking's id",
    "d": "A desk's, a door's or a delegation's id",
    "p": "A part's or a proposal's id",
    "m": "The id of a meeting of two attendees",
    "i": "The invitation's id",
    "s": "A session's id",
    "q": "A question's id",
    "code": "A signed code from a mail",
}
KEY = "`Idempotency-Key`: the same key and body again have the same answer and one effect, for at least 7 days"
HEADERS = {
    "Idempotency-Key": (KEY, {"type": "string", "minLength": 16, "maxLength": 255}),
    "Prefer": ("`wait=N`, 0 to 10 seconds for the decision, or `respond-async`", {"type": "string"}),
    "If-Match": ("The ETag of what you read: nothing else is overwritten", {"type": "string"}),
}
PROBLEMS = {
    "400": "Not JSON in UTF-8, or not to be read",
    "401": "No valid token",
    "403": "The token's role is too small",
    "404": "Not here, or not yours",
    "409": "Not as things stand",
    "412": "Somebody else changed it meanwhile",
    "413": "Larger than 256 KiB",
    "415": "Not application/json",
    "422": "A field is wrong, or the key was used with another body",
    "428": "Send the ETag of what you read as If-Match",
    "429": "Too many calls from this address; see Retry-After",
    "503": "Not now, or not known whether it was accepted; see Retry-After",
}
DESCRIPTION = (
    "The event desk for hybrid gatherings. What the public submits is accepted once it is in the log (201 decided, 202 "
    "not yet); staff write to the service that owns the data. Every error is `application/problem+json`."
)


def document(version: str, server: str) -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in (*OWN, *map(_of_route, ROUTES)):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Foyer", "version": version, "description": DESCRIPTION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "manage": {"type": "http", "scheme": "bearer", "description": "The `manage_token` of a registration"},
                "staff": {"type": "http", "scheme": "bearer", "description": "From `foyer token --role …`"},
            },
            "responses": {status: _problem(text) for status, text in PROBLEMS.items()},
        },
    }


def _of_route(route: Route) -> Operation:
    about = route.method, route.path, route.summary, route.roles, route.terms
    return Operation(*about, tag=route.owner, waits=route.waits)


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [
            *_path_parameters(operation.path),
            *map(_query_parameter, operation.terms.query),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation),
        "security": _security(operation),
    }
    if operation.terms.takes is not None:
        described["requestBody"] = _request_body(operation, operation.terms.takes)
    return described


def _request_body(operation: Operation, takes: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": _content(takes)}
    if operation.terms.also_yaml:
        content["application/yaml"] = _content(takes)
    if takes is bodies.RegistrationRequest:
        content["application/json"] = _either(takes, asks.StaffRegistration)
    return {"required": not operation.terms.may_be_empty, "content": content}


def _operation_id(operation: Operation) -> str:
    return f"{operation.method.lower()}-{re.sub(r'[^a-z0-9]+', '-', operation.path.removeprefix('/v1/')).strip('-')}"


def _path_parameters(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"} if name != "code" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "description": NAMES.get(name, name), "schema": schema}


def _query_parameter(query: Query) -> dict[str, Any]:
    about = {"name": query.name, "in": "query", "required": False}
    return about | {"description": query.description, "schema": dict(query.schema)}


def _header_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    sent = {
        "Idempotency-Key": operation.method != "GET",
        "Prefer": operation.is_submission or operation.waits,
        "If-Match": operation.terms.if_match,
    }
    for name in (one for one, is_taken in sent.items() if is_taken):
        description, schema = HEADERS[name]
        yield {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if not operation.roles:
        return []
    return [{"staff": []}, {"manage": []}] if operation.is_held else [{"staff": []}]


def _responses(operation: Operation) -> dict[str, Any]:
    answered: dict[str, Any] = {}
    for status, given in operation.terms.gives.items():
        answered[status] = {"description": _SAYS[status]}
        if isinstance(given, str):
            answered[status]["content"] = {given: {"schema": {"type": "string"}}}
        elif given is not None:
            answered[status]["content"] = {"application/json": _content(given)}
        if status == "303":
            answered[status]["headers"] = {"Location": {"required": True, "schema": {"type": "string"}}}
    expected = ["404", "429", "503"]
    has_body, asked = operation.method in {"POST", "PUT", "PATCH"}, {one.name for one in operation.terms.query}
    expected += ["413", "415"] if has_body else []
    expected += ["422"] if has_body or asked else []
    expected += ["400"] if operation.method != "GET" or "cursor" in asked else []
    expected += ["401", "403"] if operation.roles else []
    expected += ["409"] if operation.method != "GET" else []
    expected += ["412"] if operation.terms.if_match else []
    expected += ["428"] if operation.terms.takes is asks.GatheringDefinition else []
    return answered | {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(expected)}


_SAYS = {"200": "Done", "201": "Made", "202": "Accepted, not done yet", "303": "Go on to the livestream"}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": _reference(model)}
    if model in examples.OF:
        content["example"] = examples.OF[model]
    return content


def _either(*models: type[BaseModel]) -> dict[str, Any]:
    named = {model.__name__: {"value": examples.OF[model]} for model in models}
    return {"schema": {"anyOf": [_reference(model) for model in models]}, "examples": named}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": _content(shapes.Problem)}
    return {"description": description, "content": content}


def _schemas() -> Mapping[str, Any]:
    used: set[type[BaseModel]] = {shapes.Problem, asks.StaffRegistration}
    for operation in (*OWN, *map(_of_route, ROUTES)):
        named_here = (operation.terms.takes, *operation.terms.gives.values())
        used |= {model for model in named_here if model is not None and not isinstance(model, str)}
    named = sorted(used, key=lambda model: model.__name__)
    _, definitions = models_json_schema([(model, "validation") for model in named], ref_template=REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
