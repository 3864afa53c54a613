"""E5: every record against the one published AsyncAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]

from cli.rehearsal.checks.verdict import Bench, Verdict
from tests.faults.checker.case import Case


def by_the_schema(case: Case) -> Verdict:
    bench = Bench()
    payloads = dict(_validators(case.document))
    headers = _validator({"$ref": "#/components/schemas/Headers"}, case.document)
    for record in case.evidence.first_copies:
        payload = payloads.get(record.type)
        bench.expect(payload is not None, f"{record.type} is not in the published document")
        if payload is not None:
            flaw = _flaw(payload, record.value) or _flaw(headers, record.headers)
            bench.expect(flaw is None, f"{record.type} {record.id}: {flaw}")
    return bench.verdict


def _validators(document: Mapping[str, Any]) -> Iterator[tuple[str, Draft202012Validator]]:
    for message in document["components"]["messages"].values():
        yield message["name"], _validator(message["payload"], document)


def _validator(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def _flaw(validator: Draft202012Validator, value: Mapping[str, Any]) -> str | None:
    error: ValidationError | None = next(validator.iter_errors(dict(value)), None)
    return None if error is None else f"{'/'.join(str(step) for step in error.path)}: {error.message[:120]}"
