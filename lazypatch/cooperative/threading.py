"""``threading``: the stdlib's own code on top of a cooperative ``_thread``, with shorter ways for what is hot.

Imported after activation, the module picks all of ``_thread`` up by itself; imported before, its copies of those
names are replaced.
"""

from __future__ import annotations

import sys
import threading
from time import monotonic

from greenlet import getcurrent
from greenlet import settrace as on_switch

from lazypatch.base import originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch
from lazypatch.cooperative import _thread
from lazypatch.runtime.hub import get_hub
from lazypatch.runtime.locks import Lock, RLock
from lazypatch.runtime.waiters import Waiter, spend, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch(
    "threading",
    [
        "Condition._is_owned",
        "Condition.wait",
        "Lock",
        "Semaphore.__enter__",
        "Semaphore.acquire",
        "Semaphore.release",
        "Thread.is_alive",
        "_CRLock",
        "_allocate_lock",
        "get_ident",
        "local",
        "setprofile",
        "settrace",
    ],
    until={(3, 13): ["Thread._wait_for_tstate_lock", "_maintain_shutdown_locks", "_set_sentinel", "_start_new_thread"]},
    since={
        (3, 12): ["setprofile_all_threads", "settrace_all_threads"],
        (3, 13): [
            "Thread.join",
            "_LockType",
            "_ThreadHandle",
            "_make_thread_handle",
            "_start_joinable_thread",
            "_thread_shutdown",
        ],
        (3, 14): ["_set_name"],
    },
    under={"Event": ["Event.is_set", "Event.set", "Event.wait"]},
    follows=["Barrier", "BoundedSemaphore", "Condition", "Event", "RLock", "Semaphore", "Thread", "Timer"],
    copies={
        "Lock": ("_thread", "lock" if sys.version_info >= (3, 13) else "allocate_lock"),
        "_CRLock": ("_thread", "RLock"),
        "_LockType": ("_thread", "LockType"),
        "_ThreadHandle": ("_thread", "_ThreadHandle"),
        "_allocate_lock": ("_thread", "allocate_lock"),
        "_make_thread_handle": ("_thread", "_make_thread_handle"),
        "_set_name": ("_thread", "set_name"),
        "_set_sentinel": ("_thread", "_set_sentinel"),
        "_start_joinable_thread": ("_thread", "start_joinable_thread"),
        "_start_new_thread": ("_thread", "start_new_thread"),
        "_thread_shutdown": ("_thread", "_shutdown"),
        "get_ident": ("_thread", "get_ident"),
        "local": ("_thread", "_local"),
    },
)

offload = LazyModule("lazypatch.runtime.offload")
_LockType = _allocate_lock = Lock
_CRLock = RLock
local = _thread._local
get_ident = _thread.get_ident
_set_sentinel = _thread._set_sentinel
_start_new_thread = _thread.start_new_thread
_ThreadHandle = _thread._ThreadHandle
_make_thread_handle = _thread._make_thread_handle
_start_joinable_thread = _thread.start_joinable_thread
_thread_shutdown = _thread._shutdown
_set_name = _thread.set_name


class Condition:
    """Waits on a waiter of the runtime instead of a lock made for the occasion."""

    def _is_owned(self: Any) -> bool:
        lock = self._lock
        return not lock._token if type(lock) is Lock else _is_owned(self)

    def wait(self: Any, timeout: float | None = None) -> bool:
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = Waiter("condition")
        self._waiters.append(waiter)
        state = self._release_save()
        notified = False
        try:
            if timeout is None:
                notified = waiter.wait()
            elif timeout > 0:
                notified = waiter.wait(monotonic() + timeout)
            return notified
        finally:
            waiter.done = True
            self._acquire_restore(state)
            if not notified:
                withdraw(self._waiters, waiter)


_is_owned: Any = threading.Condition._is_owned  # type: ignore[attr-defined]


class Event:
    """Does not ask for the lock where the answer cannot change."""

    def is_set(self: Any) -> bool:
        spend()
        return self._flag  # type: ignore[no-any-return]

    def wait(self: Any, timeout: float | None = None) -> bool:
        return True if self._flag else _event_wait(self, timeout)

    def set(self: Any) -> None:
        condition = self._cond
        lock = condition._lock
        if type(lock) is Lock and not condition._waiters and lock._take():
            try:
                self._flag = True
                if condition._waiters:
                    condition.notify_all()
            finally:
                lock.release()
        else:
            _event_set(self)


_event_wait: Any = threading.Event.wait
_event_set: Any = threading.Event.set


