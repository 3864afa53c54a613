"""What people say of themselves and of others: wishes, whom never, and the profile that others see."""

from services.scheduling.domain.encounters import Preferences, Profile
from services.scheduling.domain.facts import Preferred, Profiled
from services.scheduling.domain.placing import No
from services.scheduling.domain.state import Diary, Reason
from shared.messages.scheduling import PreferenceSubmitted, ProfileSubmitted


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
