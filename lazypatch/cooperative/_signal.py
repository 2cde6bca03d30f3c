"""``_signal``: a handler runs wherever the signal finds the interpreter; what it raises is raised in the main task.

``signal.signal`` calls this module's, so nothing has to be done there. With threads a handler always runs in the main thread. Here it may interrupt any task, so handlers are wrapped: an
exception that comes out while another task runs is thrown into the main greenlet, wherever that waits.
"""

from __future__ import annotations

from _signal import SIGINT, default_int_handler
from _signal import getsignal as native_getsignal
from _signal import signal as native_signal

from greenlet import getcurrent

from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime.hub import here
from lazypatch.runtime.identity import bearer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("_signal", ["getsignal", "signal"])

stand_in = StandIn("_signal")


class Handler:
    """A user's handler, with its exceptions sent to where the main thread waits."""

    __slots__ = ("handler",)

    def __init__(self, handler: Any) -> None:
        self.handler = handler

    def __call__(self, number: int, frame: Any) -> None:
        try:
            self.handler(number, frame)
        except BaseException as error:
            hub = here.hub
            if hub is None or bearer() is hub.main and getcurrent() is not hub.loop and not hub.is_leaving(frame):
                raise
            hub.throw(hub.main, error)


def _unwrapped(handler: Any) -> Any:
    return handler.handler if isinstance(handler, Handler) else handler


@stand_in
def signal(_: Any, signalnum: int, handler: Any, /) -> Any:
    """Set a handler; returns the one before, as it was given."""
    wrapped = Handler(handler) if callable(handler) and not isinstance(handler, int) else handler
    return _unwrapped(native_signal(signalnum, wrapped))


@stand_in
def getsignal(_: Any, signalnum: int, /) -> Any:
    """The handler as it was given."""
    return _unwrapped(native_getsignal(signalnum))


def repair(names: dict[str, Any]) -> None:
    """The handler of Ctrl-C is set before anything else runs."""
    if native_getsignal(SIGINT) is default_int_handler:
        native_signal(SIGINT, Handler(default_int_handler))


