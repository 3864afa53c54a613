"""Decisions on proposals: kept whole, changed by hand, thrown away, published."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import reduce

from services.scheduling.domain.encounters import Topic
from services.scheduling.domain.facts import Declined, Discarded, Fact, Proposed
from services.scheduling.domain.partnering import publish_meetings
from services.scheduling.domain.proposals import Proposal, without
from services.scheduling.domain.requests import (
    ChangeProposal,
    DiscardProposal,
    KeepProposal,
    OnProposal,
    PublishProposal,
)
from services.scheduling.domain.rooming import publish_rooms
from services.scheduling.domain.state import Diary, Gathering, Reason, Registration
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.groups.model import Bar
from services.scheduling.solver.groups.moving import effect_of_move, move
from services.scheduling.solver.refusing import Refusal


def on_proposal(diary: Diary, gathering: Gathering, order: OnProposal, at: datetime) -> Iterator[Fact]:
    if isinstance(order, KeepProposal):
        yield from _keep(diary, order)
        return
    proposal = diary.proposals.get(order.proposal_id)
    if proposal is None or proposal.published:
        yield Declined(Reason.NOT_A_DRAFT)
        return
    match order:
        case ChangeProposal():
            yield from _change(proposal, order)
        case DiscardProposal():
            yield Discarded(proposal.id)
        case PublishProposal() if order.topic is not proposal.topic:
            yield Declined(Reason.NOT_A_DRAFT)
        case PublishProposal(topic=Topic.WORKING_GROUPS):
            yield from publish_rooms(diary, gathering, proposal, order, at)
        case PublishProposal():
            yield from publish_meetings(diary, gathering, proposal, order, at)


def _keep(diary: Diary, order: KeepProposal) -> Iterator[Fact]:
    """Without those who were erased, or became somebody else, while it was made."""
    if order.proposal.id not in diary.proposals:
        gone = sorted(one.id for one in diary.registrations.values() if one.erased or not _was_asked(order, one))
        yield Proposed(replace(reduce(without, gone, order.proposal), version=1))


def _was_asked(order: KeepProposal, one: Registration) -> bool:
    return one.generation == order.holders.get(one.id, one.generation)


def _change(proposal: Proposal, order: ChangeProposal) -> Iterator[Fact]:
    """The organiser may break the rules, and has seen which; a room has no more places than it has."""
    if not isinstance(proposal.found, groups.Assignment):
        yield Declined(Reason.NOT_A_DRAFT)
        return
    effect = effect_of_move(proposal.found, order.registration_id, order.room)
    moved = move(proposal.found, order.registration_id, order.room)
    if isinstance(effect, Refusal) or isinstance(moved, Refusal):
        yield Declined(Reason.UNKNOWN_ROOM)
    elif Bar.ROOM_FULL in effect.broken:
        yield Declined(Reason.ROOM_FULL)
    else:
        yield Proposed(replace(proposal, found=moved, version=proposal.version + 1))
