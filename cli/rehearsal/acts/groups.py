"""2 December: the organisers divide the workshop's people into rooms, by their wishes; people come and go meanwhile."""

from typing import Any

from cli.rehearsal.acts.proposing import ROOMS, Proposal, prefer, propose, publish, until_gone, until_seated
from cli.rehearsal.acts.seeds import ONLINE, POLICY, WORKSHOP
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.stage import Guest, Stage

PATH = f"/v1/gatherings/{WORKSHOP}"
TOO_MANY = 21


async def play(stage: Stage) -> None:
    await stage.look_again(stage.of(WORKSHOP))
    people = [guest for guest in stage.of(WORKSHOP) if guest.has(ONLINE, REMOTE)]
    stage.chance.shuffle(people)
    rooms = list(stage.briefs[WORKSHOP].groups.sizes)  # type: ignore[union-attr]
    await _wishes(stage, people, rooms)
    await _without_sense(stage, people, rooms)
    draft = await propose(stage, WORKSHOP, ROOMS, _terms(people, rooms))
    await _by_hand(stage, draft, people[3:6])
    await stage.cancel(people[6])
    await until_gone(stage, people[6], ONLINE)
    await publish(stage, WORKSHOP, ROOMS, draft, role="auditor")
    await publish(stage, WORKSHOP, ROOMS, draft)  # it is not up to date
    await publish(stage, WORKSHOP, ROOMS, draft, leave_out=True)
    await _afterwards(stage, people[7:], rooms)


async def _wishes(stage: Stage, people: list[Guest], rooms: list[str]) -> None:
    """More ask for four rooms than fit into them; some ask for what cannot be asked for."""
    stranger = next(guest for guest in stage.of(POLICY) if guest.is_live)
    crowd = people[: stage.some(150)]
    path = f"/v1/registrations/{people[0].id}/preferences"
    await stage.together(
        [
            *(prefer(stage, guest, working_groups=stage.chance.sample(rooms[:4], 3)) for guest in crowd),
            prefer(stage, people[1], working_groups=[f"room-{number}" for number in range(TOO_MANY)]),
            stage.client.ask("PUT", path, {}, token=stranger.token, key=stage.client.fresh_id()),
        ]
    )


async def _without_sense(stage: Stage, people: list[Guest], rooms: list[str]) -> None:
    """What cannot be worked out is explained; what nobody wants is thrown away; nothing of either is left."""
    twice = [{"registration_id": people[0].id, "room": room} for room in rooms[:2]]
    await propose(stage, WORKSHOP, ROOMS, {"pins": twice})
    unwanted = await propose(stage, WORKSHOP, ROOMS, {"max_per_delegation": 4})
    await stage.staff("DELETE", f"{PATH}/proposals/{unwanted['id']}")
    await publish(stage, WORKSHOP, ROOMS, unwanted)


def _terms(people: list[Guest], rooms: list[str]) -> dict[str, Any]:
    pinned, one, other = people[:3]
    return {
        "pins": [{"registration_id": pinned.id, "room": rooms[0]}],
        "apart": [[one.id, other.id]],
    }


async def _by_hand(stage: Stage, draft: Proposal, people: list[Guest]) -> None:
    """Somebody goes elsewhere: first to see what it would do, then in earnest."""
    path = f"{PATH}/proposals/{draft['id']}"
    places = {place["registration_id"]: place["room"] for place in draft["result"]["places"]}
    emptiest = min(draft["result"]["rooms"], key=lambda room: room["people"])["room"]
    for guest in people:
        move = {"registration_id": guest.id, "room": emptiest}
        if places.get(guest.id) != emptiest:
            await stage.staff("PATCH", path, {**move, "preview": True})
            await stage.staff("PATCH", path, move)
    await stage.staff("PATCH", path, {"registration_id": people[0].id, "room": "cellar"})
    await stage.staff("GET", path)


async def _afterwards(stage: Stage, people: list[Guest], rooms: list[str]) -> None:
    """Latecomers are placed, who leaves frees a seat, the organiser moves somebody, and everything is read again."""
    late = [stage.guest(WORKSHOP, [(ONLINE, REMOTE)]) for _ in range(stage.some(5))]
    leaving, moving = people[: stage.some(4)], people[-1]
    await stage.together([*(stage.register(guest) for guest in late), *(stage.cancel(guest) for guest in leaving)])
    await stage.together(until_seated(stage, guest) for guest in late if guest.id)
    path = f"{PATH}/working-groups/people/{moving.id}"
    for room in (rooms[-1], rooms[-2], "cellar"):
        await stage.staff("PUT", path, {"room": room})
    await stage.staff("PUT", f"{PATH}/working-groups/people/{leaving[0].id}", {"room": rooms[0]})
    await stage.staff("GET", f"{PATH}/working-groups", role="auditor")
