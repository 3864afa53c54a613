"""Whoever has only `/openapi.json` can call everything: each call says what it takes and gives, as its owner does."""

from typing import Any

import pytest
from pydantic import BaseModel

from services.checkin.api import door
from services.gateway.api import asks, bodies, examples
from services.gateway.api.openapi import document
from services.gateway.api.routes import OWN, ROUTES, Operation, Route
from services.gateway.api.terms import PASSED_ON
from services.notifications import api as notifications
from services.registration.api import invitations, parts, people, registrations, selections
from services.scheduling.api import acts, agenda, desks, encounters, proposals, questions
from shared.http import as_model
from shared.messages.gathering import Definition

PATHS = document("0.0.0", "http://127.0.0.1:8080")["paths"]
WRITES = {"POST", "PUT", "PATCH"}
# The path says it all.
SAYS_NOTHING = {
    "POST /v1/gatherings/{g}/desks/{d}/access",
    "POST /v1/gatherings/{g}/publish",
    "POST /v1/join/{code}",
    "POST /v1/registrations/{r}/meetings/{m}/held",
    "PUT /v1/registrations/{r}/stars/{s}",
    "PUT /v1/registrations/{r}/waiting-list/{d}",
}
OWNERS: dict[type[BaseModel], type[BaseModel]] = {
    asks.InvitationRequest: invitations.InvitationRequest,
    asks.Invitee: invitations.Invitee,
    asks.SelectionRequest: selections.SelectionRequest,
    asks.SelectionDecision: selections.SelectionDecision,
    asks.ProposalRequest: selections.ProposalRequest,
    asks.Waiver: selections.Waiver,
    asks.PartChange: parts.PartChange,
    asks.StaffRegistration: registrations.StaffRegistration,
    asks.AccessLink: people.AccessLink,
    asks.Announcement: notifications.Announcement,
    asks.Addressees: notifications.Addressees,
    asks.FollowUp: notifications.FollowUp,
    asks.Draft: agenda.Draft,
    asks.AgendaPublication: agenda.Publication,
    asks.BlockRequest: desks.BlockRequest,
    asks.WalkInRequest: acts.WalkInRequest,
    asks.Override: acts.Override,
    asks.Moderation: questions.Moderation,
    asks.RoomsAsked: proposals.RoomsAsked,
    asks.Pin: proposals.Pin,
    asks.MeetingsAsked: proposals.MeetingsAsked,
    asks.ProposalPublication: proposals.Publication,
    asks.ProposalChange: proposals.Change,
    asks.Seated: encounters.Seated,
    asks.DoorCall: door.DoorCall,
    asks.Upload: door.Upload,
}
OPERATIONS = [pytest.param(one, id=f"{one.method} {one.path}") for one in (*OWN, *ROUTES)]


def operation(one: Operation | Route) -> dict[str, Any]:
    found: dict[str, Any] = PATHS[one.path][one.method.lower()]
    return found


def parameters(one: Operation | Route, place: str) -> set[str]:
    return {each["name"] for each in operation(one)["parameters"] if each["in"] == place}


def test_what_is_passed_on_has_terms_and_nothing_else_has() -> None:
    assert {f"{one.method} {one.path}" for one in ROUTES} == PASSED_ON.keys()


@pytest.mark.parametrize("one", OPERATIONS)
def test_a_call_says_what_it_takes_and_shows_one(one: Operation | Route) -> None:
    if one.method not in WRITES or f"{one.method} {one.path}" in SAYS_NOTHING:
        assert "requestBody" not in operation(one)
        return
    for content in operation(one)["requestBody"]["content"].values():
        assert "schema" in content
        assert "example" in content or "examples" in content


@pytest.mark.parametrize("one", OPERATIONS)
def test_a_call_says_what_it_gives(one: Operation | Route) -> None:
    done = {status: answer for status, answer in operation(one)["responses"].items() if status < "400"}
    assert done
    for status, answer in done.items():
        assert "Location" in answer["headers"] if status == "303" else all(answer["content"].values())


@pytest.mark.parametrize("one", OPERATIONS)
def test_what_changes_something_takes_a_key(one: Operation | Route) -> None:
    assert ("Idempotency-Key" in parameters(one, "header")) == (one.method != "GET")


def test_queries_and_preconditions_are_declared() -> None:
    asked = {f"{one.method} {one.path}": parameters(one, "query") for one in (*OWN, *ROUTES)}
    g = "/v1/gatherings/{g}"
    assert {call: names for call, names in asked.items() if names} == {
        f"GET {g}/registrations": {"part", "status", "cursor", "limit"},
        f"GET {g}/agenda": {"release"},
        f"GET {g}/agenda.ics": {"release"},
        f"GET {g}/partnering/sheets": {"by"},
        f"GET {g}/live": {"session"},
        f"GET {g}/export": {"personal"},
    }
    guarded = {f"{one.method} {one.path}" for one in (*OWN, *ROUTES) if "If-Match" in parameters(one, "header")}
    publishes = {f"POST {g}/{topic}/publish" for topic in ("working-groups", "partnering")}
    assert guarded == {f"PUT {g}", f"PUT {g}/agenda", f"PATCH {g}/proposals/{{p}}", *publishes}
    assert {"412", "428"} <= PATHS[g]["put"]["responses"].keys()
    assert "428" not in PATHS[f"{g}/agenda"]["put"]["responses"]


@pytest.mark.parametrize(("ours", "theirs"), OWNERS.items(), ids=lambda model: model.__name__)
def test_a_body_has_its_owner_s_fields_and_asks_for_the_same(ours: type[BaseModel], theirs: type[BaseModel]) -> None:
    assert shape(ours) == shape(theirs)


def shape(model: type[BaseModel]) -> dict[str, bool]:
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


def test_every_body_that_is_passed_on_is_held_to_its_owner_s() -> None:
    passed_on = {terms.takes for terms in PASSED_ON.values()} - {None, asks.GatheringDefinition}
    assert passed_on <= OWNERS.keys()


@pytest.mark.parametrize(("model", "example"), examples.OF.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_an_example_is_read_by_its_owner(model: type[BaseModel], example: Any) -> None:
    if model is asks.GatheringDefinition:
        assert Definition.model_validate(example).gathering == "spring-forum"
        return
    assert as_model(example, OWNERS.get(model, model))
    model.model_validate(example)


def test_every_body_of_our_own_has_an_example() -> None:
    taken = {one.terms.takes for one in OWN} - {None}
    assert taken <= examples.OF.keys()
    assert bodies.RegistrationRequest in taken
