"""``time``: sleeping lets the other tasks run."""

from __future__ import annotations

from time import monotonic

from lazypatch.base import originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("time", ["sleep"])

waiters = LazyModule("lazypatch.runtime.waiters")


@StandIn("time")
def sleep(_: Any, seconds: float, /) -> None:
    """Let the other tasks run for ``seconds``; 0 gives each ready task a turn.

    Raises ValueError and TypeError like the original.
    """
    if not isinstance(seconds, (float, int)):
        originals.get("time", "sleep")(0 if hasattr(seconds, "__index__") else seconds)
        seconds = seconds.__index__()
    if seconds > 0:
        waiters.Waiter("sleep").wait(monotonic() + seconds)
    elif seconds == 0:
        waiters.get_hub().pause()
    else:
        originals.get("time", "sleep")(seconds)
