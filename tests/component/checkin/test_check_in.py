"""The door call as CONTRACT has it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from cli.rehearsal import dcc
from shared.access import Actor
from shared.messages.checkin import AttendeeAdmitted, EntryRefused
from shared.messages.registration import RegistrationChanged
from shared.tokens import Role
from tests.component.checkin.conftest import ISSUER, NEGATIVE, SHOWN, Checkin, published, scan_id
from tests.support.checkin import DEFINITION, GATHERING, OPEN_AT, confirmed, state

CANARY = "CANARY-7f3a"


async def test_who_shows_a_good_certificate_is_admitted(opened: Checkin) -> None:
    answer = await opened.check_in(scanned_at="1999-01-01T00:00:00Z", device="tablet")
    assert answer.status_code == 200
    assert answer.json() == {
        "outcome": "admitted",
        "reason": None,
        "first_admitted_at": None,
        "attendee": {"name": "Ada Lovelace", "delegation": "escp-4x-01"},
        "requirements": [
            {"requirement_id": "id-document", "satisfied": True, "method": "manual"},
            {"requirement_id": "health", "satisfied": True, "method": "automatic"},
        ],
    }


async def test_the_second_gate_is_told_when_the_first_let_in(opened: Checkin) -> None:
    await opened.check_in()
    answer = (await opened.check_in(scan_id=scan_id("other"))).json()
    assert (answer["outcome"], answer["reason"]) == ("refused", "already-admitted")
    assert answer["first_admitted_at"] == "2021-11-22T08:00:00.000Z"


async def test_fifty_gates_at_once_admit_one(opened: Checkin) -> None:
    answers = await asyncio.gather(*(opened.check_in(scan_id=scan_id(n)) for n in range(50)))
    reasons = [answer.json()["reason"] for answer in answers]
    assert (reasons.count(None), reasons.count("already-admitted")) == (1, 49)
    admitted = [one for one in opened.store.said if isinstance(one.message, AttendeeAdmitted)]
    assert len(admitted) == 1


async def test_one_scan_sent_twenty_times_at_once_has_one_answer_and_one_effect(opened: Checkin) -> None:
    answers = await asyncio.gather(*(opened.check_in() for _ in range(20)))
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["outcome"] == "admitted"
    facts = [one for one in opened.store.said if isinstance(one.message, AttendeeAdmitted)]
    assert len(facts) == 1
    late = await opened.check_in(presented={})
    assert late.text == answers[0].text


async def test_scans_of_one_moment_are_one_commit(opened: Checkin) -> None:
    await opened.hear(*(confirmed(f"p{n}") for n in range(20)))
    before = opened.store.commits
    people = [f"p{n}" for n in range(20)]
    answers = await asyncio.gather(*(opened.check_in(registration_id=one, scan_id=scan_id(one)) for one in people))
    assert {answer.json()["outcome"] for answer in answers} == {"admitted"}
    assert opened.store.commits - before <= 3


async def test_a_scan_id_with_another_ticket_is_refused_as_a_request(opened: Checkin) -> None:
    await opened.check_in()
    answer = await opened.check_in(registration_id="r1")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/scan-id-reused"


@pytest.mark.parametrize("ticket", ["", "WIFI:T:WPA;;", "HC1:NCF", "A" * 4096, "\x00", "{}"])
async def test_what_is_no_ticket_gets_one_same_looking_refusal_and_an_audit_line(opened: Checkin, ticket: str) -> None:
    answer = (await opened.check_in(ticket=ticket)).json()
    assert answer == {
        "outcome": "refused",
        "reason": "unknown-ticket",
        "first_admitted_at": None,
        "attendee": None,
        "requirements": [],
    }
    fact = opened.store.said[-1].message
    assert isinstance(fact, EntryRefused)
    assert fact.registration_id is None
    lines = (await opened.client.get(
        f"/internal/export?gathering={GATHERING}", headers=opened.access.own_header("gateway")
    )).text.splitlines()  # fmt: skip
    assert [json.loads(line)["action"] for line in lines if '"audit"' in line] == ["check-in-refused"]


async def test_a_forged_ticket_looks_the_same_but_for_its_reason(opened: Checkin) -> None:
    good = opened.ticket_of()
    answer = (await opened.check_in(ticket=good[:60] + ("A" if good[60] != "A" else "B") + good[61:])).json()
    assert answer["reason"] == "forged"
    assert (answer["attendee"], answer["requirements"]) == (None, [])


@pytest.mark.parametrize("changed", [str.lower, lambda text: text + " ", lambda text: "\n" + text])
async def test_another_spelling_of_a_good_ticket_is_refused(opened: Checkin, changed: Any) -> None:
    assert (await opened.check_in(ticket=changed(opened.ticket_of()))).json()["reason"] == "unknown-ticket"


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(hours=71, minutes=59, seconds=59), None),
        (timedelta(hours=72), None),
        (timedelta(hours=72, seconds=1), "requirement-failed"),
        (timedelta(seconds=-1), "requirement-failed"),
    ],
)
async def test_a_test_counts_for_72_hours_by_the_servers_clock(
    opened: Checkin, age: timedelta, reason: str | None
) -> None:
    shown = ISSUER.certify(dcc.sample(OPEN_AT - age), OPEN_AT - timedelta(hours=80))
    answer = await opened.check_in(presented={"id-document": True, "health": {"hc1": shown}})
    assert answer.json()["reason"] == reason


@pytest.mark.parametrize("hc1", ["", "HC1:", "HC1:ABC", "rubbish", "HC1:" + "A" * 200_000, NEGATIVE[:-7]])
async def test_rubbish_for_a_certificate_is_a_verdict_and_no_error(opened: Checkin, hc1: str) -> None:
    answer = (await opened.check_in(presented={"id-document": True, "health": {"hc1": hc1}})).json()
    assert answer["reason"] == "requirement-failed"
    assert answer["requirements"][1] == {
        "requirement_id": "health", "satisfied": False, "method": "automatic", "reason": "unreadable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("presented", "reason", "methods"),
    [
        ({"id-document": True, "health": {"attested": "recovery"}}, None, ["manual", "manual"]),
        ({"id-document": False, "health": {"attested": "recovery"}}, "requirement-missing", ["manual", "manual"]),
        ({"id-document": True, "health": True}, "requirement-missing", ["manual", "automatic"]),
        ({}, "requirement-missing", ["manual", "automatic"]),
    ],
)
async def test_what_the_person_at_the_door_has_seen_counts(
    opened: Checkin, presented: dict[str, Any], reason: str | None, methods: list[str]
) -> None:
    answer = (await opened.check_in(presented=presented)).json()
    assert answer["reason"] == reason
    assert [one["method"] for one in answer["requirements"]] == methods


async def test_an_attested_proof_must_be_of_a_kind_and_time_that_the_policy_accepts(checkin: Checkin) -> None:
    france = DEFINITION["policies"]["france"]
    tests_only = france | {"accept": {"test": {"max_age_hours": 24}}}
    await checkin.hear(published(policies={"france": tests_only}), confirmed())
    seen = {"id-document": True, "health": {"attested": "recovery"}}
    assert (await checkin.check_in(presented=seen)).json()["reason"] == "requirement-failed"
    over = france | {"valid": {"until": "2021-11-01"}}
    await checkin.hear(published(2, policies={"france": over}))
    assert (await checkin.check_in(presented=seen, scan_id=scan_id(2))).json()["reason"] == "requirement-failed"


async def test_a_trust_list_that_is_missing_trusts_nobody_and_a_new_one_is_read(opened: Checkin) -> None:
    listed = opened.trust.read_text()
    opened.trust.unlink()
    refused = (await opened.check_in()).json()
    assert refused["requirements"][1]["reason"] == "unknown-signer"
    opened.trust.write_text(listed)
    assert (await opened.check_in(scan_id=scan_id(2))).json()["outcome"] == "admitted"


async def test_an_override_admits_with_a_reason_and_is_audited(opened: Checkin) -> None:
    answer = (await opened.check_in(presented={}, override="Mayor, known to us")).json()
    assert answer["outcome"] == "admitted"
    fact = next(one.message for one in opened.store.said if isinstance(one.message, AttendeeAdmitted))
    assert fact.override
    export = f"/internal/export?gathering={GATHERING}"
    own = opened.access.own_header("gateway")
    plain = (await opened.client.get(export, headers=own)).text
    assert '"action":"override"' in plain
    assert "Mayor" not in plain
    assert "Mayor" in (await opened.client.get(export + "&personal=true", headers=own)).text


async def test_the_door_goes_on_without_names_and_asks_again_later(opened: Checkin) -> None:
    opened.people.away = True
    first = (await opened.check_in()).json()
    assert (first["outcome"], first["attendee"]) == ("admitted", {"name": None, "delegation": "escp-4x-01"})
    await opened.check_in(scan_id=scan_id(2))
    assert opened.people.asked == 1


async def test_a_database_that_is_away_is_a_503_and_the_scan_can_be_sent_again(opened: Checkin) -> None:
    opened.store.away = True
    away = await opened.check_in()
    assert away.status_code == 503
    assert away.headers["retry-after"]
    opened.store.away = False
    assert (await opened.check_in()).json()["outcome"] == "admitted"


async def test_a_certificate_leaves_no_trace(opened: Checkin, capfd: pytest.CaptureFixture[str]) -> None:
    shown = ISSUER.certify(dcc.sample(OPEN_AT - timedelta(hours=1)), OPEN_AT - timedelta(hours=1), name=CANARY)
    await opened.check_in(presented={"id-document": True, "health": {"hc1": shown}})
    await opened.check_in(ticket=shown, scan_id=scan_id("mis-scan"))
    await opened.check_in(presented={"health": {"hc1": shown, "more": shown}}, scan_id=scan_id("bad"))
    await opened.check_in(presented={shown: {"hc1": [shown]}}, scan_id=scan_id("worse"))
    kept = json.dumps(opened.store._scans, default=str) + repr(opened.store.said) + "".join(capfd.readouterr())
    for trace in (CANARY, shown, shown[4:60], "LP6464-4"):
        assert trace not in kept


@pytest.mark.parametrize(
    ("call", "pointer"),
    [
        ({"door": "back-door"}, "/door"),
        ({"scan_id": "7"}, "/scan_id"),
        ({"registration_id": "r1", "ticket": "x"}, ""),
        ({"unknown": 1}, "/unknown"),
        ({"presented": {"id-document": "yes"}}, "/presented/id-document"),
    ],
)
async def test_a_call_of_another_shape_is_told_where(opened: Checkin, call: dict[str, Any], pointer: str) -> None:
    answer = await opened.check_in(**call)
    assert answer.status_code == 422
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("actor", "gathering", "status"),
    [
        (Actor(Role.EXPERT, "e"), GATHERING, 403),
        (Actor(Role.AUDITOR, "a"), GATHERING, 403),
        (Actor(Role.ATTENDEE, "r1", registration_id="r1"), GATHERING, 403),
        (Actor(Role.DOOR, "d", gatherings=("another",)), GATHERING, 404),
        (Actor(Role.DOOR, "d"), "another", 404),
        (Actor(Role.ORGANISER, "o"), GATHERING, 200),
        (Actor(Role.ADMIN, "o"), GATHERING, 200),
    ],
)
async def test_the_door_is_for_its_own_staff(opened: Checkin, actor: Actor, gathering: str, status: int) -> None:
    assert (await opened.check_in(actor, gathering)).status_code == status


async def test_without_the_gateways_token_nobody_is_heard(opened: Checkin) -> None:
    assert (await opened.client.post(f"/v1/gatherings/{GATHERING}/check-ins", json={})).status_code == 401


async def test_another_gatherings_ticket_is_unknown(opened: Checkin) -> None:
    other = opened.press.print("workshop", "00" * 16)
    assert (await opened.check_in(ticket=other)).json()["reason"] == "unknown-ticket"


async def upload(opened: Checkin, *scans: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await opened.client.post(
        f"/v1/gatherings/{GATHERING}/check-ins/batch",
        json={"device": "tablet", "scans": scans},
        headers=opened.access.header(Actor(Role.DOOR, "door-1")),
    )
    assert answer.status_code == 200
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_an_upload_names_the_doors_that_there_are_not_and_takes_nothing(opened: Checkin) -> None:
    here = {"door": "policy-event-day-1", "ticket": opened.ticket_of(), "scan_id": scan_id("a")}
    there = here | {"door": "back-door", "scan_id": scan_id("b")}
    answer = await opened.client.post(
        f"/v1/gatherings/{GATHERING}/check-ins/batch",
        json={"device": "tablet", "scans": [here, there]},
        headers=opened.access.header(Actor(Role.DOOR, "door-1")),
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/scans/1/door"]
    assert not opened.store._scans


async def test_an_upload_sent_three_times_counts_once_and_shows_conflicts(opened: Checkin) -> None:
    opened.clock.forward(timedelta(days=2))  # the door is closed by now: the devices' times are judged
    seen = {"id-document": True, "health": {"attested": "test"}}
    about = {"door": "policy-event-day-1", "ticket": opened.ticket_of(), "presented": seen}
    one = about | {"scan_id": scan_id("a"), "scanned_at": "2021-11-22T10:00:00+01:00"}
    two = about | {"scan_id": scan_id("b"), "scanned_at": "2021-11-22T10:01:00+01:00"}
    for _ in range(3):
        results = await upload(opened, one) + await upload(opened, two)
        assert [result["outcome"] for result in results] == ["admitted", "conflict"]
        assert results[1]["first_admitted_at"] == "2021-11-22T09:00:00.000Z"
    assert len(opened.store._scans) == 2
    assert all(document["offline"] for document in opened.store._scans.values())


@pytest.mark.parametrize("wrong", [timedelta(days=-1), timedelta(days=1)])
async def test_an_online_scan_is_judged_by_the_servers_clock_however_wrong_the_devices(
    opened: Checkin, wrong: timedelta
) -> None:
    said = (opened.clock.now() + wrong).isoformat()
    assert (await opened.check_in(scanned_at=said)).json()["outcome"] == "admitted"
    opened.clock.forward(timedelta(days=2))
    late = await opened.check_in(
        scanned_at=(opened.clock.now() - timedelta(days=2)).isoformat(), scan_id=scan_id("late")
    )
    assert late.json()["reason"] == "wrong-day"


async def test_a_device_with_a_stale_list_is_told_afterwards_whom_it_should_not_have_let_in(opened: Checkin) -> None:
    before = opened.ticket_of()
    taken_over = confirmed("r1", 2).model_dump() | {"substituted": True}
    await opened.hear(RegistrationChanged.model_validate(taken_over))
    opened.clock.forward(timedelta(minutes=5))
    when = (opened.clock.now() - timedelta(minutes=1)).isoformat()
    call = {"door": "policy-event-day-1", "ticket": before, "scan_id": scan_id(1), "scanned_at": when}
    [result] = await upload(opened, call | {"presented": SHOWN})
    assert (result["outcome"], result["reason"]) == ("refused", "revoked")
    [kept] = opened.store._scans.values()
    assert kept["offline"]


@pytest.mark.parametrize(
    "scanned_at",
    [
        *(None, "soon", "2021-11-22T10:00:00", "2099-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        *("10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
        *("2021-02-29T10:00:00Z", "0001-01-02T00:00:00Z"),
    ],
)
async def test_an_upload_without_a_believable_time_is_judged_by_the_servers(
    opened: Checkin, scanned_at: str | None
) -> None:
    opened.clock.forward(timedelta(days=2))
    call = {"door": "policy-event-day-1", "ticket": opened.ticket_of(), "scan_id": scan_id(1), "scanned_at": scanned_at}
    [result] = await upload(opened, call)
    assert result["reason"] == "wrong-day"


async def test_a_remote_person_at_the_door_is_told_so(opened: Checkin) -> None:
    await opened.hear(confirmed("r2", 1, state(mode="remote")))
    assert (await opened.check_in(registration_id="r2", presented=SHOWN)).json()["reason"] == "wrong-mode"


async def test_a_signer_that_cannot_be_read_is_left_out_and_the_others_count(opened: Checkin) -> None:
    listed = json.loads(opened.trust.read_text())
    opened.trust.write_text(json.dumps({"signers": [{"certificate": "AAAA"}, *listed["signers"]]}))
    assert (await opened.check_in()).json()["outcome"] == "admitted"


async def test_a_credential_without_a_policy_is_refused(checkin: Checkin) -> None:
    await checkin.hear(published(policies={}), confirmed())
    answer = (await checkin.check_in()).json()
    assert answer["requirements"][1]["reason"] == "policy-not-in-force"


@pytest.mark.parametrize("presented", [None, {"id-document": True, "health": None}])
async def test_null_is_not_shown(opened: Checkin, presented: dict[str, object] | None) -> None:
    answer = await opened.check_in(presented=presented)
    assert (answer.status_code, answer.json()["reason"]) == (200, "requirement-missing")


async def test_what_a_door_says_names_the_request_that_it_began_with(opened: Checkin) -> None:
    answer = await opened.check_in()
    began = {one.correlation_id for one in opened.store.said if isinstance(one.message, AttendeeAdmitted)}
    assert began == {answer.headers["x-request-id"]}
