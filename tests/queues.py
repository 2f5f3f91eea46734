"""Who of the workers of a run takes which tests.

Tests that have the containers to themselves are one queue for one worker: in two they only wait for each other. The rest
stays together by file and by the shape of the platform it runs on, and a worker keeps to one shape while it can, so that a
platform on one machine is not started anew for every file."""

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

ALONE, COMPOSE, MACHINE, NO_PLATFORM = "alone", "compose", "machine", "none"

# The first worker hurts the containers; until it has done so, the others keep away from them.
_FIRST = (ALONE, COMPOSE, NO_PLATFORM, MACHINE)
_OTHERS = (NO_PLATFORM, MACHINE, COMPOSE, ALONE)


def kind_of(test: str) -> str:
    """What a test, by its id, works on."""
    given = test.partition("[")[2]
    if test.startswith("tests/compose/") or (test.startswith("tests/torture/") and "in_containers" in test):
        return ALONE
    if given.startswith("compose"):
        return COMPOSE
    # Torture starts platforms of its own.
    return MACHINE if given.startswith("one machine") or test.startswith("tests/torture/") else NO_PLATFORM


class Queues(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Work units are the tests of one file on one shape. The smallest go first: they are the long ones."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{super()._split_scope(nodeid)} {kind_of(nodeid)}"

    def _assign_work_unit(self, node: WorkerController) -> None:
        order = _FIRST if node is self.nodes[0] else _OTHERS
        units = sorted(
            self.workqueue, key=lambda unit: (order.index(unit.rpartition(" ")[2]), len(self.workqueue[unit]))
        )
        self.workqueue.move_to_end(units[0], last=False)
        super()._assign_work_unit(node)
