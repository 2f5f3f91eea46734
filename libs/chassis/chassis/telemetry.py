"""How a process lets itself be seen: its traces leave, and its metrics are shown, as its settings say."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis import metrics, traces
from chassis.settings import Settings


@contextmanager
def seen(settings: Settings) -> Iterator[None]:
    """While this is entered. Raises OSError when the port of the metrics is taken."""
    if settings.metrics is not None:
        metrics.serve(settings.metrics)
    if settings.otlp is None:
        yield
        return
    end = traces.begin(traces.otlp(str(settings.otlp)), ratio=settings.trace_ratio, instance=settings.instance)
    try:
        yield
    finally:
        end()
