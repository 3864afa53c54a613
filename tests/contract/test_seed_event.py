"""The second announcement, clause by clause: policy event, partnering event and site visits (docs/seeds.md)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.messages.gathering import Mode, Part, RequirementKind, SessionKind
from tests.support.seeds import EVENT, MINUTE, about, linked, part, pool, session

PARIS = ZoneInfo("Europe/Paris")


def test_the_commission_and_the_region_invite() -> None:
    commission, region = EVENT.organisers
    assert (commission.name, commission.role) == ("European Commission", "organiser")
    assert (region.name, region.role) == ("Île-de-France Regional Council", "co-organiser")
    assert region.note == "with the support of its President Valérie Pécresse"


def test_the_event_has_its_announced_title() -> None:
    assert EVENT.title.in_language("en") == "Clusters driving the Green and Digital transitions"


def test_the_event_takes_place_on_22_and_23_november_2021() -> None:
    policy = part(EVENT, "policy-event")
    assert policy.starts.astimezone(PARIS).date() == date(2021, 11, 22)
    assert policy.ends.astimezone(PARIS).date() == date(2021, 11, 23)
    assert (EVENT.starts_at, EVENT.ends_at) == (policy.starts, part(EVENT, "partnering-event").ends)


@pytest.mark.parametrize(
    "words",
    [
        "policy learning and capacity building event",
        "role of clusters, regions and cities",
        "state of play of the Policy Toolkit",
        "recommendations of the European Cluster Expert Group (report adopted in December 2020)",
        "greener, digital and more resilient EU economy",
        "strategic tool of industrial policy",
        "SMEs into EU and global value chains",
        "not older than 72 hours",
        "upon invitation only, and subject to a selection",
        "before 12 November 2021",
    ],
)
def test_the_events_page_tells_what_it_is_about(words: str) -> None:
    assert words in about(EVENT)


def test_the_collaboration_platform_presents_the_policy_toolkit() -> None:
    toolkit = session(EVENT, "policy-toolkit")
    assert [one.name for one in toolkit.speakers] == ["European Cluster Collaboration Platform"]


@pytest.mark.parametrize(
    "words", ["leading Smart Region", "hosts a dynamic ecosystem in the circular and digital economy"]
)
def test_the_region_hosts_a_dynamic_ecosystem_and_is_a_leading_smart_region(words: str) -> None:
    assert words in about(EVENT)


def test_local_examples_are_presented_also_through_site_visits() -> None:
    assert session(EVENT, "local-ecosystem").kind is SessionKind.GOOD_PRACTICE
    assert len(list(visits())) >= 2


def visits() -> Iterator[Part]:
    return (one for one in EVENT.parts if one.part.startswith("site-visit"))


def test_a_site_visit_is_for_those_who_attend_in_person_and_one_visit_excludes_the_others() -> None:
    names = {visit.part for visit in visits()}
    for visit in visits():
        assert visit.needs is not None
        assert (visit.needs.part, visit.needs.mode) == ("policy-event", Mode.IN_PERSON)
        assert EVENT.rivals(visit.part) == names - {visit.part}
        assert visit.meeting_point is not None
        assert part(EVENT, "policy-event").starts <= visit.starts < visit.ends <= part(EVENT, "policy-event").ends


def test_no_session_of_the_policy_event_runs_during_the_visits() -> None:
    for visit in visits():
        assert all(one.ends <= visit.starts or one.starts >= visit.ends for one in EVENT.agenda.sessions)


def test_the_event_is_hybrid() -> None:
    assert set(part(EVENT, "policy-event").modes) == {Mode.IN_PERSON, Mode.REMOTE}


def test_in_person_participants_meet_at_the_region_in_saint_ouen() -> None:
    assert EVENT.venue is not None
    assert (EVENT.venue.name, EVENT.venue.place) == ("Région Île-de-France", "Saint-Ouen")


def test_the_livestream_is_without_limit_and_open_to_the_end() -> None:
    remote = pool(EVENT, "policy-event", Mode.REMOTE)
    assert (remote.capacity, remote.entry, remote.invitation) == (None, "open", None)
    assert remote.join is not None
    assert EVENT.closes_at("policy-event", "remote") == part(EVENT, "policy-event").ends


def test_the_event_links_its_website_and_its_official_agenda() -> None:
    assert linked(EVENT, "website") == ["Official website"]
    assert "Official agenda" in linked(EVENT, "material")
    assert EVENT.agenda.release == "official"


def test_up_to_two_places_per_partnership_are_reserved_in_person() -> None:
    quota = pool(EVENT, "policy-event", Mode.IN_PERSON).places_per_delegation
    assert quota is not None
    assert (quota.max, quota.reserved) == (2, 2)
    assert EVENT.delegations is not None
    assert EVENT.delegations.label.in_language("en") == "Partnership"
    assert all(one.id.startswith("escp-4x-") for one in EVENT.delegations.eligible)


def test_a_partnership_is_known_by_its_own_code() -> None:
    assert EVENT.delegations is not None
    assert EVENT.delegations.membership == "code"
    codes = {one.membership_code for one in EVENT.delegations.eligible}
    assert len(codes - {None}) == len(EVENT.delegations.eligible) >= 2
    assert all((one.coordinator or "").endswith("@example.org") for one in EVENT.delegations.eligible)


def test_all_reserved_places_fit_the_room() -> None:
    assert EVENT.delegations is not None
    assert 2 * len(EVENT.delegations.eligible) <= (pool(EVENT, "policy-event", Mode.IN_PERSON).capacity or 0)


def test_every_door_asks_for_a_mask_an_id_document_and_the_certificate() -> None:
    for door in EVENT.doors:
        kinds = {requirement.id: requirement.kind for requirement in door.requires}
        assert kinds == {
            "id-document": RequirementKind.ATTESTED,
            "mask": RequirementKind.REMINDER,
            "health": RequirementKind.SIGNED_CREDENTIAL,
        }
        assert [one.format for one in door.requires if one.id == "health"] == ["eu-dcc"]


def test_what_the_doors_ask_contributes_to_slowing_the_spread() -> None:
    assert "contribute to efforts to slow the spread of the virus, wear a mask" in about(EVENT)


def test_there_is_a_door_for_each_day_and_part_that_people_enter() -> None:
    days = {(door.part, door.opens.astimezone(PARIS).day) for door in EVENT.doors}
    assert days == {("policy-event", 22), ("policy-event", 23), ("partnering-event", 23)} | {
        (visit.part, 22) for visit in visits()
    }
    assert len(days) == len(EVENT.doors)
    assert {door.part for door in EVENT.doors} == {one.part for one in EVENT.parts if Mode.IN_PERSON in one.modes}


def test_vaccination_remission_or_a_test_of_at_most_72_hours_counts() -> None:
    policy = EVENT.policies["france-2021-11"]
    assert policy.accept.vaccination is not None
    assert policy.accept.recovery is not None
    assert policy.accept.test is not None
    assert policy.accept.test.max_age_hours == 72


def test_the_policy_is_in_force_while_the_doors_are_open() -> None:
    valid = EVENT.policies["france-2021-11"].valid
    assert valid.from_ is not None
    assert valid.until is not None
    assert all(valid.from_ <= door.opens < door.closes < valid.until for door in EVENT.doors)


def test_the_partnering_event_is_a_half_day_on_the_afternoon_of_the_23rd_after_the_policy_event() -> None:
    partnering = part(EVENT, "partnering-event")
    start, end = partnering.starts.astimezone(PARIS), partnering.ends.astimezone(PARIS)
    assert start.date() == end.date() == date(2021, 11, 23)
    assert start.hour >= 12
    assert end - start <= 5 * 60 * MINUTE
    assert partnering.starts >= part(EVENT, "policy-event").ends


def test_the_partnering_event_is_for_escp_4x_cluster_organisations() -> None:
    assert part(EVENT, "partnering-event").eligible == "delegations-only"
    assert EVENT.partnering is not None
    assert EVENT.partnering.part == "partnering-event"


def test_one_partner_of_each_partnership_is_mandatory_and_two_are_the_most() -> None:
    obligation = part(EVENT, "partnering-event").obligation
    quota = pool(EVENT, "partnering-event", Mode.IN_PERSON).places_per_delegation
    assert obligation is not None
    assert quota is not None
    assert (obligation.min, quota.max) == (1, 2)


def test_the_duty_rests_on_article_2_2_2_of_the_call() -> None:
    obligation = part(EVENT, "partnering-event").obligation
    assert obligation is not None
    assert obligation.basis == "COS-CLUSTER-2018-03-02, article 2.2.2"
    assert linked(EVENT, "call") == ["Call for proposals COS-CLUSTER-2018-03-02, article 2.2.2"]


def test_the_agenda_of_the_partnering_event_comes_later() -> None:
    assert not [one for one in EVENT.agenda.sessions if one.part == "partnering-event"]


@pytest.mark.parametrize("name", ["policy-event", "partnering-event"])
def test_in_person_is_upon_invitation_only_and_subject_to_a_selection(name: str) -> None:
    in_person = pool(EVENT, name, Mode.IN_PERSON)
    assert (in_person.invitation, in_person.entry) == ("required", "selection")


@pytest.mark.parametrize("name", ["policy-event", "partnering-event"])
def test_registration_in_person_is_possible_before_12_november_2021(name: str) -> None:
    assert EVENT.closes_at(name, "in-person") == datetime(2021, 11, 11, 23, tzinfo=UTC)  # midnight in Paris, exclusive
