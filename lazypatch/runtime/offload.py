"""Native threads for calls that cannot be made to wait cooperatively.

Workers are started on demand, up to ``LIMIT``, and end after ``IDLE`` seconds without work.
"""

from __future__ import annotations

from _collections import deque

from lazypatch.base import forking, originals
from lazypatch.runtime.waiters import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LIMIT = 32  # workers at most
IDLE = 5.0  # seconds

_start = originals.get("_thread", "start_new_thread")


class _Job:
    """One call on its way through the pool."""

    __slots__ = ("call", "error", "result", "waiter")

    def __init__(self, call: tuple[Callable[..., Any], Any, Any], waiter: Waiter) -> None:
        self.call = call
        self.waiter = waiter
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        function, args, kwargs = self.call
        try:
            self.result = function(*args, **kwargs)
        except BaseException as error:
            self.error = error
        del function, args, kwargs
        self.waiter.wake()

    def outcome(self) -> Any:
        """Wait for the end of the call; returns or raises what it did."""
        self.waiter.wait()
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None
        return self.result


class Pool:
    """Native worker threads, each asleep on a lock of its own while there is nothing to do."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._idle: list[Any] = []
        self.size = 0
        self.apart = 0  # native threads that are ours, and not of the pool

    def submit(self, job: _Job) -> None:
        """Have ``job`` run soon."""
        self._jobs.append(job)
        try:
            self._idle.pop().release()
        except IndexError:
            if self.size < LIMIT:
                self.size += 1
                _start(self._work, ())

    def _work(self) -> None:
        bell = originals.native_lock()
        bell.acquire()
        while True:
            try:
                job = self._jobs.popleft()
            except IndexError:
                if not self._rest(bell):
                    return
            else:
                job.run()
                del job

    def _rest(self, bell: Any) -> bool:
        """Sleep until the bell rings; False when nothing came for so long that the worker may go."""
        self._idle.append(bell)
        rung = not self._jobs and bell.acquire(True, IDLE)
        if rung:
            return True
        try:
            self._idle.remove(bell)
        except ValueError:  # taken out, so it rings or will
            bell.acquire()
            return True
        if self._jobs:
            return True
        self.size -= 1
        return False


pool = Pool()


def offload(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Run ``function(*args, **kwargs)`` in a native thread and wait for it cooperatively.

    Returns what it returns and raises what it raises. If the wait is ended by an exception (a kill, a timeout), the
    call goes on in its thread and its result is dropped.
    """
    job = _Job((function, args, kwargs), Waiter(f"offload of {getattr(function, '__name__', function)}"))
    pool.submit(job)
    return job.outcome()


def apart(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """``offload`` for a call that may take for ever: it gets a native thread of its own and keeps none from others."""
    job = _Job((function, args, kwargs), Waiter(f"offload of {getattr(function, '__name__', function)}"))
    start_native(job.run)
    return job.outcome()


def start_native(function: Callable[..., Any], /, *args: Any) -> None:
    """Run ``function(*args)`` in a native thread that is not counted among the program's; it must not raise."""
    pool.apart += 1
    _start(_run_apart, (function, args))


def _run_apart(function: Callable[..., Any], args: Any) -> None:
    try:
        function(*args)
    finally:
        pool.apart -= 1


@forking.in_child
def _begin_anew() -> None:
    pool.__init__()  # type: ignore[misc]
