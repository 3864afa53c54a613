"""October: the gatherings are announced, Partnerships and guests are invited."""

from cli.rehearsal.acts.seeds import POLICY, POLICY_EVENT
from cli.rehearsal.brief import IN_PERSON, REMOTE
from cli.rehearsal.evidence import Invited
from cli.rehearsal.stage import Guest, Stage

PLACES = 20  # that one Partnership's invitation is good for
GUESTS = 75
TOO_EARLY = 12


async def play(stage: Stage) -> None:
    await stage.together(stage.client.ask("GET", f"/v1/gatherings/{gathering}") for gathering in stage.briefs)
    await stage.together(_invite_partnership(stage, one) for one in stage.briefs[POLICY].codes)
    await _invite_guests(stage)
    early = [stage.guest(POLICY, [(POLICY_EVENT, REMOTE)]) for _ in range(stage.some(TOO_EARLY))]
    await stage.together(stage.register(guest) for guest in early)
    stage.lists["early"] = early


async def _invite_partnership(stage: Stage, delegation: str) -> None:
    body = {"delegation": delegation, "places": PLACES}
    answer = await stage.staff("POST", f"/v1/gatherings/{POLICY}/invitations", body)
    (one,) = answer.answer["invitations"]
    stage.invited[one["id"]] = Invited(stage.briefs[POLICY].coordinators[delegation] or "", one["code"])
    stage.codes[POLICY, delegation] = one["code"]


async def _invite_guests(stage: Stage) -> None:
    """People by name, all in one call; each may use only their own code."""
    people = [next(stage.crowd) for _ in range(stage.some(GUESTS))]
    names = [{"email": one.email, "name": one.name, "language": one.language} for one in people]
    answer = await stage.staff("POST", f"/v1/gatherings/{POLICY}/invitations", {"invitations": names})
    invited: list[Guest] = []
    for person, one in zip(people, answer.answer["invitations"], strict=True):
        stage.invited[one["id"]] = Invited(person.email, one["code"])
        stage.codes[POLICY, person.email] = one["code"]
        guest = stage.guest(POLICY, [(POLICY_EVENT, IN_PERSON)], person=person, invitation=one["code"])
        invited.append(guest)
    stage.lists["invited"] = invited
