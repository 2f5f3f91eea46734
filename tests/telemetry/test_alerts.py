"""The alert rules: each is told when it should be and only then, says what it means and what to do first, and is known."""

import re
from typing import Any

import pytest
import yaml

from keten.place import CHECKOUT
from tests.telemetry.promtool import FOLDER, promtool
from tests.telemetry.queries import RULES

TESTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
OPERATIONS = (CHECKOUT / "docs/operations.md").read_text()


def test_every_alert_is_told_when_it_should_be_and_is_silent_before() -> None:
    ran = promtool("test", "rules", "alerts_test.yml")

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_prometheus_takes_its_settings_and_rules() -> None:
    ran = promtool("check", "config", "prometheus.yml")

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("alert", [rule["alert"] for rule in RULES])
def test_an_alert_is_tested_and_explained(alert: str) -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == alert]
    told = [str(expected) for test in TESTS for expected in test["promql_expr_test"] if expected["exp_samples"]]

    assert any(f'alertname="{alert}"' in one for one in told), "a test in alerts_test.yml in which it is told"
    assert rule["labels"]["severity"] in ("page", "look")
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["description"].endswith(".")
    assert re.search(rf"^\| `{alert}` \|", OPERATIONS, re.MULTILINE), "a line in docs/operations.md"


def test_no_alert_is_explained_that_there_is_not() -> None:
    section = OPERATIONS.partition("**Alerts.**")[2].partition("\n# ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == {rule["alert"] for rule in RULES}
