"""``sys``: the standard streams wait cooperatively when they are pipes, terminals or sockets; only if asked for."""

from __future__ import annotations

import io
import sys

from lazypatch.base.patch import Patch
from lazypatch.runtime import files, pipes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("sys", under={"stdin": ["stdin"], "stdout": ["stdout"], "stderr": ["stderr"]})

_BUFFERS: dict[Any, tuple[str, Any]] = {io.BufferedReader: ("r", files.Reader), io.BufferedWriter: ("w", files.Writer)}


def _cooperative(stream: Any) -> Any:
    """``stream`` anew over a cooperative buffer, if it is one of those that the interpreter makes and may wait."""
    if type(stream) is not io.TextIOWrapper:
        return stream
    mode, buffered = _BUFFERS.get(type(stream.buffer), ("w", lambda raw: raw))  # python -u has no buffer
    try:
        fd = stream.fileno()
        if not pipes.kind_of(pipes._fstat(fd)):
            return stream
        stream.flush()
        raw = files.File(fd, mode, False)
    except (OSError, ValueError):  # closed, or going the other way
        return stream
    raw.name = stream.name
    how = {"line_buffering": stream.line_buffering, "write_through": stream.write_through}
    text = io.TextIOWrapper(buffered(raw), stream.encoding, stream.errors, "\n", **how)
    text.mode = mode  # type: ignore[misc]
    return text


stdin, stdout, stderr = _cooperative(sys.stdin), _cooperative(sys.stdout), _cooperative(sys.stderr)


def undo() -> None:
    """What has been written goes out before anything that is written to the native streams."""
    for stream in (stdout, stderr):
        if stream is not None and not stream.closed:
            stream.flush()
