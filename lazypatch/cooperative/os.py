"""``os``: reading from pipes, ptys and sockets waits cooperatively; regular files are read as ever."""

from __future__ import annotations

from lazypatch.base import originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("os", ["read"])

waiters = LazyModule("lazypatch.runtime.waiters")


@StandIn("os")
def read(_: Any, fd: int, length: int, /) -> bytes:
    """Read at most ``length`` bytes from a descriptor."""
    if originals.get("os", "get_blocking")(fd):
        try:
            waiters.wait_descriptor(fd, reason="read")
        except PermissionError:  # a regular file: it never has to be waited for
            pass
    return originals.get("os", "read")(fd, length)  # type: ignore[no-any-return]