class Semaphore:
    """Counts under the condition's own lock, taken without the detour through the condition."""

    def acquire(self: Any, blocking: bool = True, timeout: float | None = None) -> bool:
        lock = self._cond._lock
        if type(lock) is Lock and (blocking or timeout is None) and lock._take():
            try:
                if self._value > 0:
                    self._value -= 1
                    return True
            finally:
                lock.release()
        return _semaphore_acquire(self, blocking, timeout)  # type: ignore[no-any-return]

    __enter__ = acquire

    def release(self: Any, n: int = 1) -> None:
        lock = self._cond._lock
        if n == 1 and type(lock) is Lock and lock._take():
            try:
                self._value += 1
                if self._cond._waiters:
                    self._cond.notify()
            finally:
                lock.release()
        else:
            _semaphore_release(self, n)


_semaphore_acquire: Any = threading.Semaphore.acquire
_semaphore_release: Any = threading.Semaphore.release


class Thread:
    """A thread that was started before activation is a native one; waiting for its end is left to another."""

    def is_alive(self: Any) -> bool:
        spend()
        return _is_alive(self)  # type: ignore[no-any-return]

    def join(self: Any, timeout: float | None = None) -> None:
        handle: Any = getattr(self, "_handle", None) or getattr(self, "_os_thread_handle", None)  # 3.14
        is_native = type(handle) is originals.find("_thread", "_ThreadHandle")
        if is_native and self._started.is_set() and self is not threading.current_thread() and not handle.is_done():
            offload.apart(handle.join, timeout)
            timeout = 0
        _join(self, timeout)

    def _wait_for_tstate_lock(self: Any, block: bool = True, timeout: float = -1) -> None:
        lock = self._tstate_lock
        if block and type(lock) is originals.get("_thread", "LockType"):
            if offload.apart(lock.acquire, True, timeout):
                lock.release()
                self._stop()
        else:
            _wait_for_tstate_lock(self, block, timeout)


_is_alive: Any = threading.Thread.is_alive
_join: Any = threading.Thread.join
_wait_for_tstate_lock: Any = getattr(threading.Thread, "_wait_for_tstate_lock", None)


def _maintain_shutdown_locks() -> None:
    """Nothing to do: a sentinel takes itself out. (The original looks at every lock, whenever a thread starts.)"""


def settrace(func: Any) -> None:
    """Set a trace function for the threads to come; each has its own, as ``sys.settrace`` means it."""
    _isolate()
    _settrace(func)


def setprofile(func: Any) -> None:
    """Set a profile function for the threads to come; each has its own, as ``sys.setprofile`` means it."""
    _isolate()
    _setprofile(func)


def settrace_all_threads(func: Any) -> None:
    """Set a trace function for the threads to come and for all that run."""
    _isolate()
    _settrace_all(func)  # type: ignore[misc]
    for other in _others():
        _hooks[other] = func, _hooks.get(other, (None, None))[1]


def setprofile_all_threads(func: Any) -> None:
    """Set a profile function for the threads to come and for all that run."""
    _isolate()
    _setprofile_all(func)  # type: ignore[misc]
    for other in _others():
        _hooks[other] = _hooks.get(other, (None, None))[0], func


_settrace, _setprofile = threading.settrace, threading.setprofile
_settrace_all = getattr(threading, "settrace_all_threads", None)  # 3.12
_setprofile_all = getattr(threading, "setprofile_all_threads", None)
_hooks: dict[Any, tuple[Any, Any]] = {}


def _isolate() -> None:
    """From now on every greenlet has trace and profile functions of its own."""
    on_switch(_switched)


def _others() -> list[Any]:
    hub = get_hub()
    return [task for task in [hub.main, *hub.tasks] if task is not getcurrent()]


def _switched(event: str, greenlets: tuple[Any, Any]) -> None:
    origin, target = greenlets
    hooks = sys.gettrace(), sys.getprofile()
    if origin and hooks != (None, None):
        _hooks[origin] = hooks
    else:
        _hooks.pop(origin, None)
    wanted = _hooks.get(target, (None, None))
    if hooks[0] is not wanted[0]:
        sys.settrace(wanted[0])
    if hooks[1] is not wanted[1]:
        sys.setprofile(wanted[1])


def repair(names: dict[str, Any]) -> None:
    """``threading`` was there first: what a join of the main thread waits for is native; a tracer may run."""
    if threading._trace_hook or threading._profile_hook:  # type: ignore[attr-defined]
        _isolate()
    main: Any = threading.main_thread()
    if main.ident != get_ident():
        return
    if sys.version_info >= (3, 13):
        attribute = "_handle" if hasattr(main, "_handle") else "_os_thread_handle"
        setattr(main, attribute, _make_thread_handle(main.ident))
        return
    sentinel = _set_sentinel()
    sentinel.acquire()
    threading._shutdown_locks.discard(main._tstate_lock)  # type: ignore[attr-defined]
    threading._shutdown_locks.add(sentinel)  # type: ignore[attr-defined]
    main._tstate_lock = sentinel
