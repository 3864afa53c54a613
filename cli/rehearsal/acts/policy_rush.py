"""11 October: registration for the policy event opens, and everybody comes at once, far more than there are places."""

from typing import Any

from cli.rehearsal.acts.rushing import JUST_BEFORE, duplicates
from cli.rehearsal.acts.seeds import ABSENT, PARTNERING, POLICY, POLICY_EVENT, VISITS, WAIVED
from cli.rehearsal.brief import IN_PERSON, REMOTE
from cli.rehearsal.stage import Guest, Stage, Wish

MEMBERS = 6  # of every Partnership: three times what it may send
REMOTE_ONLY = 60


async def play(stage: Stage) -> None:
    opens = stage.briefs[POLICY].pools[POLICY_EVENT, REMOTE].opens
    assert opens is not None  # noqa: S101  the seed says when
    await stage.move_clock(opens - JUST_BEFORE)
    hasty = [stage.guest(POLICY, [(POLICY_EVENT, REMOTE)]) for _ in range(stage.some(8))]
    await stage.together(stage.register(guest) for guest in hasty)
    await stage.wait_for_clock(opens)
    rush = [*_partnerships(stage), *_invited(stage), *_from_afar(stage), *_hopeless(stage), *_again(stage, hasty)]
    stage.chance.shuffle(rush)
    await stage.together(
        [*(stage.register(guest) for guest in rush), *duplicates(stage, POLICY, (POLICY_EVENT, REMOTE))]
    )


def _partnerships(stage: Stage) -> list[Guest]:
    codes = stage.briefs[POLICY].codes
    return [
        stage.guest(
            POLICY,
            _wishes(delegation, number),
            delegation=delegation,
            membership_code=code,
            invitation=stage.codes[POLICY, delegation],
            answers={"diet": stage.chance.choice(["none", "vegetarian", "vegan"])},
        )
        for delegation, code in codes.items()
        for number in range(stage.some(MEMBERS, least=3))
    ]


def _wishes(delegation: str, number: int) -> list[Wish]:
    """The first three want everything, the others less."""
    policy, partnering = (POLICY_EVENT, IN_PERSON), (PARTNERING, IN_PERSON)
    match number:
        case 0 | 1 | 2 if delegation == ABSENT or (delegation == WAIVED and number > 0):
            return [policy]
        case 0 | 1 | 2:
            return [policy, partnering, (VISITS[number], IN_PERSON)]
        case 3:
            return [policy]
        case 4 if delegation not in {ABSENT, WAIVED}:
            return [(POLICY_EVENT, REMOTE), partnering]
        case _:
            return [(POLICY_EVENT, REMOTE)]


def _invited(stage: Stage) -> list[Guest]:
    for guest in stage.lists["invited"]:
        guest.request["parts"].append({"part": stage.chance.choice(VISITS), "mode": IN_PERSON})
    return stage.lists["invited"]


def _from_afar(stage: Stage) -> list[Guest]:
    return [stage.guest(POLICY, [(POLICY_EVENT, REMOTE)]) for _ in range(stage.some(REMOTE_ONLY))]


def _again(stage: Stage, hasty: list[Guest]) -> list[Guest]:
    """Who was too early comes back: a new request, the same person."""
    early = [*stage.lists["early"], *hasty]
    return [stage.guest(POLICY, [(POLICY_EVENT, REMOTE)], person=guest.person) for guest in early]


def _hopeless(stage: Stage) -> list[Guest]:
    """Who cannot have what they ask for, each for another reason."""
    in_person: list[Wish] = [(POLICY_EVENT, IN_PERSON)]
    mine, other, *_ = stage.briefs[POLICY].codes
    few = stage.some(6)
    foreign = [stage.codes[POLICY, guest.person.email] for guest in stage.lists["invited"]]
    member: dict[str, Any] = {"delegation": mine, "invitation": stage.codes[POLICY, mine]}
    return [
        *(stage.guest(POLICY, in_person) for _ in range(stage.some(15))),
        *(stage.guest(POLICY, in_person, invitation=stage.chance.choice(foreign)) for _ in range(few)),
        *(stage.guest(POLICY, in_person, invitation="made-up-code") for _ in range(few)),
        *(stage.guest(POLICY, in_person, membership_code="WRNG-CODE", **member) for _ in range(few)),
        *(
            stage.guest(POLICY, in_person, membership_code=stage.briefs[POLICY].codes[other], **member)
            for _ in range(few)
        ),
        *(stage.guest(POLICY, [(PARTNERING, IN_PERSON)]) for _ in range(few)),
        *(stage.guest(POLICY, [(POLICY_EVENT, REMOTE)], consents={"privacy": False}) for _ in range(few)),
        *(stage.guest(POLICY, [("gala-dinner", IN_PERSON)]) for _ in range(few)),
        *(stage.guest(POLICY, [(POLICY_EVENT, REMOTE), (VISITS[0], IN_PERSON)]) for _ in range(few)),
    ]
