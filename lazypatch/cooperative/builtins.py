"""``builtins``: ``open`` is that of ``io``; ``input`` waits cooperatively under the flag ``sys``."""

from __future__ import annotations

import sys

from lazypatch.base import originals
from lazypatch.base.patch import Patch, StandIn
from lazypatch.cooperative.io import open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("builtins", ["open"], under={"stdin": ["input"]}, copies={"open": ("io", "open")})

__all__ = ["PATCH", "input", "open"]


@StandIn("builtins")
def input(_: Any, prompt: object = "", /) -> str:
    """Read a line from standard input, without its line end; raises EOFError at the end.

    With ``readline`` loaded, a terminal is left to it: it edits lines, and blocks.
    """
    if "readline" in sys.modules and sys.stdin is not None and sys.stdin.isatty():
        return originals.get("builtins", "input")(prompt)  # type: ignore[no-any-return]
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name, None) is None:
            raise RuntimeError(f"input(): lost sys.{name}")
    sys.audit("builtins.input", prompt)
    sys.stderr.flush()
    sys.stdout.write(str(prompt))
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line")
    sys.audit("builtins.input/result", line.removesuffix("\n"))
    return line.removesuffix("\n")
