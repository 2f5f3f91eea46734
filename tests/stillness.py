"""When the machine stood still. A virtual machine can be held for some seconds, and then every wait ends at once: who reads
why a test failed wants to know."""

import threading
import time
from datetime import UTC, datetime

_LOOK = 0.25
# Less is what a busy machine does all the time (seconds).
WORTH_TELLING = 3.0


class Stillness(threading.Thread):
    """Looks at the clock four times a second, and keeps when it could not."""

    def __init__(self) -> None:
        super().__init__(name="stillness", daemon=True)
        self.found: list[tuple[datetime, float]] = []
        self._over = threading.Event()

    def run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(_LOOK):
            now = time.monotonic()
            if (late := now - last - _LOOK) > WORTH_TELLING:
                self.found.append((datetime.now(UTC), late))
            last = now

    def end(self) -> list[str]:
        """What to tell of it."""
        self._over.set()
        return [f"until {at:%H:%M:%S} UTC for {seconds:.1f} s" for at, seconds in self.found]
