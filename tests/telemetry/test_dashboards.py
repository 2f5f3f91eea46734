"""Dashboards and alerts speak of what the platform exports, and of all of it; no label tells of anybody."""

import re

import pytest
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from chassis import metrics
from tests.telemetry.queries import DASHBOARDS, QUERIES

EXPORTED: dict[str, MetricWrapperBase] = {
    made._name: made for made in vars(metrics).values() if isinstance(made, MetricWrapperBase)
}
# What Prometheus adds by itself.
OWN = {"up": {"job", "instance"}}

# Each holds names and codes of ours. A new one needs a thought: whoever reads metrics may not learn of anybody.
LABELS = {"service", "route", "method", "status", "package", "outcome", "kind", "state", "step", "role"}

_NAME = re.compile(r"\b(?:keten_\w+|up)\b(?=\{|\[|\)| |$)")
_SELECTOR = re.compile(r"\b(keten_\w+|up)\{([^}]*)\}")


def metric_of(series: str) -> str:
    """The metric that a series belongs to: a histogram has three, a counter's ends in `_total`."""
    bare = re.sub(r"_(bucket|sum|count|total)$", "", series)
    return bare if bare in EXPORTED else series


@pytest.mark.parametrize("where", QUERIES)
def test_a_query_asks_for_what_is_exported_with_labels_that_it_has(where: str) -> None:
    asked = _NAME.findall(QUERIES[where])

    assert asked
    assert {metric_of(series) for series in asked} <= EXPORTED.keys() | OWN.keys()
    for series, selector in _SELECTOR.findall(QUERIES[where]):
        has = OWN.get(series) or {*EXPORTED[metric_of(series)]._labelnames, "le"}
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)) <= has


@pytest.mark.parametrize("metric", EXPORTED)
def test_what_is_exported_is_looked_at(metric: str) -> None:
    assert any(metric_of(series) == metric for query in QUERIES.values() for series in _NAME.findall(query))


@pytest.mark.parametrize("metric", EXPORTED)
def test_no_label_tells_of_anybody(metric: str) -> None:
    assert set(EXPORTED[metric]._labelnames) <= LABELS
    assert "service" in EXPORTED[metric]._labelnames


def test_a_series_of_each_kind_is_named_as_it_is_exported() -> None:
    for query in QUERIES.values():
        for series in set(_NAME.findall(query)) - OWN.keys():
            made = EXPORTED[metric_of(series)]
            assert (metric_of(series) != series) is (made._type in ("histogram", "counter")), series
            assert not (series.endswith("_bucket") and not isinstance(made, Histogram))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one_that_grafana_can_show(name: str) -> None:
    dashboard = DASHBOARDS[name]
    cells = [
        (column, row)
        for at in (panel["gridPos"] for panel in dashboard["panels"])
        for column in range(at["x"], at["x"] + at["w"])
        for row in range(at["y"], at["y"] + at["h"])
    ]

    assert dashboard["uid"] == f"keten-{name}"
    assert len(cells) == len(set(cells)), "no panel lies on another"
    assert max(column for column, _ in cells) < 24
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert all(panel["title"] and panel["description"] for panel in dashboard["panels"])
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "service"}
