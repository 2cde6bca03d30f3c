"""Waiting for child processes, without a handler for SIGCHLD.

One child's end is awaited on its pidfd (pidfd_open(2), Linux 5.3). Any child's, or a stop, has no descriptor: a native
thread looks on with ``waitid(WNOWAIT)``, which leaves the child to be reaped by those who wait. Where neither exists,
a growing pause lies between two looks.
"""

from __future__ import annotations

import sys
from time import monotonic

from lazypatch.base import forking, originals
from lazypatch.runtime.offload import start_native
from lazypatch.runtime.waiters import Waiter, nap, spend, wait_descriptor, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PAUSES = 0.0005, 0.05  # seconds: the first and the longest
_os: Any = sys.modules["os"]
_open = getattr(_os, "pidfd_open", None)
_waitid = originals.find("os", "waitid")
_watched: dict[tuple[int, int, int], list[Waiter]] = {}
forking.in_child(_watched.clear)


def await_exit(pid: int, deadline: float | None = None) -> bool:
    """Park until the process ``pid`` has ended, or has been reaped by somebody else; False if ``deadline`` came first.

    It is not reaped. May return early where the system has no pidfd: look again.
    """
    if _open is None:
        return _pause(deadline)
    try:
        fd = _open(pid)
    except ProcessLookupError:
        return True
    except OSError:  # no descriptor left, or forbidden by a sandbox
        return _pause(deadline)
    try:
        return wait_descriptor(fd, False, deadline, f"process {pid}")
    finally:
        _os.close(fd)


def _pause(deadline: float | None) -> bool:
    if deadline is not None and monotonic() >= deadline:
        return False
    nap(0.01, deadline, "process")
    return True


def reap(look: Callable[[], Any], idtype: int, ident: int, states: int) -> Any:
    """The first answer of ``look`` (a native wait with WNOHANG) that is not None.

    ``idtype``, ``ident`` and ``states`` say for whom and what it looks, as for ``os.waitid``. Raises what it raises.
    """
    pause, longest = _PAUSES
    while True:
        found = look()
        if found is not None:
            spend()
            return found
        if idtype == _os.P_PID and states == _os.WEXITED and _open is not None:
            await_exit(ident)
        elif idtype == getattr(_os, "P_PIDFD", None) and states == _os.WEXITED:
            wait_descriptor(ident, reason="process")
        elif _waitid is not None and hasattr(_os, "WNOWAIT"):
            _await_change((idtype, ident, states))
        else:
            nap(pause, None, "process")
            pause = min(pause * 2, longest)


def _await_change(key: tuple[int, int, int]) -> None:
    waiter = Waiter("process")
    queue = _watched.get(key)
    if queue is None:
        queue = _watched[key] = []
        queue.append(waiter)
        start_native(_watch, key, queue)
    else:
        queue.append(waiter)
    try:
        waiter.wait()
    finally:
        withdraw(queue, waiter)


def _watch(key: tuple[int, int, int], queue: list[Waiter]) -> None:
    """Runs in a native thread until something is there to be reaped."""
    idtype, ident, states = key
    try:
        _waitid(idtype, ident, states | _os.WNOWAIT)
    except OSError:  # those who wait will see it too
        pass
    _watched.pop(key, None)
    while queue:
        try:
            queue.pop(0).wake()
        except IndexError:  # withdrawn just now
            break
