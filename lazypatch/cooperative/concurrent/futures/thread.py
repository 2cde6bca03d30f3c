"""``concurrent.futures.thread``: an executor made before activation has a native queue, on which native threads wait.

Those go on. A worker started later is a task, and waits for the queue in a native thread.
"""

from __future__ import annotations

import concurrent.futures.thread as _module

from lazypatch.base import originals
from lazypatch.base.patch import Patch
from lazypatch.runtime import identity
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
