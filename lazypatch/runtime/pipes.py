"""Raw descriptors: pipes, FIFOs, terminals, and sockets that are used by number. They stay in blocking mode.

The mode of a descriptor belongs to all processes that share it, so it is not touched. Whether a call would block is
asked of poll(2) first. A write goes in pieces that fit whenever poll says that there is room: ``PIPE_BUF`` for pipes
(pipe(7)), less for terminals. A regular file is always ready, and nothing changes for it.
"""

from __future__ import annotations

import sys
from stat import S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK

from lazypatch.base import originals
from lazypatch.runtime import poller
from lazypatch.runtime.poller import IN, OUT
from lazypatch.runtime.waiters import spend, wait_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PIECES = {S_IFCHR: 256}  # bytes; a terminal's driver takes at least so many, or it is not ready
PIECE = 4096
SENDFILE_PIECE = 16384
_MEMORY_DEVICES = 1  # the major number of /dev/null, /dev/zero, /dev/urandom: never to be waited for
_MSG_DONTWAIT, _SOCK_STREAM, _SOCK_NONBLOCK, _AF_UNIX = 0x40, 1, 0o4000, 1

_os: Any = sys.modules["os"]
_read, _write, _fstat = originals.get("os", "read"), originals.get("os", "write"), _os.fstat


def kind_of(status: Any) -> int:
    """The file type (a constant of ``stat``) of what may have to be waited for; 0 for what never has to."""
    kind = S_IFMT(status.st_mode) or S_IFIFO  # eventfd, inotify and their like have none
    if kind in (S_IFREG, S_IFDIR, S_IFBLK) or kind == S_IFCHR and _os.major(status.st_rdev) == _MEMORY_DEVICES:
        return 0
    return kind


def is_ready(fd: int, mask: int) -> bool:
    """Whether a read (or write) of ``fd`` has something to say at once, if only an error."""
    if fd < 0:
        return True
    look = poller._poll()
    look.register(fd, mask)
    return bool(look.poll(0))


def is_blocking(fd: int) -> bool:
    """The mode that the user of ``fd`` sees: that of a socket which lazypatch looks after is in its record."""
    sockets = sys.modules.get("lazypatch.runtime.descriptors")
    record = sockets.records[fd] if sockets is not None and fd < len(sockets.records) else None
    if record is not None and record.owner() is not None:
        return record.timeout is None
    return originals.get("os", "get_blocking")(fd)  # type: ignore[no-any-return]


def await_ready(fd: int, mask: int = IN) -> bool:
    """Park until ``fd`` is ready; False if the user has made it non-blocking, and it is not."""
    spend()
    while not is_ready(fd, mask):
        if not is_blocking(fd):
            return False
        _check(fd, mask)
        wait_descriptor(fd, mask == OUT, reason="write" if mask == OUT else "read")
    return True


def _check(fd: int, mask: int) -> None:
    """Raise OSError (EBADF) for the wrong end of a pipe, which is never ready: a call for no bytes never waits."""
    if S_IFMT(_fstat(fd).st_mode) == S_IFIFO:
        _write(fd, b"") if mask == OUT else _read(fd, 0)


def read(fd: int, length: int) -> bytes:
    """``os.read``."""
    return _reading(_read, fd, length)  # type: ignore[no-any-return]


def readv(fd: int, buffers: Any) -> int:
    """``os.readv``."""
    return _reading(originals.get("os", "readv"), fd, buffers)  # type: ignore[no-any-return]


def _reading(call: Callable[..., Any], fd: int, argument: Any) -> Any:
    while True:
        waits = isinstance(fd, int) and await_ready(fd)
        try:
            return call(fd, argument)
        except BlockingIOError:  # a socket, and somebody else was faster
            if not waits or not is_blocking(fd):
                raise


def write(fd: int, data: Any) -> int:
    """``os.write``."""
    kind = kind_of(_fstat(fd)) if isinstance(fd, int) else 0
    if not kind or not is_blocking(fd):
        return _write(fd, data)  # type: ignore[no-any-return]
    try:
        octets = memoryview(data).cast("B")
    except TypeError:  # the original says why
        return _write(fd, data)  # type: ignore[no-any-return]
    with octets:
        if kind == S_IFSOCK:
            return _send(fd, octets)
        size, piece, done = len(octets), PIECES.get(kind, PIECE), 0
        while True:
            await_ready(fd, OUT)
            done += _write(fd, octets[done : done + piece])
            if done >= size:
                return done


def _send(fd: int, octets: Any) -> int:
    """A socket by number can be asked not to block just this once."""
    sock = originals.get("_socket", "socket")(_AF_UNIX, _SOCK_STREAM | _SOCK_NONBLOCK, 0, fd)
    try:
        done = 0
        while True:
            try:
                done += sock.send(octets[done:], _MSG_DONTWAIT)
            except BlockingIOError:
                wait_descriptor(fd, True, reason="write")
            if done >= len(octets):
                return done
    finally:
        sock.detach()


def writev(fd: int, buffers: Any) -> int:
    """``os.writev``."""
    if not isinstance(fd, int) or not kind_of(_fstat(fd)) or not is_blocking(fd):
        return originals.get("os", "writev")(fd, buffers)  # type: ignore[no-any-return]
    try:
        data = b"".join(buffers)
    except TypeError:
        return originals.get("os", "writev")(fd, buffers)  # type: ignore[no-any-return]
    return write(fd, data)


def sendfile(out: int, source: int, offset: int | None, count: int) -> int:
    """``os.sendfile``, as Linux has it: all of ``count`` bytes, or up to the end of the file."""
    call = originals.get("os", "sendfile")
    if not kind_of(_fstat(out)) or not is_blocking(out):
        return call(out, source, offset, count)  # type: ignore[no-any-return]
    done = 0
    while done < count:
        await_ready(out, OUT)
        try:
            sent = call(out, source, offset if offset is None else offset + done, min(count - done, SENDFILE_PIECE))
        except BlockingIOError:
            continue
        if sent == 0:
            break
        done += sent
    return done
