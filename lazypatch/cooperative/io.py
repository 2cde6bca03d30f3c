"""``io``: ``open`` gives cooperative file objects for pipes, FIFOs, terminals and sockets; files stay as ever."""

from __future__ import annotations

import _io
import os
import sys

from lazypatch.base import originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("io", ["open"])

files = LazyModule("lazypatch.runtime.files")
adopted_files = LazyModule("lazypatch.runtime.adopted_files")
pipes = LazyModule("lazypatch.runtime.pipes")
_REGULAR, _DIRECTORY, _FORMAT = 0o100000, 0o040000, 0o170000
_stat, _fstat = os.stat, os.fstat


@StandIn("io")
def open(
    _: Any,
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """Open a file and return a file object; arguments and errors are the original's."""
    text = None if "b" in mode else (encoding, errors, newline)
    if opener is not None or not _may_wait(file) or not _fits(mode, buffering, encoding, errors, newline):
        return originals.get("io", "open")(file, mode, buffering, encoding, errors, newline, closefd, opener)
    return files.build(file, mode, buffering, text, closefd, None if isinstance(file, int) else _open)


def _may_wait(file: Any) -> bool:
    try:
        status = _fstat(file) if isinstance(file, int) else _stat(file)
    except (OSError, TypeError, ValueError):  # the original will say so
        return False
    return status.st_mode & _FORMAT not in (_REGULAR, _DIRECTORY) and bool(pipes.kind_of(status))


def _fits(mode: str, buffering: int, encoding: Any, errors: Any, newline: Any) -> bool:
    """Whether the arguments go together; if not, the original says why."""
    letters = set(mode)
    if len(letters) != len(mode) or letters - set("rwxabt+") or len(letters & set("rwxa")) != 1:
        return False
    if "b" in letters:
        return "t" not in letters and encoding is errors is newline is None and buffering != 1
    return buffering != 0 and newline in (None, "", "\n", "\r", "\r\n")


def _open(path: Any, flags: int) -> int:
    return os.open(path, flags, 0o666)


def adopts() -> dict[Any, Any]:
    """File objects that exist; those that never wait load nothing."""
    return {_io.FileIO: _raw_files, _io.BufferedReader: _buffered_files, _io.BufferedWriter: _buffered_files}


def _raw_files(natives: list[Any]) -> list[Any]:
    standard = _standard()
    return [adopted_files.AdoptedFile(each) if _waits(each, standard) else None for each in natives]


def _buffered_files(natives: list[Any]) -> list[Any]:
    standard = _standard()
    chosen = [_waits(_raw_of(each), standard) for each in natives]
    return adopted_files.buffered_files(natives, chosen) if any(chosen) else [None] * len(natives)  # type: ignore[no-any-return]


def _raw_of(native: Any) -> Any:
    try:
        return native.raw
    except ValueError:  # detached
        return None


def _waits(raw: Any, standard: set[int]) -> bool:
    if type(raw) is not _io.FileIO or raw.closed or id(raw) in standard:
        return False
    return _may_wait(raw.fileno())


def _standard() -> set[int]:
    """The ids of the raw files of the standard streams, which belong to the flag ``sys``."""
    names = ("stdin", "stdout", "stderr")
    streams = [getattr(sys, name, None) for each in names for name in (each, f"__{each}__")]
    buffers = [getattr(stream, "buffer", None) for stream in streams]
    return {id(getattr(buffer, "raw", buffer)) for buffer in buffers}
