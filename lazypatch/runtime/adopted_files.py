"""File objects on pipes, FIFOs, terminals and sockets that were made natively before activation.

The raw file is exchanged for one that waits, and has the native one, which closes the descriptor. A buffered file gets
that raw file in place, because a text file on top of it refers to it inside C; who else refers to it gets one with a
lock of tasks. What had been read already is given back first.
"""

from __future__ import annotations

import gc
import io
import os
import sys

from lazypatch.runtime import files, pipes
from lazypatch.runtime.poller import IN
from lazypatch.runtime.references import with_unknown_references

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KINDS = (io.BufferedReader, io.BufferedWriter, io.TextIOWrapper)


class AdoptedFile(files.File):
    """A raw file over the descriptor of a native one, which stays its owner.

    ``pending``: what a buffered file had read and not given out. Dropped without having been closed, it leaves closing,
    and the ResourceWarning, to the native one.
    """

    __slots__ = ("_is_dropped", "_native", "_pending")

    def __init__(self, native: Any, pending: bytearray | None = None) -> None:
        super().__init__(native.fileno(), native.mode.replace("b", ""), False)
        self.name = native.name
        self._native = native
        self._pending = bytearray() if pending is None else pending
        self._is_dropped = False

    closed = property(lambda self: self._native.closed)
    closefd = property(lambda self: self._native.closefd)

    def fileno(self) -> int:
        return self._native.fileno()  # type: ignore[no-any-return]

    def readinto(self, buffer: Any, /) -> Any:
        if not self._pending:
            return super().readinto(buffer)
        octets = memoryview(buffer).cast("B")
        taken = self._take(len(octets))
        octets[: len(taken)] = taken
        return len(taken)

    def read(self, size: int | None = -1, /) -> Any:
        if not self._pending or size is None or size < 0:
            return super().read(size)
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._pending[:size])
        del self._pending[:size]
        return taken

    def close(self) -> None:
        super().close()
        if not self._is_dropped and not getattr(self, "_finalizing", False):
            self._native.close()

    def _dealloc_warn(self, source: Any) -> None:
        self._is_dropped = True

    def __repr__(self) -> str:
        return repr(self._native)


AdoptedFile.__name__ = AdoptedFile.__qualname__ = "FileIO"


def buffered_files(natives: list[Any], chosen: list[bool]) -> list[Any]:
    """The cooperative ones for those buffered files that are chosen.

    None for the others, and for what another native thread may be using right now.
    """
    in_use = _in_use() if len(sys._current_frames()) > 1 else set()
    pairs = zip(natives, chosen, strict=True)
    return [_buffered(each) if wanted and id(each) not in in_use else None for each, wanted in pairs]


def _buffered(native: Any) -> Any:
    kind: Any = files.Writer
    pending = bytearray()
    if isinstance(native, io.BufferedReader):
        kind = files.Reader
        pending += _given_back(native)
    elif not _is_flushed(native):
        return None
    raw = native.raw
    native.__init__(AdoptedFile(raw, pending))
    return kind(AdoptedFile(raw, pending))


def _given_back(native: Any) -> bytes:
    """What a reader has read from its file and nobody has had yet; never waits."""
    fd = native.fileno()
    if pipes.is_ready(fd, IN) or not os.get_blocking(fd):
        return native.peek()  # type: ignore[no-any-return]
    os.set_blocking(fd, False)
    try:
        return native.peek()  # type: ignore[no-any-return]
    finally:
        os.set_blocking(fd, True)


def _is_flushed(native: Any) -> bool:
    """Whether all that was written is out, as far as that goes without waiting."""
    fd = native.fileno()
    was_blocking = os.get_blocking(fd)
    os.set_blocking(fd, False)
    try:
        native.flush()
    except (BlockingIOError, BrokenPipeError):
        return False
    finally:
        os.set_blocking(fd, was_blocking)
    return True


def _in_use() -> set[int]:
    """The ids of buffered files that a call in progress refers to."""
    used = with_unknown_references([each for each in gc.get_objects() if type(each) in _KINDS], io.BytesIO)
    return {id(each) for each in used} | {id(each.buffer) for each in used if type(each) is io.TextIOWrapper}
