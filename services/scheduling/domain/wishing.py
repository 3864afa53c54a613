"""What people say of themselves and of others: wishes, whom never, the profile that others see, what they star."""

from services.scheduling.domain.encounters import Preferences, Profile
from services.scheduling.domain.facts import Preferred, Profiled, Starred, Unstarred
from services.scheduling.domain.placing import No
from services.scheduling.domain.state import Diary, Reason, Star
from shared.messages.scheduling import PreferenceSubmitted, ProfileSubmitted, SessionStarred


def tell(diary: Diary, request: PreferenceSubmitted | ProfileSubmitted) -> Preferred | Profiled | No:
    """The newest that somebody said stands; nothing of who was erased."""
    if diary.registrations[request.registration_id].erased:
        return No(Reason.NOT_REGISTERED)
    if isinstance(request, ProfileSubmitted):
        profile = Profile(
            registration_id=request.registration_id,
            gathering_id=request.gathering_id,
            of=request.id,
            sealed=request.sealed,
            visible=request.visible,
            accepted_at=request.accepted_at,
        )
        return Profiled(profile)
    preferences = Preferences(
        registration_id=request.registration_id,
        gathering_id=request.gathering_id,
        working_groups=request.working_groups,
        meet=request.meet,
        accepted_at=request.accepted_at,
        no_thanks=request.no_thanks,
    )
    return Preferred(preferences)


def star(diary: Diary, request: SessionStarred) -> Starred | Unstarred | No:
    """A session that they may come to, and that the newest release has; a star is taken back whatever became of it."""
    found = Star(request.gathering_id, request.session, request.registration_id)
    if not request.starred:
        return Unstarred(found)
    latest = diary.agenda.latest
    placed = latest.by_session.get(request.session) if latest is not None else None
    if placed is None:
        return No(Reason.UNKNOWN_SESSION)
    is_theirs = placed.session.part in diary.registrations[request.registration_id].confirmed
    return Starred(found) if is_theirs else No(Reason.NOT_REGISTERED)
