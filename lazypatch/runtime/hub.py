"""The hub: the loop of one native thread, made at the thread's first blocking call.

A greenlet that has to wait *parks*: it switches straight to the next greenlet of the ready queue, and only when
that is empty, or a round is over, to the loop, which asks the kernel what else can go on. Whoever makes the awaited
thing true *unparks* it: appends it to the ready queue of its hub, which any thread may do.

A greenlet can be resumed before its time, so every wait loops on its own condition (see ``waiters.Waiter.wait``);
and it can be resumed for an *errand*, a function that it has to call on top of its wait.
"""

from __future__ import annotations

import sys
from _collections import deque
from _weakref import ref
from time import monotonic

from greenlet import getcurrent, greenlet

from lazypatch.base import forking, originals
from lazypatch.runtime import identity
from lazypatch.runtime.poller import IN, Alarm, Poller
from lazypatch.runtime.timers import Timers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST = 86400  # seconds of one poll: more may overflow a C integer
ROUND = 16  # a round is the greenlets that were ready at its start, and this many more


class Hub:
    """Ready queue, timers and poller of one native thread."""

    __slots__ = (
        "__weakref__",
        "alarm",
        "asleep",
        "gone",
        "is_apart",
        "left",
        "loop",
        "main",
        "now",
        "past",
        "poller",
        "ready",
        "tasks",
        "thread",
        "timers",
        "watched",
    )

    def __init__(self) -> None:
        self.main = identity.bearer()  # where signals are handled: in a forked child, the task that forked
        self.thread = identity.native_ident()
        self.ready: deque[Any] = deque()
        self.timers = Timers()
        self.tasks: dict[Any, None] = {}  # keeps every live task, parked ones too
        self.watched: dict[int, Any] = {}
        self.now = monotonic()
        self.left = 0
        self.asleep = False
        self.is_apart = not identity.is_main_thread(self.thread)  # the interpreter does not wait for this native thread
        self.gone = False  # in a forked child: this was the parent's, and none of its greenlets runs again
        self.past: Hub | None = None
        self.poller: Any = Poller()
        self.alarm = Alarm()
        self.poller.once(self.alarm.fd, IN, False)
        self.loop = greenlet(self._run, self.main)
        _hubs.add(ref(self, _hubs.discard))

    def park(self) -> None:
        """Give up the native thread until the current greenlet is resumed, which may be too early."""
        ready = self.ready
        if self.left > 0 and ready:
            self.left -= 1
            target = ready.popleft()
            errand = target.switch()
        elif self.is_apart and getcurrent() is self.main and not self.tasks:
            errand = self._wait_alone()
        else:
            if getcurrent() is self.loop:  # a finalizer or signal handler blocks inside the loop: the role passes on
                self.loop = greenlet(self._run, self.main)
            errand = self.loop.switch()
        if errand:
            errand()

    def _wait_alone(self) -> Any:
        """Do what the loop does, without a switch, until somebody is ready.

        When the interpreter ends, a native daemon thread that wakes is ended by unwinding its stack (take_gil in
        Python/ceval_gil.c, until 3.13), and that of a greenlet which is not the thread's main one leads nowhere.
        """
        self._turn()
        while not self.ready:
            self._turn()
        return self.ready.popleft().switch()

    def is_parked(self, target: Any) -> bool:
        """Whether ``target`` has given up the native thread here (and not by a switch of the user's own)."""
        frame = target.gr_frame
        return frame is not None and frame.f_code in _PARKED

    def unpark(self, target: Any) -> None:
        """Let ``target`` (anything with ``switch()``) go on soon. Any thread may call this."""
        self.ready.append(target)
        if self.asleep:
            self.alarm.ring()

    def pause(self) -> None:
        """Let every other ready greenlet have its turn."""
        me = getcurrent()
        ready = self.ready
        ready.append(me)
        try:
            if self.left > 0 and type(self) is Hub:  # park(), without the call
                self.left -= 1
                target = ready.popleft()
                errand = target.switch()
                if errand:
                    errand()
            else:
                self.park()
        except BaseException:
            if me in ready:
                ready.remove(me)
            raise

    def throw(self, target: Any, error: BaseException) -> None:
        """Raise ``error`` in ``target``, wherever it is parked. Any thread may call this."""
        self.ready.appendleft(Throw(self, target, error))
        if self.asleep:
            self.alarm.ring()

    def send(self, target: Any, errand: Callable[[], object]) -> None:
        """Have the parked ``target`` call ``errand`` on top of its wait, as the next thing to happen."""
        self.ready.appendleft(Errand(target, errand))
        if self.asleep:
            self.alarm.ring()

    def interrupt(self, target: Any, errand: Callable[[], object]) -> None:
        """Like ``send``, but now: the current greenlet goes on when ``target`` parks again."""
        self.ready.appendleft(getcurrent())
        target.switch(errand)

    def close(self) -> None:
        """Give the kernel's resources back; the hub is of no use any more."""
        self.poller.close()
        self.alarm.close()

    def _run(self, wanted: Any = None) -> None:
        me, ready = getcurrent(), self.ready
        while self.loop is me and not self.gone:
            try:
                while wanted:
                    start, wanted = wanted, None
                    wanted = start.switch()
                self._turn()
                if ready:
                    wanted = ready.popleft().switch()
            except BaseException as error:  # a signal handler raised: that is the main thread's business
                if not self.gone:
                    self.throw(self.main, error)
        me.parent = get_hub().loop if self.gone else self.loop

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
            timeout = 0 if self.ready else None if until is None else min(max(until - monotonic(), 0), LONGEST)
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


