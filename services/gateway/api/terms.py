"""What is sent with a call, and what comes back, for the OpenAPI document: of all that is passed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from services.gateway.api import answers, asks, programme, shapes

Given = type[BaseModel] | str | None  # JSON of a shape, another media type, or nothing

CALENDAR, TABLE, PAGE, LINES, EVENTS = (
    "text/calendar",
    "text/csv",
    "text/html",
    "application/x-ndjson",
    "text/event-stream",
)


@dataclass(frozen=True, slots=True)
class Query:
    name: str
    schema: Mapping[str, Any]
    description: str


@dataclass(frozen=True, slots=True)
class Terms:
    """`gives` says by status what is answered; `may_be_empty` that no body is an empty one."""

    takes: type[BaseModel] | None = None
    gives: Mapping[str, Given] = field(default_factory=dict)
    query: tuple[Query, ...] = ()
    may_be_empty: bool = False
    if_match: bool = False
    also_yaml: bool = False


NONE: Final = Terms()
ID: Final = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"}
RELEASE = Query("release", {"type": "integer", "minimum": 1}, "Which release; without it the newest")
WORKING = Query(
    "release",
    {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "working"}]},
    "Which release, or for staff `working`; without it the newest",
)
PERSONAL = Query("personal", {"type": "boolean", "default": False}, "With personal data, for organisers")
SESSION = Query("session", ID, "Adds the questions to this session")
FILTERS = (
    Query("part", ID, "Only with this part"),
    Query("status", {"enum": [*shapes.STATUSES]}, "Only in this status, in that part"),
    Query("cursor", {"type": "string"}, "`next` of the page before"),
    Query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "How many"),
)
BY = Query("by", {"enum": ["person", "table"], "default": "person"}, "A sheet for each")

_G, _R = "/v1/gatherings/{g}", "/v1/registrations/{r}"
_PROPOSED = {"200": programme.Proposal, "202": programme.Proposal}


def _ok(given: Given, *query: Query) -> Terms:
    return Terms(gives={"200": given}, query=query)


def _takes(body: type[BaseModel], given: Given, status: str = "200") -> Terms:
    return Terms(body, {status: given})


PASSED_ON: Mapping[str, Terms] = {
    f"POST {_G}/check-ins": _takes(asks.DoorCall, shapes.Verdict),
    f"POST {_G}/check-ins/batch": _takes(asks.Upload, answers.UploadAnswered),
    f"GET {_G}/doors/{{d}}/roster": _ok(answers.Roster),
    "GET /v1/gatherings": _ok(answers.Gatherings),
    f"GET {_G}": _ok(answers.PublishedGathering),
    f"PUT {_G}": Terms(asks.GatheringDefinition, {"200": answers.GatheringVersions}, if_match=True, also_yaml=True),
    f"POST {_G}/publish": _ok(answers.GatheringVersions),
    f"GET {_G}/registrations": _ok(answers.RegistrationPage, *FILTERS),
    f"GET {_G}/registrations.csv": _ok(TABLE),
    f"GET {_G}/obligations": _ok(shapes.Obligations),
    f"PUT {_G}/obligations/{{d}}/waiver": _takes(asks.Waiver, answers.Waived),
    f"POST {_G}/selections": _takes(asks.SelectionRequest, answers.Selected),
    f"POST {_G}/selections/propose": _takes(asks.ProposalRequest, answers.SelectionProposed),
    f"POST {_G}/invitations": _takes(asks.InvitationRequest, answers.InvitationsIssued, "201"),
    f"GET {_G}/invitations": _ok(answers.Invitations),
    f"DELETE {_G}/invitations/{{i}}": _ok(answers.Revoked),
    f"POST {_G}/parts/{{p}}/changes": _takes(asks.PartChange, answers.PartChanged, "202"),
    f"GET {_G}/delegations/{{d}}": _ok(answers.DelegationView),
    "DELETE /v1/people/{r}": _ok(answers.Erased),
    "POST /v1/access-links": _takes(asks.AccessLink, answers.LinkAsked, "202"),
    f"POST {_G}/announcements": _takes(asks.Announcement, answers.Announced, "202"),
    f"POST {_G}/follow-up": _takes(asks.FollowUp, answers.FollowUpPosted),
    f"GET {_G}/agenda": _ok(programme.PublishedAgenda, WORKING),
    f"GET {_G}/agenda.ics": _ok(CALENDAR, RELEASE),
    f"PUT {_G}/agenda": Terms(asks.Draft, {"200": programme.WorkingAgenda}, if_match=True),
    f"POST {_G}/agenda/publish": _takes(asks.AgendaPublication, programme.PublishedAgenda),
    f"GET {_G}/desks": _ok(programme.AllDesks),
    f"GET {_G}/desks/{{d}}/bookings": _ok(programme.ExpertDay),
    f"POST {_G}/desks/{{d}}/blocks": _takes(asks.BlockRequest, programme.BlockMade, "201"),
    f"DELETE {_G}/desks/{{d}}/blocks/{{b}}": _ok(programme.BlockGivenBack),
    f"GET {_G}/desks/{{d}}/sheet": _ok(PAGE),
    f"POST {_G}/desks/{{d}}/walk-ins": _takes(asks.WalkInRequest, shapes.Booking, "201"),
    f"POST {_G}/desks/{{d}}/access": Terms(None, {"202": answers.DeskAccessMailed}),
    "POST /v1/bookings/{b}/override": _takes(asks.Override, shapes.Booking),
    f"GET {_G}/sessions/{{s}}/questions": _ok(programme.Questions),
    f"PATCH {_G}/sessions/{{s}}/questions/{{q}}": _takes(asks.Moderation, programme.Question),
    f"GET {_G}/feeds": _ok(programme.Feeds),
    "GET /v1/feeds/{code}": _ok(CALENDAR),
    f"GET {_R}/diary": _ok(programme.DiaryView),
    f"GET {_R}/diary.ics": _ok(CALENDAR),
    f"GET {_R}/preferences": _ok(programme.PreferencesView),
    f"GET {_R}/profile": _ok(programme.ProfileView),
    f"GET {_G}/profiles": _ok(programme.Profiles),
    f"POST {_G}/working-groups/propose": Terms(asks.RoomsAsked, _PROPOSED, may_be_empty=True),
    f"POST {_G}/working-groups/publish": Terms(
        asks.ProposalPublication, {"200": programme.ProposalPublished}, may_be_empty=True, if_match=True
    ),
    f"GET {_G}/working-groups": _ok(programme.WorkingGroups),
    f"PUT {_G}/working-groups/people/{{r}}": _takes(asks.Seated, programme.AssignmentView),
    f"POST {_G}/partnering/propose": Terms(asks.MeetingsAsked, _PROPOSED, may_be_empty=True),
    f"POST {_G}/partnering/publish": Terms(
        asks.ProposalPublication, {"200": programme.ProposalPublished}, may_be_empty=True, if_match=True
    ),
    f"GET {_G}/partnering/sheets": _ok(programme.Sheets, BY),
    f"GET {_G}/partnering/result": _ok(programme.PartneringResult),
    f"GET {_G}/proposals": _ok(programme.Proposals),
    f"GET {_G}/proposals/{{p}}": _ok(programme.Proposal),
    f"PATCH {_G}/proposals/{{p}}": Terms(asks.ProposalChange, {"200": programme.ProposalMoved}, if_match=True),
    f"DELETE {_G}/proposals/{{p}}": _ok(programme.ProposalGone),
    f"GET {_R}/ticket": _ok(shapes.Ticket),
    f"GET {_R}/ticket.svg": _ok("image/svg+xml"),
    f"GET {_R}/ticket.pdf": _ok("application/pdf"),
    "POST /v1/join/{code}": Terms(gives={"303": None}),
}
