"""Ids: each stands once, and what points to one finds it."""

from collections.abc import Iterator, Sequence

from services.registration.definition.problems import Location
from shared.messages.gathering import Answer, Definition, RequirementKind

Finding = tuple[Location, str]

UNKNOWN_PART = "there is no part of this id; name one of the parts"


def ids_stand_once(definition: Definition) -> Iterator[Finding]:
    lists: list[tuple[Location, str, Sequence[str]]] = [
        (("parts",), "part", [part.part for part in definition.parts]),
        (("doors",), "door", [door.door for door in definition.doors]),
        (("agenda", "sessions"), "session", [session.session for session in definition.agenda.sessions]),
        (("helpdesk", "desks"), "desk", [desk.desk for desk in definition.helpdesk.desks]),
        (("questions",), "id", [question.id for question in definition.questions]),
        (("consents",), "id", [consent.id for consent in definition.consents]),
    ]
    lists += [
        (("doors", number, "requires"), "id", [requirement.id for requirement in door.requires])
        for number, door in enumerate(definition.doors)
    ]
    if definition.delegations is not None:
        delegations = [delegation.id for delegation in definition.delegations.eligible]
        lists.append((("delegations", "eligible"), "id", delegations))
    if definition.working_groups is not None:
        lists.append((("working_groups", "rooms"), "room", [room.room for room in definition.working_groups.rooms]))
    for place, name, ids in lists:
        for number in _repeated(ids):
            yield (*place, number, name), "this id stands further up already; choose another"


def entries_stand_once(definition: Definition) -> Iterator[Finding]:
    lists: list[tuple[Location, Sequence[str]]] = [(("languages",), definition.languages)]
    lists += [(("questions", n, "options"), question.options) for n, question in enumerate(definition.questions)]
    lists += [(("parts", n, "excludes"), part.excludes) for n, part in enumerate(definition.parts)]
    for place, entries in lists:
        for number in _repeated(entries):
            yield (*place, number), "stands twice; keep one of the two"


def membership_codes_differ(definition: Definition) -> Iterator[Finding]:
    eligible = () if definition.delegations is None else definition.delegations.eligible
    coded = [(number, one.membership_code) for number, one in enumerate(eligible) if one.membership_code is not None]
    for index in _repeated([code for _, code in coded]):
        place = ("delegations", "eligible", coded[index][0], "membership_code")
        yield place, "another delegation has this code; give each its own"


def parts_are_known(definition: Definition) -> Iterator[Finding]:
    named: list[tuple[Location, str | None]] = []
    for number, part in enumerate(definition.parts):
        if part.needs is not None:
            named.append((("parts", number, "needs", "part"), part.needs.part))
        named += [(("parts", number, "excludes", n), other) for n, other in enumerate(part.excludes)]
    named += [(("doors", n, "part"), door.part) for n, door in enumerate(definition.doors)]
    named += [(("agenda", "sessions", n, "part"), session.part) for n, session in enumerate(definition.agenda.sessions)]
    named += [(("helpdesk", "desks", n, "part"), desk.part) for n, desk in enumerate(definition.helpdesk.desks)]
    for number, question in enumerate(definition.questions):
        named += [(("questions", number, "parts", n), part_id) for n, part_id in enumerate(question.parts)]
    if definition.partnering is not None:
        named.append((("partnering", "part"), definition.partnering.part))
    for place, part_id in named:
        if part_id is not None and definition.part(part_id) is None:
            yield place, UNKNOWN_PART


def needs_can_be_met(definition: Definition) -> Iterator[Finding]:
    for number, part in enumerate(definition.parts):
        if part.needs is None:
            continue
        place = ("parts", number, "needs")
        needed = definition.part(part.needs.part)
        if needed is not None and part.needs.mode is not None and part.needs.mode not in needed.modes:
            yield (*place, "mode"), "the needed part does not have this mode; name one that it has"
        if part.needs.part in definition.rivals(part.part):
            yield (*place, "part"), "this part both needs and excludes the other; keep one of the two"
        if _needs_itself(definition, part.part):
            yield (*place, "part"), "parts need each other in a circle; take one need out"


def parts_do_not_exclude_themselves(definition: Definition) -> Iterator[Finding]:
    for number, part in enumerate(definition.parts):
        for n, other in enumerate(part.excludes):
            if other == part.part:
                yield ("parts", number, "excludes", n), "a part cannot exclude itself; remove it"


def alternatives_are_offered(definition: Definition) -> Iterator[Finding]:
    for number, part in enumerate(definition.parts):
        for mode, pool in part.modes.items():
            other = pool.if_not_selected
            if other is not None and (other == mode or other not in part.modes):
                place = ("parts", number, "modes", mode.value, "if_not_selected")
                yield place, "name another mode that this part has"


def working_groups_have_a_session(definition: Definition) -> Iterator[Finding]:
    groups = definition.working_groups
    if groups is not None and groups.session not in {session.session for session in definition.agenda.sessions}:
        yield ("working_groups", "session"), "there is no session of this id in the agenda; name one of them"


def credentials_have_a_policy(definition: Definition) -> Iterator[Finding]:
    for number, door in enumerate(definition.doors):
        for n, requirement in enumerate(door.requires):
            if requirement.kind is RequirementKind.SIGNED_CREDENTIAL and requirement.policy is None:
                yield (
                    ("doors", number, "requires", n),
                    "a signed credential is judged by a policy; name one of `policies`",
                )
            if requirement.policy is not None and requirement.policy not in definition.policies:
                place = ("doors", number, "requires", n, "policy")
                yield place, "there is no policy of this name; name one of `policies`"


def choices_have_options(definition: Definition) -> Iterator[Finding]:
    for number, question in enumerate(definition.questions):
        chooses = question.type in (Answer.CHOICE, Answer.CHOICES)
        if chooses and not question.options:
            yield ("questions", number), "a choice needs `options`; add them"
        if not chooses and question.options:
            yield ("questions", number, "options"), "only a choice has options; remove them or change the type"


def _repeated(entries: Sequence[str]) -> Iterator[int]:
    """The places of what stood before already."""
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        if entry in seen:
            yield number
        seen.add(entry)


def _needs_itself(definition: Definition, part_id: str) -> bool:
    reached, current = set(), definition.part(part_id)
    while current is not None and current.needs is not None and current.part not in reached:
        reached.add(current.part)
        current = definition.part(current.needs.part)
        if current is not None and current.part == part_id:
            return True
    return False


RULES = (
    ids_stand_once,
    entries_stand_once,
    membership_codes_differ,
    parts_are_known,
    needs_can_be_met,
    parts_do_not_exclude_themselves,
    alternatives_are_offered,
    working_groups_have_a_session,
    credentials_have_a_policy,
    choices_have_options,
)
