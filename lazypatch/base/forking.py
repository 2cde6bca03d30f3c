"""What is put right in a forked child, before any other code runs there.

The interpreter calls at-fork hooks in the order in which they were registered, and a user's may have come first.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_steps: "list[Callable[[], object]]" = []
_is_first = False


def in_child(step: "Callable[[], object]") -> "Callable[[], object]":
    """Decorate a function that takes no arguments: it is called in every forked child, in the order of decoration."""
    _steps.append(step)
    return step


def _in_child() -> None:
    for step in _steps:
        step()


def come_first() -> None:
    """Move our hook before all that were registered earlier; costs a look at the heap, once.

    The interpreter keeps the hooks in a list that has no name (Python/pystate.c: after_forkers_child).
    """
    global _is_first
    if _is_first:
        return
    _is_first = True
    from gc import get_referrers  # lazy: only a program that forks needs it

    for hooks in get_referrers(_in_child):
        if type(hooks) is list and hooks[0] is not _in_child and all(map(callable, hooks)):
            hooks.remove(_in_child)
            hooks.insert(0, _in_child)


os.register_at_fork(after_in_child=_in_child)
