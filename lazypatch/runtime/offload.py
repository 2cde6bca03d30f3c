"""Native threads for calls that cannot be made to wait cooperatively.

Workers are started on demand, up to ``LIMIT``, and end after ``IDLE`` seconds without work.
"""

from __future__ import annotations

from _collections import deque

from lazypatch.base import originals
from lazypatch.runtime.waiters import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LIMIT = 32  # workers at most
IDLE = 5.0  # seconds

_allocate = originals.get("_thread", "allocate_lock")
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


class Pool:
    """Native worker threads, each asleep on a lock of its own while there is nothing to do."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._idle: list[Any] = []
        self.size = 0

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
        bell = _allocate()
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
    job.waiter.wait()
    if job.error is not None:
        try:
            raise job.error
        finally:
            job.error = None
    return job.result


def _after_fork_in_child() -> None:
    pool.__init__()  # type: ignore[misc]


originals.get("os", "register_at_fork")(after_in_child=_after_fork_in_child)
