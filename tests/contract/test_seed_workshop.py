"""The first announcement, clause by clause: the online workshop says what was announced (docs/seeds.md)."""

from zoneinfo import ZoneInfo

import pytest

from shared.messages.gathering import Mode, SessionKind
from tests.support.seeds import MINUTE, WORKSHOP, about, linked, part, session, told

BRUSSELS = ZoneInfo("Europe/Brussels")


def test_the_workshop_is_on_friday_10_december_2021_from_0915_to_1230_cet() -> None:
    workshop = part(WORKSHOP, "workshop")
    assert workshop.starts.astimezone(BRUSSELS).strftime("%A %d %B %Y %H:%M %Z") == "Friday 10 December 2021 09:15 CET"
    assert workshop.ends.astimezone(BRUSSELS).strftime("%d %H:%M %Z") == "10 12:30 CET"


def test_the_policy_learning_platform_hosts_it() -> None:
    (organiser,) = WORKSHOP.organisers
    assert (organiser.name, organiser.role) == ("Policy Learning Platform", "organiser")


def test_it_is_an_online_thematic_workshop() -> None:
    assert set(part(WORKSHOP, "workshop").modes) == {Mode.REMOTE}
    assert WORKSHOP.doors == ()
    assert part(WORKSHOP, "workshop").title.in_language("en") == "Online thematic workshop"


def test_its_topic_is_the_green_and_digital_twin_transitions() -> None:
    assert WORKSHOP.title.in_language("en") == "Clusters: driving the green and digital twin transitions"


def test_it_complements_the_policy_brief_on_clusters() -> None:
    assert linked(WORKSHOP, "policy-brief") == ["Policy brief on clusters"]


@pytest.mark.parametrize(
    "words",
    [
        "Cluster policy ranks among the topics that the Interreg Europe community asks for most",
        "significant part of the European industrial landscape",
        "European, national and regional level",
        "spread knowledge, support research, innovation and new business models in SMEs",
        "reconfigure industrial value chains",
        "place-based approach",
        "cross-border initiatives",
        "Regions share their experience of cluster policies",
        "creating synergies through sharing experiences and practices",
        "new policy trends",
        "raising stakeholders' awareness of the importance of clusters",
    ],
)
def test_the_workshops_page_tells_what_it_is_about(words: str) -> None:
    assert words in about(WORKSHOP)


@pytest.mark.parametrize(
    "gain",
    [
        "challenges that peer regions share",
        "Potential solutions",
        "Practical tools",
        "Exchange and synergies across projects",
        "Collaboration and networking with experts",
        "partners for future interregional cooperation",
        "Insights into policies that promote the green and digital twin transitions",
    ],
)
def test_the_workshops_page_tells_what_people_gain(gain: str) -> None:
    assert gain in about(WORKSHOP)


def test_projects_are_the_workshops_delegations_and_anybody_may_declare_one() -> None:
    assert WORKSHOP.delegations is not None
    assert WORKSHOP.delegations.label.in_language("en") == "Interreg Europe project"
    assert (WORKSHOP.delegations.membership, WORKSHOP.delegations.eligible) == ("declared", ())


def test_three_sessions_of_45_minutes_follow_each_other_and_end_at_1130() -> None:
    sessions = [session(WORKSHOP, name) for name in ("part-1", "part-2", "part-3")]
    assert all(one.ends - one.starts == 45 * MINUTE for one in sessions)
    assert [one.starts for one in sessions[1:]] == [one.ends for one in sessions[:-1]]
    assert sessions[0].starts == part(WORKSHOP, "workshop").starts
    assert sessions[-1].ends.astimezone(BRUSSELS).strftime("%H:%M") == "11:30"


def test_the_keynotes_present_the_state_of_the_art_of_cluster_policies() -> None:
    assert "present the state of the art of cluster policies" in told(session(WORKSHOP, "part-1"))


