"""The compose file keeps what it promises operators; no engine is needed to see that."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from deploy.local import kafka, mongod

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("gateway", "registration", "scheduling", "notifications", "checkin")
ONCE = ("secrets", "replica-set", "topics")
COMMAND = "foyer"
LASTING = tuple(name for name in SERVICES if name not in (*ONCE, COMMAND))
EDGE = (CHECKOUT / "deploy" / "edge" / "haproxy.cfg").read_text()
DOCKERFILE = (CHECKOUT / "deploy" / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_gives_up_its_privileges(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_reaped_limited_and_logs_within_bounds(name: str) -> None:
    assert SERVICES[name]["init"] is True
    assert SERVICES[name]["mem_limit"]
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_a_fixed_name_so_that_each_can_be_scaled(name: str) -> None:
    assert "container_name" not in SERVICES[name]
    assert "hostname" not in SERVICES[name]


@pytest.mark.parametrize("name", [*OURS, "secrets", "topics", COMMAND, "edge", "mail"])
def test_what_is_ours_or_public_cannot_write_to_its_own_image(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_one_command_of_the_one_image(name: str) -> None:
    assert SERVICES[name]["build"]["dockerfile"] == "deploy/Dockerfile"
    assert SERVICES[name]["command"] == [f"services.{name}"]
    assert SERVICES[name]["environment"][f"FOYER_{name.upper()}_URL"] == f"http://{name}:8080"


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_read_its_own_secrets_alone_and_change_none(name: str) -> None:
    assert SERVICES[name]["volumes"] == [f"keys-{name}:/run/foyer/secrets:ro"]
    assert f"keys-{name}:/run/foyer/keyrings/{name}" in SERVICES["secrets"]["volumes"]
    assert f"/run/foyer/keyrings/{name}" in DOCKERFILE


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_healthy_when_it_is_ready(name: str) -> None:
    assert "/readyz" in SERVICES[name]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_after_its_secrets_its_topics_and_its_replica_set(name: str) -> None:
    waits_for = SERVICES[name]["depends_on"]
    assert waits_for == {job: {"condition": "service_completed_successfully"} for job in ONCE}


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_comes_back_and_is_given_time_to_stop(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["stop_grace_period"]
    assert SERVICES[name]["healthcheck"]


def test_only_the_edge_publishes_a_port_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["edge"]
    assert all(port.startswith("127.0.0.1:") for port in published["edge"])


def test_servers_are_on_a_network_without_a_way_out() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("kafka", "mongo", "mail", "registration", "scheduling", "checkin"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_gateway_believes_the_edge_about_addresses_and_nobody_else() -> None:
    edge = SERVICES["edge"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["gateway"]["environment"]["FOYER_TRUSTED_PROXIES"] == edge


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_a_version(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert tag
    assert tag != "latest"


def test_the_broker_is_the_one_of_make_up_with_the_same_settings() -> None:
    environment = SERVICES["kafka"]["environment"]
    own = {"CONTROLLER_QUORUM_BOOTSTRAP_SERVERS", "LISTENERS", "ADVERTISED_LISTENERS", "LOG_DIRS"}
    for line in kafka.SETTINGS.splitlines():
        name, _, value = line.partition("=")
        key = name.replace(".", "_").upper()
        if key not in own:
            assert str(environment[f"KAFKA_{key}"]) == value
    version = SERVICES["kafka"]["image"].partition(":")[2]
    assert f"<version>{version}</version>" in kafka.POM.read_text()


def test_the_database_is_the_one_of_make_up_a_replica_set_that_ends_abandoned_transactions_soon() -> None:
    command = SERVICES["mongo"]["command"]
    assert f"--replSet={mongod.REPLICA_SET}" in command
    assert f"--wiredTigerCacheSizeGB={mongod.CACHE_GB}" in command
    assert f"--wiredTigerEngineConfigString={mongod.EVICTION}" in command
    lifetime = mongod.PARAMETERS["transactionLifetimeLimitSeconds"]
    assert f"--setParameter=transactionLifetimeLimitSeconds={lifetime}" in command


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_in_particular() -> None:
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert "USER 15200:15200" in DOCKERFILE
    assert "ADD " not in DOCKERFILE


def test_every_variable_of_the_compose_file_is_explained() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    example = (CHECKOUT / ".env.example").read_text()
    asked = {part.split(":-")[0].rstrip("}") for part in text.split("${")[1:]}
    asked |= {name for name, value in SERVICES["notifications"]["environment"].items() if value is None}
    assert asked == {line.split("=")[0].lstrip("#") for line in example.splitlines() if "=" in line}


def edge_rules(answer: int) -> set[str]:
    """On what the edge refuses a request with this status."""
    says = f"http-request deny deny_status {answer} if "
    lines = (line.partition("#")[0].strip() for line in EDGE.splitlines())
    return {line.removeprefix(says) for line in lines if line.startswith(says)}


def test_the_edge_refuses_what_two_servers_could_read_in_two_ways() -> None:
    """HAProxy itself refuses NUL and lengths that differ, and writes each line's end anew, unless it is told not to."""
    assert edge_rules(400) >= {
        "!{ req.hdr_cnt(host) eq 1 }",
        "{ req.hdr(transfer-encoding) -m found }",
        "{ req.hdr_cnt(content-length) gt 1 }",
    }
    assert edge_rules(413) == {"{ req.hdr_val(content-length) gt 262144 }"}
    assert edge_rules(405) == {"{ method TRACE CONNECT }"}
    assert not {"accept-invalid-http-request", "accept-unsafe-violations-in-http-request"} & set(EDGE.split())
