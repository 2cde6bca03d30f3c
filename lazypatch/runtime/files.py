"""File objects for pipes, FIFOs, terminals and sockets, built like the interpreter's own.

The raw file waits cooperatively. The buffered ones are guarded by a lock of tasks: the interpreter's own lock knows
native threads only, and would take a second task for a reentrant call.
"""

from __future__ import annotations

import io

from lazypatch.runtime import pipes
from lazypatch.runtime.locks import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _repr(self: Any) -> str:
    shown = super(type(self), self).__repr__()
    return shown if shown.startswith("<_io.") else f"<_io.{shown[1:]}"


class File(io.FileIO):
    """A raw file."""

    def readinto(self, buffer: Any, /) -> Any:
        if self.readable():
            pipes.await_ready(self.fileno())
        return super().readinto(buffer)

    def read(self, size: int | None = -1, /) -> Any:
        if size is None or size < 0:
            return self.readall()
        if self.readable():
            pipes.await_ready(self.fileno())
        return super().read(size)

    def readall(self) -> Any:
        if not self.readable():
            return super().readall()
        parts: list[bytes] = []
        while part := self.read(io.DEFAULT_BUFFER_SIZE):
            parts.append(part)
        return None if part is None and not parts else b"".join(parts)

    def write(self, data: Any, /) -> Any:
        if not self.writable():
            return super().write(data)
        try:
            return pipes.write(self.fileno(), data)
        except BlockingIOError:
            return None

    __repr__ = _repr


def _guarded(kind: Any, name: str) -> Any:
    original = getattr(kind, name)

    def method(self: Any, *args: Any) -> Any:
        guard = self._guard
        try:
            guard.acquire()
        except (AttributeError, TypeError):  # the interpreter ends: the runtime is gone, and so are other threads
            return original(self, *args)
        try:
            return original(self, *args)
        finally:
            guard.release()

    method.__name__, method.__qualname__, method.__doc__ = name, f"{kind.__name__}.{name}", original.__doc__
    return method


class Reader(io.BufferedReader):
    """A buffered file to read from."""

    def __init__(self, raw: Any, size: int = io.DEFAULT_BUFFER_SIZE) -> None:
        self._guard = RLock()
        super().__init__(raw, size)

    for _name in ("close", "detach", "peek", "read", "read1", "readinto", "readinto1", "readline"):
        locals()[_name] = _guarded(io.BufferedReader, _name)
    del _name
    __repr__ = _repr


class Writer(io.BufferedWriter):
    """A buffered file to write to."""

    def __init__(self, raw: Any, size: int = io.DEFAULT_BUFFER_SIZE) -> None:
        self._guard = RLock()
        super().__init__(raw, size)

    for _name in ("close", "detach", "flush", "write"):
        locals()[_name] = _guarded(io.BufferedWriter, _name)
    del _name
    __repr__ = _repr


for _kind in (File, Reader, Writer):
    _base = _kind.__mro__[1]
    _kind.__module__, _kind.__name__, _kind.__qualname__ = "_io", _base.__name__, _base.__qualname__


def build(file: Any, mode: str, buffering: int, text: tuple[Any, Any, Any] | None, closefd: bool, opener: Any) -> Any:
    """What ``open`` returns for such a file.

    ``text``: encoding, errors and newline; None for a binary file. The arguments have been checked.
    """
    raw = File(file, mode.replace("b", "").replace("t", ""), closefd, opener)
    result: Any = raw
    try:
        if buffering == 0:
            return raw
        size = io.DEFAULT_BUFFER_SIZE if buffering in (-1, 1) else buffering
        kind: Any = io.BufferedRandom if "+" in mode else Reader if "r" in mode else Writer
        result = kind(raw, size)
        if text is not None:
            result = io.TextIOWrapper(result, *text, buffering == 1 or buffering < 0 and raw.isatty())
            result.mode = mode
        return result
    except BaseException:
        result.close()
        raise
