"""What a process that has come up does with its memory."""

import gc


def settle() -> None:
    """What is loaded by now stays for good, and is not looked through any more for what could be thrown away: such a look
    takes a fifth of a second, in which nobody is answered and nothing is heard."""
    gc.collect()
    gc.freeze()