def test_part_1_has_two_keynote_speakers() -> None:
    keynote = session(WORKSHOP, "part-1")
    assert keynote.kind is SessionKind.KEYNOTE
    assert [(one.name, one.affiliation) for one in keynote.speakers] == [
        ("Marek Przeor", "DG GROW"),
        ("Antonio Novo Guerrero", "European Clusters Alliance"),
    ]


def test_the_keynotes_are_followed_by_questions_and_answers_within_part_1() -> None:
    questions, keynote = session(WORKSHOP, "part-1-questions"), session(WORKSHOP, "part-1")
    assert questions.kind is SessionKind.QA
    assert keynote.starts < questions.starts < questions.ends == keynote.ends


def test_part_2_showcases_two_good_practices() -> None:
    practices = session(WORKSHOP, "part-2")
    assert practices.kind is SessionKind.GOOD_PRACTICE
    speakers = [(one.name, one.project) for one in practices.speakers]
    assert speakers == [("Jaume Sastre", "AERIAL UPTAKE"), ("Ilkka Nykänen", "REMIX")]


def test_a_reflection_by_the_cluster_manager_of_the_year_follows_them() -> None:
    reflection, practices = session(WORKSHOP, "part-2-reflection"), session(WORKSHOP, "part-2")
    assert reflection.kind is SessionKind.REFLECTION
    (speaker,) = reflection.speakers
    assert (speaker.name, speaker.note) == ("Bianca Muntean", "2019 EU Cluster Manager of the Year")
    assert practices.starts < reflection.starts < reflection.ends == practices.ends


def test_part_3_divides_people_into_different_rooms() -> None:
    assert session(WORKSHOP, "part-3").kind is SessionKind.WORKING_GROUPS
    groups = WORKSHOP.working_groups
    assert groups is not None
    assert groups.session == "part-3"
    assert len(groups.rooms) > 1
    assert all(room.join is not None for room in groups.rooms)


@pytest.mark.parametrize(
    "words", ["interactive online exchange", "reflect on and discuss the cluster policies", "bring their experience"]
)
def test_part_3_is_an_interactive_exchange_to_which_people_bring_their_experience(words: str) -> None:
    assert words in told(session(WORKSHOP, "part-3"))


def test_the_workshops_agenda_is_a_draft() -> None:
    assert WORKSHOP.agenda.release == "draft"
    assert linked(WORKSHOP, "material") == ["Draft event agenda"]


def test_the_helpdesk_is_for_services_and_policy_challenges() -> None:
    assert WORKSHOP.helpdesk.about is not None
    text = WORKSHOP.helpdesk.about.in_language("en")
    assert "online policy helpdesk" in text
    assert "services" in text
    assert "policy challenge of your region" in text


def test_two_thematic_experts_are_available_from_1140_to_the_end() -> None:
    desks = WORKSHOP.helpdesk.desks
    assert [desk.expert for desk in desks] == ["Arnault Morisson", "Marc Pattinson"]
    for desk in desks:
        assert desk.opens.astimezone(BRUSSELS).strftime("%H:%M") == "11:40"
        assert desk.closes == part(WORKSHOP, "workshop").ends
        assert desk.about is not None
        assert desk.about.in_language("en") == "Thematic Expert"


def test_the_helpdesk_begins_after_the_last_session() -> None:
    assert all(desk.opens >= session(WORKSHOP, "part-3").ends for desk in WORKSHOP.helpdesk.desks)


def test_there_are_ten_individual_meetings_of_ten_minutes() -> None:
    slots = [slot for desk in WORKSHOP.helpdesk.desks for slot in desk.slots()]
    assert len(slots) == 10
    assert all(end - start == 10 * MINUTE for start, end in slots)


def test_a_follow_up_article_comes_after_the_workshop() -> None:
    assert WORKSHOP.follow_up is not None
    assert WORKSHOP.follow_up.after == "end"


def test_the_resolve_project_is_credited() -> None:
    assert [credit.in_language("en") for credit in WORKSHOP.credits] == ["RESOLVE project, Interreg Europe"]
