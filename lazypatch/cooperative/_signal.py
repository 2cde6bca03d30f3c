"""``_signal``: handlers run in the main task, on top of whatever it does or waits for, and may block and raise.

The interpreter calls a handler in the main native thread, in whichever task runs there. The main task may be parked
meanwhile: then it is resumed for the handler, and goes on to wait. The module ``signal`` calls this one, so nothing has
to be done there.
"""

from __future__ import annotations

import sys
from _signal import NSIG, SIG_BLOCK, SIG_SETMASK
from _signal import getsignal as native_getsignal
from _signal import signal as native_signal
from _weakref import ref
from time import monotonic

from lazypatch.base import forking, originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

PATCH = Patch(
    "_signal",
    ["getsignal", "raise_signal", "set_wakeup_fd", "signal"],
    optional=["pause", "pthread_kill", "pthread_sigmask", "sigtimedwait", "sigwait", "sigwaitinfo"],
)

stand_in = StandIn("signal")
hubs = LazyModule("lazypatch.runtime.hub")
waiters = LazyModule("lazypatch.runtime.waiters")
_LOOKS = 0.0005, 0.02  # seconds between two looks for a blocked signal: at first, at most
_paused: list[Any] = []
_calls = [0]  # of handlers
_postponed: list[BaseException] = []


class Handler:
    """A user's handler, called in the main task."""

    __slots__ = ("handler",)

    def __init__(self, handler: Any) -> None:
        self.handler = handler

    def __call__(self, number: int, frame: Any) -> None:
        hub = _hub()
        if hub is None or _runs_main(hub):
            self._call(number, frame)
        elif not hub.is_parked(hub.main):  # by a switch of the user's own, of which we know nothing
            try:
                self._call(number, None)
            except BaseException as error:
                hub.throw(hub.main, error)
        elif identity.getcurrent() is hub.loop or _is_ours(frame):
            hub.send(hub.main, lambda: self._call(number, _users(sys._getframe())))
        else:
            hub.interrupt(hub.main, lambda: self._call(number, _users(sys._getframe())))

    def _call(self, number: int, frame: Any) -> None:
        try:
            if _postponed:
                raise _postponed.pop()
            self.handler(number, _users(frame))
        except BaseException as error:
            if not _is_ours(frame):
                raise
            _postpone(number, error)
        finally:
            _calls[0] += 1
            while _paused:
                _paused.pop().wake()


def _runs_main(hub: Any) -> bool:
    return identity.bearer() is hub.main and identity.getcurrent() is not hub.loop


def _postpone(number: int, error: BaseException) -> None:
    """Raise ``error`` when the signal comes again, in a moment: amid the runtime's own code it would lose a wakeup."""
    _postponed.append(error)
    kill = originals.get("_signal", "pthread_kill")
    originals.get("_thread", "start_new_thread")(kill, (identity.native_ident(), number))


def _is_ours(frame: Any, floors: tuple[str, ...] = ("lazypatch.runtime.",)) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__")).startswith(floors)


def _users(frame: Any) -> Any:
    """The frame that the user sees interrupted."""
    while _is_ours(frame, ("lazypatch.runtime.", "lazypatch.cooperative.")) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _hub() -> Any:
    here = getattr(sys.modules.get("lazypatch.runtime.hub"), "here", None)  # a signal may come while that is loaded
    return here.hub if here is not None else None


def _unwrapped(handler: Any) -> Any:
    return handler.handler if isinstance(handler, Handler) else handler


def _spend() -> None:
    if _hub() is not None:
        waiters.spend()


def _is_main(hub: Any) -> bool:
    return hub is None or identity.bearer() is hub.main


def _check_main(what: str) -> None:
    """Raise what the original raises in a thread that is not the main one."""
    if not _is_main(_hub()):
        raise ValueError(f"{what} only works in main thread of the main interpreter")


@stand_in
def signal(_: Any, signalnum: int, handler: Any, /) -> Any:
    """Set a handler; returns the one before, as it was given. Raises ValueError outside the main thread."""
    _check_main("signal")
    _spend()
    wrapped = Handler(handler) if callable(handler) and not isinstance(handler, int) else handler
    return _unwrapped(native_signal(signalnum, wrapped))


