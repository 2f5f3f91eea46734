"""What is asked of Prometheus: by the alert rules, and by the panels of the dashboards."""

import json
from typing import Any, Final

import yaml

from tests.telemetry.promtool import FOLDER

RULES: Final[list[dict[str, Any]]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]

DASHBOARDS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))
}

# Each target of a panel, by where it stands.
TARGETS: Final[dict[str, dict[str, str]]] = {
    f"{name}: {panel['title']} {target['refId']}": target
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
}

# Each query, by where it stands.
QUERIES: Final[dict[str, str]] = {f"alert {rule['alert']}": rule["expr"] for rule in RULES} | {
    where: target["expr"] for where, target in TARGETS.items()
}
