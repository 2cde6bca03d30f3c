"""``concurrent.futures.thread``: an executor made before activation has a native queue, on which native threads wait.

Those go on. A worker started later is a task, and waits for the queue in a native thread. The executor's locks, under
which it starts threads, are replaced.
"""

from __future__ import annotations

import concurrent.futures.thread as _module
import os

from lazypatch.base import originals
from lazypatch.base.patch import Patch
from lazypatch.runtime import identity
from lazypatch.runtime.locks import Lock
from lazypatch.runtime.offload import apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("concurrent.futures.thread", ["_worker"])

_native_worker: Any = _module._worker  # type: ignore[attr-defined]


class _Offloaded:
    """A native queue whose ``get`` waits in a native thread."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self.put = queue.put
        self.get_nowait = queue.get_nowait

    def get(self, block: bool = True) -> Any:
        return apart(self._queue.get) if block else self.get_nowait()


def _worker(*args: Any) -> None:
    native = originals.find("_queue", "SimpleQueue")
    if identity.get_ident() != identity.native_ident():
        args = tuple(_Offloaded(argument) if type(argument) is native else argument for argument in args)
    _native_worker(*args)


def repair(names: dict[str, Any]) -> None:
    """The locks of the module and of the executors that are alive."""
    from gc import get_objects  # lazy: only a module that is loaded is repaired

    native = originals.get("_thread", "LockType")
    shared = _module._global_shutdown_lock  # type: ignore[attr-defined]
    if type(shared) is native and not shared.locked():
        lock: Any = Lock()
        _module._global_shutdown_lock = lock  # type: ignore[attr-defined]
        os.register_at_fork(before=lock.acquire, after_in_child=lock._at_fork_reinit, after_in_parent=lock.release)
    for executor in get_objects():
        if issubclass(type(executor), _module.ThreadPoolExecutor):
            own: Any = executor._shutdown_lock
            if type(own) is native and not own.locked():
                executor._shutdown_lock = Lock()
