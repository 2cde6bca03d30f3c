"""``io``: ``open`` gives cooperative file objects for pipes, FIFOs, terminals and sockets; files stay as ever."""

from __future__ import annotations

import _io
import os

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
    """File objects that exist."""
    buffered = adopted_files.buffered_files
    return {_io.FileIO: adopted_files.raw_files, _io.BufferedReader: buffered, _io.BufferedWriter: buffered}
