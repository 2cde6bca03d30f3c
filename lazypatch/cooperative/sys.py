"""``sys``: standard input waits cooperatively when it is a pipe, a terminal or a socket; only if asked for."""

from __future__ import annotations

import io
import sys

from lazypatch.base.patch import Patch
from lazypatch.runtime import files, pipes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("sys", under={"sys": ["stdin"]})


def _cooperative(stream: Any) -> Any:
    """``stream`` anew over a cooperative buffer, if it is one of those that the interpreter makes and may wait."""
    if type(stream) is not io.TextIOWrapper or type(stream.buffer) is not io.BufferedReader:
        return stream
    try:
        fd = stream.fileno()
        if not pipes.kind_of(pipes._fstat(fd)):
            return stream
    except (OSError, ValueError):  # closed
        return stream
    text = files.build(fd, "r", -1, (stream.encoding, stream.errors, None), False, None)
    text.reconfigure(line_buffering=stream.line_buffering)
    return text


stdin = _cooperative(sys.stdin)
