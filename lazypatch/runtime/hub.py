"""The hub: the loop of one native thread, made at the thread's first blocking call.

A greenlet that has to wait *parks*: it switches straight to the next greenlet of the ready queue, and only when
that is empty, or a round is over, to the loop, which asks the kernel what else can go on. Whoever makes the awaited
thing true *unparks* it: appends it to the ready queue of its hub, which any thread may do.

A greenlet can be resumed before its time, so every wait loops on its own condition (see ``waiters.Waiter.wait``).
"""

from __future__ import annotations

import os
from _collections import deque
from time import monotonic

from greenlet import getcurrent, greenlet

from lazypatch.base import originals
from lazypatch.runtime import identity
from lazypatch.runtime.poller import IN, Alarm, Poller
from lazypatch.runtime.timers import Timers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROUND = 16  # a round is the greenlets that were ready at its start, and this many more


class Hub:
    """Ready queue, timers and poller of one native thread."""

    __slots__ = (
        "__weakref__",
        "alarm",
        "asleep",
        "left",
        "loop",
        "main",
        "now",
        "poller",
        "ready",
        "tasks",
        "timers",
        "watched",
    )

    def __init__(self) -> None:
        self.main = _outermost(getcurrent())
        self.ready: deque[Any] = deque()
        self.timers = Timers()
        self.tasks: dict[Any, None] = {}  # keeps every live task, parked ones too
        self.watched: dict[int, Any] = {}
        self.now = monotonic()
        self.left = 0
        self.asleep = False
        self.poller: Any = Poller()
        self.alarm = Alarm()
        self.poller.once(self.alarm.fd, IN, False)
        self.loop = greenlet(self._run, self.main)

    def park(self) -> None:
        """Give up the native thread until the current greenlet is resumed, which may be too early."""
        ready = self.ready
        if self.left > 0 and ready:
            self.left -= 1
            target = ready.popleft()
            target.switch()
            return
        if getcurrent() is self.loop:  # a finalizer or signal handler blocks inside the loop: the role passes on
            self.loop = greenlet(self._run, self.main)
        self.loop.switch()

    def is_leaving(self, frame: Any) -> bool:
        """Whether a signal handler that interrupted ``frame`` must not raise there.

        Between taking a greenlet out of the ready queue and switching to it, an exception would lose the greenlet.
        """
        return frame is not None and frame.f_code in _LEAVING and "target" not in frame.f_locals

    def unpark(self, target: Any) -> None:
        """Let ``target`` (anything with ``switch()``) go on soon. Any thread may call this."""
        self.ready.append(target)
        if self.asleep:
            self.alarm.ring()

    def pause(self) -> None:
        """Let every other ready greenlet have its turn."""
        ready = self.ready
        ready.append(getcurrent())
        if self.left > 0:
            self.left -= 1
            target = ready.popleft()
            target.switch()
        else:
            self.park()

    def throw(self, target: Any, error: BaseException) -> None:
        """Raise ``error`` in ``target``, wherever it is parked. Any thread may call this."""
        self.ready.appendleft(Throw(self, target, error))
        if self.asleep:
            self.alarm.ring()

    def close(self) -> None:
        """Give the kernel's resources back; the hub is of no use any more."""
        self.poller.close()
        self.alarm.close()

    def _run(self) -> None:
        me, ready = getcurrent(), self.ready
        while self.loop is me:
            try:
                self._turn()
                if ready:
                    ready.popleft().switch()
            except BaseException as error:  # a signal handler raised: that is the main thread's business
                self.throw(self.main, error)
        me.parent = self.loop

    def _turn(self) -> None:
        ready, timers = self.ready, self.timers
        self.now = monotonic()
        if timers:
            for when, item in timers.due(self.now):
                item.expire(when)
        if not ready:
            self._poll(timers.next())
        elif self.watched:
            self._dispatch(self.poller.poll(0))
        self.left = len(ready) + ROUND

    def _poll(self, until: float | None) -> None:
        self.asleep = True
        try:  # asleep first, then look: whoever unparks appends first, then looks whether we are asleep
            timeout = 0 if self.ready else None if until is None else max(until - monotonic(), 0)
            events = self.poller.poll(timeout)
        finally:
            self.asleep = False
        self._dispatch(events)

    def _dispatch(self, events: list[tuple[int, int]]) -> None:
        watched = self.watched
        for fd, mask in events:
            if fd in watched:
                watched[fd].fire(mask)
            elif fd == self.alarm.fd:
                self.alarm.fire(mask)
                self.poller.once(fd, IN, True)


_LEAVING = {Hub.park.__code__, Hub.pause.__code__}


class Throw:
    """An entry of the ready queue that resumes a greenlet by raising an exception in it."""

    __slots__ = ("error", "hub", "target")

    def __init__(self, hub: Hub, target: Any, error: BaseException) -> None:
        self.hub = hub
        self.target = target
        self.error = error

    def switch(self) -> None:
        """Drop the other entries of the target, which would resume it too early later, and raise."""
        ready, target = self.hub.ready, self.target
        while target in ready:
            ready.remove(target)
        target.throw(self.error)


class _Here(originals.get("_thread", "_local")):  # type: ignore[misc]
    """What each native thread knows: its hub."""

    hub: Hub | None = None
    guard: _Guard | None = None


class _Guard:
    """Dies with its native thread, and takes the hub's descriptors along."""

    __slots__ = ("hub",)

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def __del__(self) -> None:
        self.hub.close()


here = _Here()


def get_hub() -> Hub:
    """The hub of the calling native thread, made when it is first asked for."""
    hub = here.hub
    if hub is None:
        hub = here.hub = Hub()
        here.guard = _Guard(hub)
    return hub


BUDGET = 100  # operations that did not have to wait, before the others get a turn
_spent = 0


def spend() -> None:
    """Called by an operation that does not wait: every so often, give the others a turn.

    A thread would be interrupted sooner or later; a task has to give way itself, or a loop that tries and tries
    would wait for ever for a task that never runs.
    """
    global _spent
    _spent += 1
    if _spent >= BUDGET:
        _spent = 0
        hub = get_hub()
        if getcurrent() is not hub.loop:
            hub.pause()


def _outermost(current: Any) -> Any:
    while current.parent is not None:
        current = current.parent
    return current


def _after_fork_in_child() -> None:
    guard, here.guard, here.hub = here.guard, None, None
    if guard is not None:
        guard.hub.close()
        guard.__class__ = _Spent


class _Spent(_Guard):
    __slots__ = ()

    def __del__(self) -> None:
        pass


identity.getcurrent = getcurrent
os.register_at_fork(after_in_child=_after_fork_in_child)
