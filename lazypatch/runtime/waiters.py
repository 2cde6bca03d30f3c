"""One parked greenlet, and the wait for a descriptor that somebody else owns.

Whoever takes a waiter out of the queue it stands in has the right, and the duty, to wake it: ``list.pop`` and
``list.remove`` are atomic, so exactly one thread does. That is all the locking there is.
"""

from __future__ import annotations

import os
import sys
from time import monotonic

from greenlet import getcurrent

from lazypatch.runtime.hub import WAITS, get_hub, here, spend
from lazypatch.runtime.poller import IN, OUT, READABLE, WRITABLE

__all__ = [
    "WAITS",
    "Candidate",
    "Waiter",
    "deadline_of",
    "get_hub",
    "give_back",
    "sleep_until",
    "spend",
    "wait_descriptor",
    "withdraw",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lazypatch.runtime.hub import Hub


class Waiter:
    """The current greenlet, about to wait for one thing.

    ``reason`` says in a few words for what, and ``since`` when (``time.monotonic`` of the loop's round); reports
    show both. A waiter serves once.
    """

    done = False
    expired = False
    timed = False

    def __init__(self, reason: str) -> None:
        self.hub = hub = here.hub or get_hub()
        self.since = hub.now
        self.greenlet = getcurrent()
        self.reason = reason

    def wake(self) -> None:
        """End the wait. Any thread may call this, once."""
        if self.done:
            return
        self.done = True
        hub = self.hub
        if self.timed:
            hub.timers.stale += 1
        hub.ready.append(self.greenlet)
        if hub.asleep:
            hub.alarm.ring()

    def release(self) -> None:
        """``wake`` for a waiter that stands among those of a ``threading.Condition``.

        Raises RuntimeError, which ``notify`` takes as "try the next one", if the wait has ended otherwise.
        """
        if self.done or self.hub.gone:
            raise RuntimeError("waiter has given up")
        self.wake()

    def move(self, hub: Hub) -> None:
        """Wait in another hub from now on: in a forked child."""
        self.hub = hub

    def expire(self, when: float) -> None:
        """Called by the hub when the deadline has come."""
        self.done = self.expired = True
        self.hub.unpark(self.greenlet)

    def wait(self, deadline: float | None = None) -> bool:
        """Park until woken (True) or until ``deadline``, in seconds of ``time.monotonic`` (False).

        An exception thrown into the greenlet comes out of here; the waiter is done then.
        """
        hub = self.hub
        if deadline is not None and not self.done:
            self.timed = True
            hub.timers.push(deadline, self)
        early = 0
        try:
            if not self.done:
                hub.park()
            while not self.done:
                early += 1
                self.hub.park()
        except BaseException:
            self.done = True
            raise
        if early:
            give_back(early)
        return not self.expired


class Candidate(Waiter):
    """A waiter for a lock: it may be woken several times before it gets it.

    ``told``: woken because the lock was free; ``granted``: the lock has been handed over.
    """

    told = False
    granted = False


def give_back(early: int) -> None:
    """Resume the current greenlet ``early`` more times, if it has a wait inside a wait.

    A finalizer or signal handler that blocks does so on top of the wait that was going on, and may be resumed by
    what was meant for the outer one. Without a wait further up the stack such a resumption is stale.
    """
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code in WAITS:
            hub, me = get_hub(), getcurrent()
            for _ in range(early):
                hub.unpark(me)
            return
        frame = frame.f_back  # type: ignore[assignment]


def withdraw(queue: list[Any], waiter: Any) -> bool:
    """Take ``waiter`` out of ``queue``; False if somebody else has taken it out, and so woken it."""
    try:
        queue.remove(waiter)
    except ValueError:
        return False
    return True


class _Watch:
    """Those who wait for one raw descriptor in one hub: one-shot and level-triggered."""

    __slots__ = ("fd", "hub", "readers", "watching", "writers")

    def __init__(self, hub: Hub, fd: int) -> None:
        self.hub = hub
        self.fd = fd
        self.readers: list[Waiter] = []
        self.writers: list[Waiter] = []
        self.watching = False

    def update(self) -> None:
        """Tell the poller for what somebody waits now."""
        mask = (IN if self.readers else 0) | (OUT if self.writers else 0)
        if mask:
            try:
                self.hub.poller.once(self.fd, mask, self.watching)
            except FileNotFoundError:  # closed meanwhile, and the number is another file's now
                self.hub.poller.once(self.fd, mask, False)
            self.watching = True
        elif self.watching:
            self.hub.watched.pop(self.fd, None)
            self.hub.poller.ignore(self.fd)

    def fire(self, mask: int) -> None:
        for bits, queue in ((READABLE, self.readers), (WRITABLE, self.writers)):
            while mask & bits and queue:
                queue.pop(0).wake()
        self.update()


def wait_descriptor(
    fd: int,
    write: bool = False,
    deadline: float | None = None,
    reason: str = "descriptor",
    enlist: Callable[[Waiter], None] | None = None,
) -> bool:
    """Park until ``fd`` may be read (or written); False if ``deadline`` came first.

    ``enlist`` is given the waiter, so that the wait can be ended early. The descriptor belongs to the caller and is not
    watched any more afterwards. Raises OSError for a descriptor that is not open or cannot be polled (EPERM: a regular
    file, which never has to be waited for).
    """
    hub = get_hub()
    watch = hub.watched.get(fd)
    if watch is None:
        watch = _Watch(hub, fd)
    elif type(watch) is not _Watch:  # a socket that is watched for its owner: wait on a descriptor of our own
        copy = os.dup(fd)
        try:
            return wait_descriptor(copy, write, deadline, reason, enlist)
        finally:
            os.close(copy)
    waiter = Waiter(reason)
    if enlist is not None:
        enlist(waiter)
    queue = watch.writers if write else watch.readers
    queue.append(waiter)
    try:
        watch.update()
        hub.watched[fd] = watch
        return waiter.wait(deadline)
    finally:
        if withdraw(queue, waiter):
            watch.update()


def sleep_until(deadline: float | None, reason: str = "sleep") -> None:
    """Park until ``deadline``, in seconds of ``time.monotonic``; None: until an exception ends it."""
    Waiter(reason).wait(deadline)


def nap(seconds: float, deadline: float | None, reason: str) -> None:
    """Park for ``seconds``, but not beyond ``deadline``: between two looks at what has no descriptor."""
    sleep_until(moment(seconds, deadline), reason)


def moment(seconds: float, deadline: float | None) -> float:
    """The moment ``seconds`` from now, but not beyond ``deadline``."""
    until = monotonic() + seconds
    return until if deadline is None else min(until, deadline)


WAITS.add(Waiter.wait.__code__)


def deadline_of(timeout: float | None) -> float | None:
    """The moment ``timeout`` seconds from now; None, or a negative number, means never."""
    return None if timeout is None or timeout < 0 else monotonic() + timeout
