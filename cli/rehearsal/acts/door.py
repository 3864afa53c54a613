"""22 and 23 November: the doors. Most people have all that is asked; the others are why there is a door."""

from collections.abc import Iterable
from typing import Any

from cli.rehearsal.acts.seeds import PARTNERING, POLICY, POLICY_EVENT, VISITS
from cli.rehearsal.acts.selection import fetch_ticket
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.journal import Exchange, Shown
from cli.rehearsal.passes import Pass
from cli.rehearsal.stage import Guest, Stage

DAY_1, DAY_2 = "policy-event-day-1", "policy-event-day-2"
GATES = 5


async def first_day(stage: Stage) -> None:
    await stage.look_again(stage.of(POLICY))
    people = _with_place(stage, POLICY_EVENT)
    await stage.together(_take_ticket(stage, guest) for guest in people)
    stage.chance.shuffle(people)
    await _sent_away(stage, people)
    edge = stage.passes.on_the_edge(stage.clock.now())
    await stage.together(enter(stage, DAY_1, guest, shown) for guest, shown in zip(people, edge, strict=False))
    await stage.together(enter(stage, DAY_1, guest) for guest in people)
    await stage.together(_several_gates(stage, DAY_1, guest) for guest in people[: stage.some(10)])
    await _forgeries(stage, people)


async def site_visits(stage: Stage) -> None:
    await stage.look_again(guest for guest in stage.of(POLICY) if guest.parts.keys() & set(VISITS))
    plays = [enter(stage, visit, guest) for visit in VISITS for guest in _with_place(stage, visit) if guest.ticket]
    strangers = [guest for guest in _with_place(stage, POLICY_EVENT) if not guest.has(VISITS[0])]
    await stage.together([*plays, *(enter(stage, VISITS[0], guest) for guest in strangers[: stage.some(8)])])


async def second_day(stage: Stage) -> None:
    people = _with_place(stage, POLICY_EVENT)
    cancelling = people[: stage.some(3)]
    await stage.together(stage.cancel(guest) for guest in cancelling)  # on the morning itself
    await stage.together(enter(stage, DAY_2, guest) for guest in people[len(cancelling) :])
    await stage.together(_several_gates(stage, DAY_2, guest) for guest in people[-stage.some(5) :])


async def partnering(stage: Stage) -> None:
    await stage.look_again(guest for guest in stage.of(POLICY) if PARTNERING in guest.parts)
    people = _with_place(stage, PARTNERING)
    await stage.together(_take_ticket(stage, guest) for guest in people if not guest.ticket)
    await stage.together(enter(stage, PARTNERING, guest) for guest in people)
    others = [guest for guest in _with_place(stage, POLICY_EVENT) if not guest.has(PARTNERING)]
    await stage.together(enter(stage, PARTNERING, guest) for guest in others[: stage.some(10)])


async def enter(stage: Stage, door: str, guest: Guest, shown: Pass | None = None, **changes: Any) -> Exchange:
    """One scan with the person's own ticket, an ID document and, unless told otherwise, a good certificate."""
    shown = shown or stage.passes.good(stage.clock.now())
    presented = {"id-document": True, "mask": True, **shown.presented}
    body = {
        "door": door,
        "ticket": guest.ticket,
        "scan_id": stage.client.fresh_id(),
        "scanned_at": stage.clock.now().isoformat(),
        "device": "gate-1",
        "presented": presented,
        **changes,
    }
    if body.get("registration_id") is not None:
        del body["ticket"]
    truth = Shown(
        registration_id=guest.id,
        has_id_document=body["presented"].get("id-document") is True,
        proof=shown.proof,
        attested=shown.attested,
        override=body.get("override") is not None,
    )
    return await scan(stage, body, truth)


async def scan(stage: Stage, body: dict[str, Any], truth: Shown) -> Exchange:
    path = f"/v1/gatherings/{POLICY}/check-ins"
    return await stage.client.ask("POST", path, body, token=stage.tokens["door"], shown=truth)


def _with_place(stage: Stage, part: str) -> list[Guest]:
    return [guest for guest in stage.of(POLICY) if guest.has(part)]


async def _take_ticket(stage: Stage, guest: Guest) -> None:
    guest.ticket = await fetch_ticket(stage, guest)


async def _sent_away(stage: Stage, people: list[Guest]) -> None:
    """Everybody here comes back later with what was missing."""
    now = stage.clock.now()
    bad = zip(people, stage.passes.bad(now), strict=False)
    no_document: dict[str, Any] = {"presented": {"mask": True, **stage.passes.good(now).presented}}
    gone = stage.lists["ticketed-then-gone"]
    remote = [guest for guest in stage.of(POLICY) if guest.has(POLICY_EVENT, REMOTE)]
    await stage.together(
        [
            *(enter(stage, DAY_1, guest, shown) for guest, shown in bad),
            *(enter(stage, DAY_1, guest, **no_document) for guest in people[20:25]),
            *(enter(stage, DAY_2, guest) for guest in people[25:30]),  # tomorrow's door
            *(enter(stage, DAY_1, guest) for guest in gone if guest.ticket),
            *(enter(stage, DAY_1, guest, registration_id=guest.id) for guest in remote[: stage.some(5)]),
        ]
    )
    paper = stage.passes.on_paper()
    await stage.together(enter(stage, DAY_1, guest, paper) for guest in people[30:33])
    expired = stage.passes.bad(now)[0]
    waived: dict[str, Any] = {"override": "The minister's own guest, let in by the head of security."}
    await stage.together(enter(stage, DAY_1, guest, expired, **waived) for guest in people[33:35])


async def _several_gates(stage: Stage, door: str, guest: Guest) -> None:
    """One ticket at several gates at once; and one scan that a poor connection sends again and again."""
    shown = stage.passes.good(stage.clock.now())
    again = stage.client.fresh_id()
    await stage.together(enter(stage, door, guest, shown, device=f"gate-{number}") for number in range(GATES))
    await stage.together(enter(stage, door, guest, shown, scan_id=again, scanned_at=None) for _ in range(4))


async def _forgeries(stage: Stage, people: Iterable[Guest]) -> None:
    """Tickets that nobody issued."""
    genuine = next(guest.ticket for guest in people if guest.ticket)
    swapped = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    middle = len(genuine) // 2
    broken = genuine[:middle] + ("A" if genuine[middle] != "A" else "B") + genuine[middle + 1 :]
    for text in (swapped, broken, genuine[:-4], genuine.lower(), "A" * len(genuine), "HC1:NOT-A-TICKET", "x"):
        body = {
            "door": DAY_1,
            "ticket": text,
            "scan_id": stage.client.fresh_id(),
            "device": "gate-1",
            "presented": {"id-document": True, **stage.passes.good(stage.clock.now()).presented},
        }
        await scan(stage, body, Shown(None, has_id_document=True, is_forged=True))
