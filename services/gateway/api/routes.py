"""The one table of what is passed on: method, path, the service that owns it, who may call, what it does.

In a path `{g}` is a gathering, `{r}` a registration, `{b}` a booking, `{d}` a desk, door or delegation, `{p}` a part or
a proposal, `{s}` a session, `{q}` a question, `{m}` a meeting of two attendees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from services.gateway.api import answers, bodies, programme, shapes
from services.gateway.api.terms import EVENTS, LINES, NONE, PASSED_ON, PERSONAL, SESSION, Given, Terms
from shared.tokens import Role


class Owner(StrEnum):
    REGISTRATION = "registration"
    SCHEDULING = "scheduling"
    CHECKIN = "checkin"
    NOTIFICATIONS = "notifications"


EVERYBODY: frozenset[Role] = frozenset()  # no token is asked for
ORGANISER = frozenset({Role.ORGANISER})
DOOR = frozenset({Role.DOOR, Role.ORGANISER})
EXPERT = frozenset({Role.EXPERT, Role.ORGANISER})
COORDINATOR = frozenset({Role.COORDINATOR, Role.ORGANISER})
HOLDER = frozenset({Role.ATTENDEE, Role.ORGANISER})  # the holder of that registration, or an organiser


@dataclass(frozen=True, slots=True)
class Operation:
    """A call as the OpenAPI document describes it."""

    method: str
    path: str
    summary: str
    roles: frozenset[Role] = EVERYBODY
    terms: Terms = NONE
    tag: str = "public"
    is_submission: bool = False
    waits: bool = False

    @property
    def is_held(self) -> bool:
        return Role.ATTENDEE in self.roles


@dataclass(frozen=True, slots=True)
class Route:
    """`admin` may call all of them, `auditor` every GET; neither is named."""

    method: str
    path: str
    owner: Owner
    roles: frozenset[Role]
    summary: str
    waits: bool = False  # its owner answers when it has the result, or when `Prefer: wait` has run out

    @property
    def terms(self) -> Terms:
        return PASSED_ON[f"{self.method} {self.path}"]

    @property
    def is_public(self) -> bool:
        return not self.roles

    @property
    def is_held(self) -> bool:
        return Role.ATTENDEE in self.roles


_G = "/v1/gatherings/{g}"
_R = "/v1/registrations/{r}"
_REGISTRATION, _SCHEDULING, _CHECKIN, _NOTIFICATIONS = Owner

ROUTES = (
    Route("POST", f"{_G}/check-ins", _CHECKIN, DOOR, "Admit or refuse at a door; the same scan_id repeats the answer"),
    Route("POST", f"{_G}/check-ins/batch", _CHECKIN, DOOR, "Upload the log of a device that was offline"),
    Route("GET", f"{_G}/doors/{{d}}/roster", _CHECKIN, DOOR, "A signed roster for a device that may lose the network"),
    Route("GET", "/v1/gatherings", _REGISTRATION, EVERYBODY, "All published gatherings"),
    Route("GET", _G, _REGISTRATION, EVERYBODY, "The definition as published, with live availability"),
    Route("PUT", _G, _REGISTRATION, ORGANISER, "Put a definition, JSON or YAML; over an existing one with If-Match"),
    Route("POST", f"{_G}/publish", _REGISTRATION, ORGANISER, "Publish the definition"),
    Route("GET", f"{_G}/registrations", _REGISTRATION, ORGANISER, "Registrations with personal data, in pages"),
    Route("GET", f"{_G}/registrations.csv", _REGISTRATION, ORGANISER, "All registrations as a formula-safe table"),
    Route("GET", f"{_G}/obligations", _REGISTRATION, ORGANISER, "Delegations below their minimum, per part"),
    Route("PUT", f"{_G}/obligations/{{d}}/waiver", _REGISTRATION, ORGANISER, "Waive a delegation's duty"),
    Route("POST", f"{_G}/selections", _REGISTRATION, ORGANISER, "Publish a selection, whole or not at all"),
    Route("POST", f"{_G}/selections/propose", _REGISTRATION, ORGANISER, "Propose a selection that breaks no quota"),
    Route("POST", f"{_G}/invitations", _REGISTRATION, COORDINATOR, "Invite people, or a delegation with n places"),
    Route("GET", f"{_G}/invitations", _REGISTRATION, ORGANISER, "Invitations and what became of them"),
    Route("DELETE", f"{_G}/invitations/{{i}}", _REGISTRATION, ORGANISER, "Revoke an invitation"),
    Route("POST", f"{_G}/parts/{{p}}/changes", _REGISTRATION, ORGANISER, "Cancel a part, or move it"),
    Route("GET", f"{_G}/delegations/{{d}}", _REGISTRATION, COORDINATOR, "Places a delegation holds and owes"),
    Route("DELETE", "/v1/people/{r}", _REGISTRATION, ORGANISER, "Erase a person"),
    Route("POST", "/v1/access-links", _REGISTRATION, EVERYBODY, "Mail a lost link again; always 202"),
    Route("POST", f"{_G}/announcements", _NOTIFICATIONS, ORGANISER, "Write to everybody a filter matches"),
    Route("POST", f"{_G}/follow-up", _NOTIFICATIONS, ORGANISER, "Mail the article to those who attended"),
    Route("GET", f"{_G}/agenda", _SCHEDULING, EVERYBODY, "The newest published release, or `?release=N`"),
    Route("GET", f"{_G}/agenda.ics", _SCHEDULING, EVERYBODY, "The agenda as a calendar"),
    Route("PUT", f"{_G}/agenda", _SCHEDULING, ORGANISER, "Write the working copy"),
    Route("POST", f"{_G}/agenda/publish", _SCHEDULING, ORGANISER, "Publish a numbered release, draft or official"),
    Route("GET", f"{_G}/desks", _SCHEDULING, EVERYBODY, "Desks, experts and slots, and which are free"),
    Route("GET", f"{_G}/desks/{{d}}/bookings", _SCHEDULING, EXPERT, "The expert's day"),
    Route("POST", f"{_G}/desks/{{d}}/blocks", _SCHEDULING, EXPERT, "Take time out of a desk"),
    Route("DELETE", f"{_G}/desks/{{d}}/blocks/{{b}}", _SCHEDULING, EXPERT, "Give the time of a block back"),
    Route("GET", f"{_G}/desks/{{d}}/sheet", _SCHEDULING, EXPERT, "The expert's day on paper"),
    Route("POST", f"{_G}/desks/{{d}}/walk-ins", _SCHEDULING, EXPERT, "Take in who stands there; now, or in a slot"),
    Route("POST", f"{_G}/desks/{{d}}/access", _NOTIFICATIONS, ORGANISER, "Mail the expert the way to their day"),
    Route("POST", "/v1/bookings/{b}/override", _SCHEDULING, EXPERT, "Release or move, whatever the window; with why"),
    Route("GET", f"{_G}/sessions/{{s}}/questions", _SCHEDULING, EVERYBODY, "Questions to a session's speakers"),
    Route("PATCH", f"{_G}/sessions/{{s}}/questions/{{q}}", _SCHEDULING, ORGANISER, "Answered, hidden, or open again"),
    Route("GET", f"{_G}/feeds", _SCHEDULING, ORGANISER, "Calendars to subscribe to: one per expert and room"),
    Route("GET", "/v1/feeds/{code}", _SCHEDULING, EVERYBODY, "A calendar; its address is its key"),
    Route("GET", f"{_R}/diary", _SCHEDULING, HOLDER, "Everything this person has"),
    Route("GET", f"{_R}/diary.ics", _SCHEDULING, HOLDER, "The same as a calendar"),
    Route("GET", f"{_R}/preferences", _SCHEDULING, HOLDER, "One's wishes as they were last sent"),
    Route("GET", f"{_R}/profile", _SCHEDULING, HOLDER, "One's own profile"),
    Route("GET", f"{_G}/profiles", _SCHEDULING, HOLDER, "Profiles of those one may meet; for who holds a registration"),
    Route(
        "POST", f"{_G}/working-groups/propose", _SCHEDULING, ORGANISER, "Propose rooms, and why not better", waits=True
    ),
    Route("POST", f"{_G}/working-groups/publish", _SCHEDULING, ORGANISER, "Publish the newest draft, or the one named"),
    Route("GET", f"{_G}/working-groups", _SCHEDULING, ORGANISER, "Who is in which room"),
    Route("PUT", f"{_G}/working-groups/people/{{r}}", _SCHEDULING, ORGANISER, "Move somebody, or seat a latecomer"),
    Route("POST", f"{_G}/partnering/propose", _SCHEDULING, ORGANISER, "Propose meetings, and why not more", waits=True),
    Route("POST", f"{_G}/partnering/publish", _SCHEDULING, ORGANISER, "Publish the newest draft, or the one named"),
    Route("GET", f"{_G}/partnering/sheets", _SCHEDULING, ORGANISER, "Day sheets, `?by=person` or `?by=table`"),
    Route("GET", f"{_G}/partnering/result", _SCHEDULING, ORGANISER, "Organisations, meetings, countries"),
    Route("GET", f"{_G}/proposals", _SCHEDULING, ORGANISER, "Proposals, the newest first"),
    Route("GET", f"{_G}/proposals/{{p}}", _SCHEDULING, ORGANISER, "How far it is, or what it says and why"),
    Route("PATCH", f"{_G}/proposals/{{p}}", _SCHEDULING, ORGANISER, "Move a person by hand, or see what that would do"),
    Route("DELETE", f"{_G}/proposals/{{p}}", _SCHEDULING, ORGANISER, "Stop it, or throw it away"),
    Route("GET", f"{_R}/ticket", _CHECKIN, HOLDER, "The ticket's text and its doors"),
    Route("GET", f"{_R}/ticket.svg", _CHECKIN, HOLDER, "The ticket as a QR code"),
    Route("GET", f"{_R}/ticket.pdf", _CHECKIN, HOLDER, "The ticket on paper"),
    Route("POST", "/v1/join/{code}", _CHECKIN, EVERYBODY, "Record attendance and go on to the livestream"),
)

_DECIDED: Mapping[str, Given] = {"200": shapes.Registration, "202": shapes.Registration}
_BOOKED: Mapping[str, Given] = {"200": shapes.Booking, "202": answers.Accepted}
_MET: Mapping[str, Given] = {"200": shapes.Meeting, "202": answers.Accepted}
_STARS: Mapping[str, Given] = {"200": shapes.Star, "202": answers.Accepted}
_WAITS: Mapping[str, Given] = {"200": shapes.Turn, "202": answers.Accepted}


def _submission(
    method: str,
    path: str,
    summary: str,
    roles: frozenset[Role],
    takes: type[BaseModel] | None,
    gives: Mapping[str, Given],
    *,
    may_be_empty: bool = False,
) -> Operation:
    return Operation(method, path, summary, roles, Terms(takes, gives, may_be_empty=may_be_empty), is_submission=True)


# What the gateway answers itself; the functions are bound to these in `app.py`.
OWN = (
    _submission(
        "POST",
        f"{_G}/registrations",
        "Register for one or more parts; with `category` and `override`, an organiser's own form",
        EVERYBODY,
        bodies.RegistrationRequest,
        {"201": shapes.NewRegistration, "202": shapes.NewRegistration},
    ),
    _submission(
        "POST",
        f"{_G}/bookings",
        "Book a slot at a desk; 409 `slot-taken` names alternatives",
        HOLDER,
        bodies.BookingRequest,
        {"201": shapes.Booking, "202": answers.Accepted},
    ),
    Operation("GET", _R, "The registration as it stands", HOLDER, Terms(gives={"200": shapes.Registration})),
    _submission(
        "PATCH",
        _R,
        "Change parts or modes, or hand over to a colleague; a coordinator hands over within the own delegation",
        HOLDER | COORDINATOR,
        bodies.ChangeRequest,
        _DECIDED,
    ),
    _submission(
        "POST", f"{_R}/cancellation", "Cancel all of it, or some parts", HOLDER, bodies.CancellationRequest, _DECIDED
    ),
    _submission(
        "PUT",
        f"{_R}/preferences",
        "Wishes for working groups and meetings",
        HOLDER,
        bodies.PreferenceRequest,
        {"200": programme.PreferencesView, "202": answers.Accepted},
    ),
    _submission(
        "PUT",
        f"{_R}/profile",
        "What one offers and seeks, for those one may meet",
        HOLDER,
        bodies.ProfileRequest,
        {"200": programme.ProfileKept, "202": answers.Accepted},
    ),
    _submission(
        "POST",
        f"{_R}/meetings",
        "Say yes to somebody who wishes to meet you, on the day",
        HOLDER,
        bodies.MeetingRequest,
        {"201": shapes.Meeting, "202": answers.Accepted},
    ),
    _submission("DELETE", f"{_R}/meetings/{{m}}", "Give a meeting up", HOLDER, None, _MET),
    _submission("POST", f"{_R}/meetings/{{m}}/held", "It took place", HOLDER, None, _MET),
    _submission(
        "POST",
        f"{_G}/holds",
        "Keep a slot for five minutes while the form is filled in",
        HOLDER,
        bodies.HoldRequest,
        {"201": shapes.Hold, "202": answers.Accepted},
    ),
    _submission(
        "PUT", f"{_R}/waiting-list/{{d}}", "Wait for a slot of a desk; an offer comes by mail", HOLDER, None, _WAITS
    ),
    _submission("DELETE", f"{_R}/waiting-list/{{d}}", "Wait no longer", HOLDER, None, _WAITS),
    _submission("PUT", f"{_R}/stars/{{s}}", "Star a session: who did is told if it moves", HOLDER, None, _STARS),
    _submission("DELETE", f"{_R}/stars/{{s}}", "Take the star back", HOLDER, None, _STARS),
    _submission(
        "POST",
        f"{_G}/sessions/{{s}}/questions",
        "Ask the speakers, before the session and while it lasts",
        HOLDER,
        bodies.QuestionRequest,
        {"201": programme.QuestionAsked, "202": answers.Accepted},
    ),
    _submission(
        "POST",
        f"{_G}/sessions/{{s}}/questions/{{q}}/votes",
        "Back a question; once a person",
        HOLDER,
        bodies.VoteRequest,
        {"200": programme.QuestionBacked, "202": answers.Accepted},
        may_be_empty=True,
    ),
    Operation("GET", "/v1/bookings/{b}", "One's own booking", HOLDER, Terms(gives={"200": shapes.Booking})),
    _submission("DELETE", "/v1/bookings/{b}", "Give the slot up", HOLDER, None, _BOOKED),
    _submission(
        "POST", "/v1/bookings/{b}/reschedule", "Move to another slot, or stay", HOLDER, bodies.MoveRequest, _BOOKED
    ),
    _submission(
        "POST",
        "/v1/bookings/{b}/no-show",
        "Note who did not come, once it has begun; its holder, that the expert did not",
        EXPERT | {Role.ATTENDEE},
        bodies.NoShowRequest,
        _BOOKED,
        may_be_empty=True,
    ),
    Operation(
        "GET",
        "/v1/join/{code}",
        "A page with a button; records nothing",
        terms=Terms(gives={"200": answers.JoinPage}),
    ),
    Operation(
        "GET",
        f"{_G}/live",
        "Server-sent events: what changes, as it changes",
        terms=Terms(gives={"200": EVENTS}, query=(SESSION,)),
    ),
    Operation(
        "GET",
        f"{_G}/export",
        "Everything, as JSON lines: whole, or 503",
        ORGANISER,
        Terms(gives={"200": LINES}, query=(PERSONAL,)),
        tag="staff",
    ),
    Operation(
        "GET",
        "/v1/people/{r}/export",
        "All that is held about a person: whole, or 503",
        ORGANISER,
        Terms(gives={"200": answers.PersonHeld}),
        tag="staff",
    ),
)
