"""``asyncio.events``: a running event loop belongs to a task, not to its native thread.

The interpreter notes the running loop, its current task and the hooks for asynchronous generators per native thread. A
task that has a running loop takes them along whenever it gives up the native thread. A loop that is not asyncio's own,
such as uvloop's, waits natively; it lets the other tasks run every few milliseconds.
"""

from __future__ import annotations

import sys
from asyncio import events as _module

from lazypatch.base import originals
from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime.hub import Hub, get_hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("asyncio.events", ["_set_running_loop"])

_get: Any = _module._get_running_loop  # type: ignore[attr-defined]
_set: Any = originals.get("asyncio.events", "_set_running_loop")


@StandIn("asyncio.events")
def _set_running_loop(_: Any, loop: Any, /) -> None:
    """Note ``loop`` as the one that runs in the calling task; None: none does."""
    hub = get_hub()
    if type(hub) is Hub:
        hub.__class__ = LoopHub
    before = _get()
    _set(loop)
    if loop is None:
        handle = _turns.pop(id(before), None)
        if handle is not None:
            handle.cancel()
    elif not _waits_cooperatively(loop):
        _turns[id(loop)] = loop.call_soon(_turn, loop)


BUSY, IDLE = 0.002, 0.02  # seconds between two turns in a native loop: while there are tasks, and while there are none
_turns: dict[int, Any] = {}


def _waits_cooperatively(loop: Any) -> bool:
    own = getattr(sys.modules.get("asyncio.base_events"), "BaseEventLoop", None)
    return own is None or isinstance(loop, own) or not hasattr(loop, "call_later")


def _turn(loop: Any) -> None:
    """Called by a loop that waits natively."""
    hub = get_hub()
    hub.left = 0  # by way of the loop, which looks at timers and descriptors
    hub.pause()
    _turns[id(loop)] = loop.call_later(BUSY if len(hub.tasks) > 0 else IDLE, _turn, loop)


class LoopHub(Hub):
    """A hub in whose native thread an event loop has run."""

    __slots__ = ()

    def park(self) -> None:
        """Park without the running loop."""
        loop = _get()
        if loop is None:
            return Hub.park(self)
        hooks = sys.get_asyncgen_hooks()
        task = _swap_task(loop, None)
        _set(None)
        sys.set_asyncgen_hooks(None, None)
        try:
            return Hub.park(self)
        finally:
            _set(loop)
            sys.set_asyncgen_hooks(*hooks)
            _swap_task(loop, task)


def _swap_task(loop: Any, task: Any) -> Any:
    """Before 3.14 the current task is noted per loop, and stays."""
    if sys.version_info < (3, 14):
        return None
    return sys.modules["asyncio.tasks"]._swap_current_task(loop, task)  # type: ignore[attr-defined]


def repair(names: dict[str, Any]) -> None:
    """The package has a copy."""
    package = sys.modules.get("asyncio")
    if hasattr(package, "_set_running_loop"):
        package._set_running_loop = _set_running_loop  # type: ignore[union-attr]


def undo() -> None:
    """The package has a copy."""
    package = sys.modules.get("asyncio")
    if hasattr(package, "_set_running_loop"):
        package._set_running_loop = _set  # type: ignore[union-attr]
