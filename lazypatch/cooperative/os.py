"""``os``: children, and descriptors of pipes, terminals and sockets, are waited for cooperatively."""

from __future__ import annotations

import os
import sys

from lazypatch.base import forking, originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch(
    "os",
    ["open", "read", "system", "write"],
    optional=["fork", "forkpty", "readv", "sendfile", "writev"],
    follows=["fdopen", "popen", "posix_spawn", "posix_spawnp", "spawnl", "spawnle", "spawnv", "spawnve"],
    under={"waitpid": ["wait", "wait3", "wait4", "waitid", "waitpid"]},
)

stand_in = StandIn("os")
children = LazyModule("lazypatch.runtime.children")
offload = LazyModule("lazypatch.runtime.offload")
pipes = LazyModule("lazypatch.runtime.pipes")
_S_IFMT, _S_IFIFO = 0o170000, 0o010000


@stand_in
def open(_: Any, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    """Open a file; opening a FIFO waits for the other end in a native thread."""
    native = originals.get("os", "open")
    if not isinstance(flags, int) or flags & (os.O_NONBLOCK | os.O_RDWR | os.O_CREAT) or not _is_fifo(path, dir_fd):
        return native(path, flags, mode, dir_fd=dir_fd)  # type: ignore[no-any-return]
    return offload.apart(native, path, flags, mode, dir_fd=dir_fd)  # type: ignore[no-any-return]


def _is_fifo(path: Any, dir_fd: int | None) -> bool:
    try:
        return os.stat(path, dir_fd=dir_fd).st_mode & _S_IFMT == _S_IFIFO
    except (OSError, TypeError, ValueError):  # opening it will say so
        return False


@stand_in
def read(_: Any, fd: int, length: int, /) -> bytes:
    """Read at most ``length`` bytes from a descriptor."""
    return pipes.read(fd, length)  # type: ignore[no-any-return]


@stand_in
def readv(_: Any, fd: int, buffers: Any, /) -> int:
    """Read from a descriptor into several buffers."""
    return pipes.readv(fd, buffers)  # type: ignore[no-any-return]


@stand_in
def write(_: Any, fd: int, data: Any, /) -> int:
    """Write to a descriptor; returns the number of bytes written."""
    return pipes.write(fd, data)  # type: ignore[no-any-return]


@stand_in
def writev(_: Any, fd: int, buffers: Any, /) -> int:
    """Write several buffers to a descriptor."""
    return pipes.writev(fd, buffers)  # type: ignore[no-any-return]


@stand_in
def sendfile(_: Any, out_fd: int, in_fd: int, offset: int | None, count: int, *rest: Any, **options: Any) -> int:
    """Copy from one descriptor to another inside the kernel."""
    if rest or options or not sys.platform.startswith("linux"):
        return originals.get("os", "sendfile")(out_fd, in_fd, offset, count, *rest, **options)  # type: ignore[no-any-return]
    return pipes.sendfile(out_fd, in_fd, offset, count)  # type: ignore[no-any-return]


@stand_in
def system(_: Any, command: Any) -> int:
    """Run a command in a shell; returns its exit status."""
    return offload.apart(originals.get("os", "system"), command)  # type: ignore[no-any-return]


@stand_in
def fork(_: Any, /) -> int:
    """Fork a child, in which only the calling task lives on. Returns 0 there, and the child's pid here."""
    forking.come_first()
    return originals.get("os", "fork")()  # type: ignore[no-any-return]


@stand_in
def forkpty(_: Any, /) -> tuple[int, int]:
    """Fork a child with a terminal of its own. Returns its pid (0 in the child) and the terminal's master."""
    forking.come_first()
    return originals.get("os", "forkpty")()  # type: ignore[no-any-return]


@stand_in
def waitpid(_: Any, pid: int, options: int, /) -> tuple[int, int]:
    """Wait for a child; returns its pid and status."""
    return _wait(originals.get("os", "waitpid"), (pid,), pid, options)  # type: ignore[no-any-return]


@stand_in
def wait(_: Any, /) -> tuple[int, int]:
    """Wait for any child; returns its pid and status."""
    return _wait(originals.get("os", "waitpid"), (-1,), -1, 0)  # type: ignore[no-any-return]


@stand_in
def wait3(_: Any, options: int) -> tuple[int, int, Any]:
    """Wait for any child; returns its pid, status and use of resources."""
    return _wait(originals.get("os", "wait3"), (), -1, options)  # type: ignore[no-any-return]


@stand_in
def wait4(_: Any, pid: int, options: int) -> tuple[int, int, Any]:
    """Wait for a child; returns its pid, status and use of resources."""
    return _wait(originals.get("os", "wait4"), (pid,), pid, options)  # type: ignore[no-any-return]


def _wait(native: Any, args: tuple[int, ...], pid: int, options: int) -> Any:
    if not isinstance(options, int) or not isinstance(pid, int) or options & os.WNOHANG:
        return native(*args, options)

    def look() -> Any:
        found = native(*args, options | os.WNOHANG)
        return found if found[0] else None

    states = os.WEXITED
    states |= os.WSTOPPED if options & os.WUNTRACED else 0
    states |= os.WCONTINUED if options & os.WCONTINUED else 0
    if pid > 0:
        return children.reap(look, os.P_PID, pid, states)
    if pid == -1:
        return children.reap(look, os.P_ALL, 0, states)
    return children.reap(look, os.P_PGID, os.getpgrp() if pid == 0 else -pid, states)


@stand_in
def waitid(_: Any, idtype: int, id: int, options: int, /) -> Any:
    """Wait for a change of a child; returns what is known of it."""
    native = originals.get("os", "waitid")
    if not isinstance(options, int) or options & os.WNOHANG:
        return native(idtype, id, options)
    states = options & (os.WEXITED | os.WSTOPPED | os.WCONTINUED)
    return children.reap(lambda: native(idtype, id, options | os.WNOHANG), idtype, id, states)


def _in_sets(old: Any, new: Any) -> None:
    """``os.supports_dir_fd`` and its kin list functions; ``shutil`` looks there."""
    for functions in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
        if old in functions:
            functions.discard(old)
            functions.add(new)


def repair(names: dict[str, Any]) -> None:
    """The functions keep what the module says of them."""
    for name, native in names.items():
        _in_sets(native, globals()[name])


def undo() -> None:
    """The natives are listed again."""
    for name in PATCH.names({}):
        _in_sets(globals()[name], getattr(os, name, None))
