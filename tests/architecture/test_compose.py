"""docker-compose.yml and the gateway's routes: every service is there, and nobody has more than he needs."""

import re
from typing import Any

import pytest
import yaml

from contracts.services import SERVICES
from keten.place import CHECKOUT

_FILE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = _FILE["services"]
WATCHING = {name for name, container in CONTAINERS.items() if container.get("profiles") == ["telemetry"]}
PUBLISHED = {"gateway", "mail", "prometheus", "alertmanager", "zipkin"}

# Run once, or for as long as a command takes; nothing is restarted, and nothing waited for.
ON_CALL = {"migrate", "operator"}

# Run once, or for as long as a command takes; nothing is restarted, and nothing waited for.
ON_CALL = {"migrate", "operator"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_process_that_answers_and_one_that_hears(service: str) -> None:
    assert CONTAINERS[service]["command"].startswith(f"run answer {service} ")
    assert CONTAINERS[f"{service}-hear"]["command"] == f"run hear {service}"
    assert CONTAINERS["gateway"]["depends_on"][service] == {"condition": "service_healthy"}


def test_the_gateway_knows_every_service_and_no_internal_route() -> None:
    routes = (CHECKOUT / "deploy/compose/routes.yaml").read_text()

    for listed in re.findall(r"range list (.*?) }}", routes):
        assert tuple(re.findall(r'"(\w+)"', listed)) == SERVICES
    assert "8001" not in routes


def test_what_people_look_at_is_published_on_loopback_and_nothing_else() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}

    assert set(published) == PUBLISHED
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_gateway_sees_only_what_answers() -> None:
    beside = {name for name, container in CONTAINERS.items() if "edge" in container["networks"]}

    assert beside == {"gateway", "front", *SERVICES}
    assert CONTAINERS["gateway"]["networks"] == ["edge"]
    assert _FILE["networks"]["data"]["internal"]
    assert _FILE["networks"]["log"]["internal"]


def test_who_catches_mail_reaches_nobody_but_who_sends_it() -> None:
    beside = {name for name, container in CONTAINERS.items() if {"post", "outside"} & set(container["networks"])}

    assert set(CONTAINERS["mail"]["networks"]) == {"post", "outside"}
    assert beside == {"mail", "documents-work"}
    assert _FILE["networks"]["post"]["internal"]


def test_nothing_of_the_object_store_is_reached_without_its_keys() -> None:
    said = CONTAINERS["s3"]["command"].split()

    assert [word for word in said if word.startswith(("-ip", "-s3"))] == [
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        "-s3.ip.bind=0.0.0.0",
        "-s3.config=/run/keten/s3-server.json",
    ]


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_has_what_it_needs_and_no_more(name: str) -> None:
    container = CONTAINERS[name]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", container["user"]), "not as root"
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["read_only"] is True
    assert container["mem_limit"]
    assert container["pids_limit"]
    assert "privileged" not in container
    assert re.fullmatch(r"[\w./-]+:(\$\{KETEN_TAG:-latest\}|v?\d[\d.]*)", container["image"]), "an exact tag"
    if name not in ON_CALL:
        assert container["restart"] == "unless-stopped"
        assert container["healthcheck"]["test"]


def test_no_log_keeps_what_a_backup_is_made_of() -> None:
    assert CONTAINERS["operator"]["logging"] == {"driver": "none"}
    assert CONTAINERS["operator"]["profiles"], "it is not started with the rest"


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_secret_stands_in_an_environment_and_folders_are_only_read(name: str) -> None:
    container = CONTAINERS[name]

    assert not [
        said for said in container.get("environment", {}) if re.search(r"PASSWORD(?!_FILE)|SECRET_|TOKEN", said)
    ]
    for mounted in container.get("volumes", []):
        assert not mounted.startswith((".", "$")) or mounted.endswith(":ro")
        assert "docker.sock" not in mounted


def test_who_sees_inside_reaches_metrics_and_takes_traces_and_is_asked_by_nobody_else() -> None:
    assert {name: CONTAINERS[name]["networks"] for name in WATCHING} == {
        "prometheus": ["data", "watch"],
        "alertmanager": ["watch"],
        "collector": ["data", "watch"],
        "zipkin": ["watch"],
    }
    assert {name for name, container in CONTAINERS.items() if "watch" in container["networks"]} == WATCHING


def test_every_process_is_asked_for_its_metrics() -> None:
    settings = yaml.safe_load((CHECKOUT / "deploy/telemetry/prometheus.yml").read_text())
    asked = {job["job_name"]: job["static_configs"][0]["targets"] for job in settings["scrape_configs"]}

    for kind, targets in asked.items():
        ours = [name for name, container in CONTAINERS.items() if f"run {kind} " in container.get("command", "") + " "]
        assert sorted(targets) == sorted(f"{name}:8002" for name in ours)
    assert _FILE["x-settings"]["KETEN_METRICS"] == "0.0.0.0:8002"
