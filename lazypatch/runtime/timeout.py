"""A limit on how long a block of code may wait."""

from __future__ import annotations

from time import monotonic

from greenlet import getcurrent

from lazypatch.runtime.hub import get_hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class _Expired(BaseException):
    """Travels through the block; no ``except Exception`` there can take it for an error of its own."""


class Timeout:
    """``with Timeout(seconds):`` raises TimeoutError out of the block if it waits past that moment.

    The clock starts at ``with``; None means no limit. Only waits are interrupted, never running code. Limits may
    be nested; each raises out of its own block.
    """

    __module__ = "lazypatch"

    def __init__(self, seconds: float | None) -> None:
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"Timeout takes a number of seconds that is not negative, or None, not {seconds!r}")
        self.seconds = seconds
        self.done = True

    def __enter__(self) -> Timeout:
        if not self.done:
            raise RuntimeError("this Timeout is in use; make one for each block")
        if self.seconds is not None:
            self.greenlet = getcurrent()
            self._error = _Expired(self)
            self.done = False
            get_hub().timers.push(monotonic() + self.seconds, self)
        return self

    def expire(self, when: float) -> None:
        """Called by the hub when the time is up."""
        self.done = True
        get_hub().throw(self.greenlet, self._error)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.seconds is None:
            return
        if not self.done:
            self.done = True
            get_hub().timers.stale += 1
        if error is self._error:
            raise TimeoutError(f"the block did not end within {self.seconds} seconds") from None
