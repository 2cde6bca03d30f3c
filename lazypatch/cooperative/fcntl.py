"""``fcntl``: file locks that would have to be waited for are waited for in a native thread."""

from __future__ import annotations

import fcntl as _module

from lazypatch.base import originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("fcntl", ["fcntl", "flock", "lockf"])

stand_in = StandIn("fcntl")
offload = LazyModule("lazypatch.runtime.offload")
_WAITING = {getattr(_module, name, None) for name in ("F_SETLKW", "F_SETLKW64", "F_OFD_SETLKW")} - {None}


@stand_in
def fcntl(_: Any, fd: Any, cmd: int, arg: Any = 0, /) -> Any:
    """Perform an operation on a descriptor; the ones that wait for a lock do so in a native thread."""
    call = originals.get("fcntl", "fcntl")
    return offload.apart(call, fd, cmd, arg) if cmd in _WAITING else call(fd, cmd, arg)


@stand_in
def flock(_: Any, fd: Any, operation: int, /) -> None:
    """Lock or unlock a file (flock(2))."""
    _lock("flock", fd, operation)


@stand_in
def lockf(_: Any, fd: Any, cmd: int, len: Any = 0, start: Any = 0, whence: int = 0, /) -> None:
    """Lock or unlock a part of a file (POSIX record locks)."""
    _lock("lockf", fd, cmd, len, start, whence)


def _lock(name: str, fd: Any, operation: int, *args: Any) -> None:
    """Without waiting if that succeeds; else in a native thread, which holds nobody up."""
    call = originals.get("fcntl", name)
    if not isinstance(operation, int) or operation & (_module.LOCK_NB | _module.LOCK_UN):
        call(fd, operation, *args)
        return
    try:
        call(fd, operation | _module.LOCK_NB, *args)
    except (BlockingIOError, PermissionError):
        offload.apart(call, fd, operation, *args)