@stand_in
def getsignal(_: Any, signalnum: int, /) -> Any:
    """The handler as it was given."""
    return _unwrapped(native_getsignal(signalnum))


@stand_in
def raise_signal(_: Any, signalnum: int, /) -> None:
    """Send a signal to the calling process."""
    originals.get("_signal", "raise_signal")(signalnum)
    _spend()


@stand_in
def set_wakeup_fd(_: Any, fd: int, /, **options: bool) -> int:
    """Have the numbers of signals written to a descriptor. Raises ValueError outside the main thread."""
    _check_main("set_wakeup_fd")
    return originals.get("_signal", "set_wakeup_fd")(fd, **options)  # type: ignore[no-any-return]


@stand_in
def pause(_: Any, /) -> None:
    """Wait until a handler has run."""
    before = _calls[0]
    waiter = waiters.Waiter("signal")  # loads the runtime, and a signal may come meanwhile
    _paused.append(waiter)
    try:
        if _calls[0] == before:
            waiter.wait()
    finally:
        waiters.withdraw(_paused, waiter)


@stand_in
def sigwait(_: Any, sigset: Iterable[int], /) -> Any:
    """Wait for one of the signals, which the caller has blocked; returns its number."""
    return _accept(set(sigset), None).si_signo


@stand_in
def sigwaitinfo(_: Any, sigset: Iterable[int], /) -> Any:
    """Wait for one of the signals, which the caller has blocked; returns what is known of it."""
    return _accept(set(sigset), None)


@stand_in
def sigtimedwait(_: Any, sigset: Iterable[int], timeout: float, /) -> Any:
    """``sigwaitinfo`` for ``timeout`` seconds; None if no signal came."""
    signals = set(sigset)
    if not isinstance(timeout, (int, float)) or timeout <= 0:
        return originals.get("_signal", "sigtimedwait")(signals, timeout)
    return _accept(signals, monotonic() + timeout)


def _accept(signals: set[int], deadline: float | None) -> Any:
    """There is no descriptor to wait for without signalfd(2): look now and then, which steals no signal."""
    look = originals.get("_signal", "sigtimedwait")
    pause, longest = _LOOKS
    while True:
        found = look(signals, 0)
        if found is not None or deadline is not None and monotonic() >= deadline:
            return found
        waiters.nap(pause, deadline, "signal")
        pause = min(pause * 2, longest)


@stand_in
def pthread_kill(_: Any, thread_id: int, signalnum: int, /) -> None:
    """Send a signal to a thread; a task's is its native thread's."""
    originals.get("_signal", "pthread_kill")(hubs.native_thread_of(thread_id), signalnum)


@stand_in
def pthread_sigmask(_: Any, how: int, mask: Iterable[int], /) -> set[int]:
    """Change the calling thread's mask, and return the one before. The native thread's is the main task's."""
    native = originals.get("_signal", "pthread_sigmask")
    if _is_main(_hub()):
        return native(how, mask)  # type: ignore[no-any-return]
    me = ref(identity.bearer(), _masks.pop)
    before = native(SIG_SETMASK, _masks[me]) if me in _masks else native(SIG_BLOCK, ())
    try:
        return native(how, mask)  # type: ignore[no-any-return]
    finally:
        _masks[me] = native(SIG_SETMASK, before)


_masks: dict[Any, set[int]] = {}


@forking.in_child
def _forget() -> None:
    _paused.clear()


def repair(names: dict[str, Any]) -> None:
    """Handlers that are set already; that of Ctrl-C is set before anything else runs."""
    for number in range(1, NSIG):
        handler = native_getsignal(number)
        if callable(handler) and not isinstance(handler, (int, Handler)):
            try:
                native_signal(number, Handler(handler))
            except ValueError:  # not in the main thread
                return


def undo() -> None:
    """The interpreter gets the users' handlers back."""
    for number in range(1, NSIG):
        handler = native_getsignal(number)
        if isinstance(handler, Handler):
            try:
                native_signal(number, handler.handler)
            except ValueError:  # not in the main thread
                return
