"""``_signal``: a handler runs wherever the signal finds the interpreter; what it raises is raised in the main task.

With threads a handler always runs in the main thread. Here it may interrupt any task, so handlers are wrapped: an
exception that comes out while another task runs is thrown into the main greenlet, wherever that waits. The module
``signal`` calls this one, so nothing has to be done there.
"""

from __future__ import annotations

import sys
from _signal import SIGINT, default_int_handler
from _signal import getsignal as native_getsignal
from _signal import signal as native_signal

from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime import identity

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
            if _may_raise(frame):
                raise
            hub = _hub()
            hub.throw(hub.main, error)


def _may_raise(frame: Any) -> bool:
    """Whether an exception that a handler raises now comes out in the main task, and does no harm on its way."""
    if identity.get_ident() != identity.native_ident():
        return False
    hub = _hub()
    return hub is None or identity.getcurrent() is not hub.loop and not hub.is_leaving(frame)


def _hub() -> Any:
    module = sys.modules.get("lazypatch.runtime.hub")
    return module.here.hub if module is not None else None


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
