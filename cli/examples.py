"""Examples of messages, made from their schemas: always the same, always valid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Words = Mapping[str, str]

WORDS: Words = {
    "gathering_id": "clusters-green-digital-2021",
    "gathering": "clusters-green-digital-2021",
    "title": "Clusters driving the Green and Digital transitions",
    "timezone": "Europe/Paris",
    "delegation": "escp-4x-01",
    "part": "policy-event",
    "mode": "in-person",
    "status": "confirmed",
    "role": "organiser",
    "outcome": "confirmed",
    "door": "policy-event-day-1",
    "doors": "policy-event-day-1",
    "registration_id": "q4lw6zk2m3yhd5tn7vbx2coa6re4pjsf",
    "registration_ids": "q4lw6zk2m3yhd5tn7vbx2coa6re4pjsf",
    "other_id": "b7tmdq2hzc5xw4uj6ynfk3svra2goe6l",
    "assignment_id": "0b9c9f0e-3f0d-5f0f-9a6e-5f8a8a0a3f51",
    "meeting_id": "9f2f3b6e-52d4-5c6a-8f4d-0a6d1a1e7c11",
    "room": "circular-economy",
    "booking_id": "v5fzcm3bv6yswz3wt6x64cdepgofuw64",
    "id": "ujnt2ob2dwlc6q5xc3yav7mfe4kyqzrs",
    "submission_id": "ujnt2ob2dwlc6q5xc3yav7mfe4kyqzrs",
    "key": "vd237oomqj7npvufafnwfc5n445tksqp",
    "sealed": "1.c2VhbGVkIGZvciBpdHMgb3duZXIgYWxvbmU",
    "desk": "policy-desk",
    "slot_id": "policy-desk-20211122T0800Z",
    "label": "draft",
    "scan_id": "0c2b6a1e-7f0d-4a3b-9a55-7f2f7f4f3c01",
    "notification_id": "9380df47-fce5-5c21-b66f-9902b12b4e90",
    "message_id": "<9380df47-fce5-5c21-b66f-9902b12b4e90@foyer.localhost>",
    "cause_id": "047bbd52-d6e0-515b-8320-e10b2d9f1300",
    "template": "registration-confirmed",
    "url": "https://example.org/follow-up",
}
OF_ONE: Mapping[str, Words] = {  # what the message itself says, and so what its example must
    "RegistrationWaitlisted": {"status": "waitlisted"},
    "RegistrationPending": {"status": "awaiting-selection"},
    "RegistrationDeclined": {"status": "declined", "reason": "part-full"},
    "RegistrationCancelled": {"status": "cancelled"},
    "SlotRefused": {"reason": "slot-taken"},
    "SlotReleased": {"reason": "released"},
    "RoomReleased": {"reason": "registration-cancelled"},
    "MeetingCancelled": {"reason": "released"},
    "EntryRefused": {"reason": "already-admitted"},
    "NotificationFailed": {"status": "failed", "reason": "550"},
}
MOMENT, LATER = "2021-11-22T08:00:00Z", "2021-11-22T08:15:00Z"


def example(message: str, schemas: Mapping[str, Schema]) -> Any:
    """One of the class `message`: what is required, what makes it what it is, nothing else that may be left out."""
    return _Maker(schemas, OF_ONE.get(message, {})).value(schemas[message], "")


@dataclass(frozen=True)
class _Maker:
    schemas: Mapping[str, Schema]
    own: Words

    def value(self, schema: Schema, name: str) -> Any:
        schema = self._plain(schema)
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                return self._object(schema, name)
            case "array":
                return [self.value(schema["items"], name)] * schema.get("minItems", 1) if "items" in schema else []
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case _:
                return self._text(schema, name)

    def _plain(self, schema: Schema) -> Schema:
        """Without references; of alternatives the first that is something."""
        while True:
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema:
                schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
            else:
                return schema

    def _object(self, schema: Schema, name: str) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        made = {key: self.value(one, key) for key, one in properties.items() if key in required or key in self.own}
        entries = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
        if not properties and isinstance(entry := entries[-1], Mapping):
            keys = self._plain(schema.get("propertyNames", {})).get("enum", ["en"])
            made[keys[0]] = self.value(entry, name)
        return made

    def _text(self, schema: Schema, name: str) -> str:
        if "const" in schema:
            return str(schema["const"])
        if schema.get("format") == "date-time":
            return LATER if name.startswith(("ends", "closes")) else MOMENT
        return self.own.get(name) or WORDS.get(name, f"{name.removesuffix('_id').replace('_', '-')}-1")