class Start:
    """An entry of the ready queue that starts a greenlet, and does that from the loop.

    A greenlet's stack begins where it is started. If each were started from the one before, the last would begin
    thousands of frames deep.
    """

    __slots__ = ("hub", "target")

    def __init__(self, hub: Hub, target: Any) -> None:
        self.hub = hub
        self.target = target

    def switch(self) -> Any:
        loop = self.hub.loop
        return self.target.switch() if getcurrent() is loop else loop.switch(self)


class Errand:
    """An entry of the ready queue that resumes a greenlet in order that it calls a function."""

    __slots__ = ("errand", "target")

    def __init__(self, target: Any, errand: Callable[[], object]) -> None:
        self.target = target
        self.errand = errand

    def switch(self) -> Any:
        return self.target.switch(self.errand)


class Throw:
    """An entry of the ready queue that resumes a greenlet by raising an exception in it."""

    __slots__ = ("error", "hub", "target")

    def __init__(self, hub: Hub, target: Any, error: BaseException) -> None:
        self.hub = hub
        self.target = target
        self.error = error

    def switch(self) -> Any:
        """Drop the other entries of the target, which would resume it too early later, and raise."""
        ready, target = self.hub.ready, self.target
        while target in ready:
            ready.remove(target)
        return target.throw(self.error)


_PARKED = {Hub.park.__code__, Hub.pause.__code__, Start.switch.__code__, Errand.switch.__code__, Throw.switch.__code__}


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
        if sys.flags.interactive or sys.flags.inspect or hasattr(sys, "ps1"):
            from lazypatch.runtime import prompt  # lazy: mostly there is none

            prompt.install()
    return hub


_hubs: set[Any] = set()


def native_thread_of(ident: int) -> int:
    """The ident of the native thread in which the task ``ident`` runs; any other ident as it is."""
    for hub in [reference() for reference in list(_hubs)]:
        if hub is not None and any(task.ident == ident for task in list(hub.tasks)):
            return hub.thread  # type: ignore[no-any-return]
    return ident


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


@forking.in_child
def _begin_anew() -> None:
    """Only the greenlet that forked lives on, in a hub of its own; nothing resumes the others, nor unwinds them."""
    old = here.hub
    if old is None:
        return
    old.gone = True
    old.close()
    hub = here.hub = Hub()
    here.guard = _Guard(hub)
    hub.is_apart = False
    hub.past = old
    me = hub.main
    if me in old.tasks:
        me.hub = hub
        hub.tasks[me] = None
    survivors = {getcurrent(), me}
    for wait in _waits_of(sys._getframe()) + _waits_of(me.gr_frame):
        wait.move(hub)
    for when, item in old.timers:
        if getattr(item, "greenlet", None) in survivors:
            hub.timers.push(when, item)


def _waits_of(frame: Any) -> list[Any]:
    """The waits on top of which code runs: a signal handler or a finalizer may have forked in the middle of one."""
    found = []
    while frame is not None:
        if frame.f_code in WAITS:
            found.append(frame.f_locals["self"])
        frame = frame.f_back
    return found


WAITS: set[Any] = set()  # the methods in which greenlets are parked
identity.getcurrent = getcurrent
