"""``_thread``: locks, threads and idents. Patched in place at activation; ``threading`` is built on it."""

from __future__ import annotations

import sys
from _thread import _count as native_count
from _weakref import ref

from lazypatch.base import forking, originals
from lazypatch.base.lazy import LazyModule
from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime import identity
from lazypatch.runtime.local import local
from lazypatch.runtime.locks import Lock, RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PATCH = Patch(
    "_thread",
    [
        "RLock",
        "LockType",
        "_count",
        "_local",
        "allocate",
        "allocate_lock",
        "get_ident",
        "start_new",
        "start_new_thread",
    ],
    until={(3, 13): ["_set_sentinel"]},
    since={
        (3, 13): ["_ThreadHandle", "_make_thread_handle", "_shutdown", "lock", "start_joinable_thread"],
        (3, 14): ["set_name"],
    },
)

stand_in = StandIn("_thread")
tasks = LazyModule("lazypatch.runtime.tasks")
waiters = LazyModule("lazypatch.runtime.waiters")

for _kind, _name in ((Lock, "lock"), (RLock, "RLock")):
    _kind.__module__, _kind.__name__, _kind.__qualname__ = "_thread", _name, _name

if sys.version_info < (3, 13):  # a class is pickled by this name, and there is no _thread.lock yet
    Lock.__qualname__ = "allocate_lock"

LockType = allocate_lock = allocate = lock = Lock
_local = local


@stand_in
def get_ident(_: Any, /) -> int:
    """The ident of the running task; in the main greenlet of a native thread, the thread's."""
    try:
        return identity.getcurrent().ident  # type: ignore[no-any-return]
    except (AttributeError, RuntimeError):
        return identity.bearers_ident()  # type: ignore[no-any-return]


@stand_in
def start_new_thread(_: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any = None, /) -> int:
    """Run ``function(*args, **kwargs)`` in a new task; returns its ident."""
    _check_call(function, args, kwargs)
    return tasks.Detached(function, args, kwargs).ident


start_new = start_new_thread


def _check_call(function: Any, args: Any, kwargs: Any) -> None:
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")


@stand_in
def _count(_: Any, /) -> int:
    """How many threads there are besides the main one: tasks and native threads, without our own workers."""
    offload = sys.modules.get("lazypatch.runtime.offload")
    workers = offload.pool.size + offload.pool.apart if offload is not None else 0
    return native_count() - workers + len(tasks.get_hub().tasks)


@stand_in
def _set_sentinel(_: Any, /) -> Lock:
    """A lock that is released when the running task ends."""
    sentinel = _Sentinel()
    identity.at_end(sentinel)
    return sentinel


class _Sentinel(Lock, ours=True):
    """Takes itself out of what the interpreter waits for when it ends, once that has come true."""

    __slots__ = ()

    def release(self) -> None:
        super().release()
        threading = sys.modules.get("threading")
        if threading is not None:
            threading._shutdown_locks.discard(self)  # type: ignore[attr-defined]


class _ThreadHandle:
    """A thread that can be joined (3.13; Modules/_threadmodule.c: PyThreadHandleObject)."""

    def __init__(self) -> None:
        self._ident = 0
        self._done = False
        self._waiters: list[Any] = []
        _handles.add(ref(self, _handles.discard))

    @property
    def ident(self) -> int:
        return self._ident

    def is_done(self) -> bool:
        return self._done

    def _set_done(self) -> None:
        if not self._ident:
            raise RuntimeError("thread not started")
        self.release()

    def join(self, timeout: float | None = None) -> None:
        if not self._ident:
            raise RuntimeError("thread not started")
        if not self._done and self._ident == identity.get_ident():
            raise RuntimeError("Cannot join current thread")
        if self._done or timeout == 0:
            return
        waiter = waiters.Waiter("join")
        self._waiters.append(waiter)
        if self._done:  # ended in another native thread just now
            waiters.withdraw(self._waiters, waiter)
            return
        try:
            waiter.wait(waiters.deadline_of(timeout))
        finally:
            waiters.withdraw(self._waiters, waiter)

    def locked(self) -> bool:
        """With ``release``, what a task asks of a sentinel when it ends."""
        return not self._done

    def release(self) -> None:
        self._done = True
        _joinable.pop(self, None)
        while self._waiters:
            self._waiters.pop(0).wake()

    def __repr__(self) -> str:
        return f"<_ThreadHandle object: ident={self._ident}>"


_joinable: dict[_ThreadHandle, None] = {}  # not daemons: the interpreter waits for them
_handles: set[Any] = set()


@forking.in_child
def _end_others() -> None:
    """In a forked child only the calling thread is alive (Python/thread.c: _PyThread_AfterFork)."""
    me = identity.get_ident()
    _joinable.clear()
    for handle in [reference() for reference in _handles]:
        if handle is not None and handle._ident != me:
            handle._done = True
            handle._waiters = []


@stand_in
def start_joinable_thread(
    _: Any, function: Callable[..., Any], handle: _ThreadHandle | None = None, daemon: bool = True
) -> _ThreadHandle:
    """Run ``function()`` in a new task, which ``handle`` stands for."""
    if not callable(function):
        raise TypeError("thread function must be callable")
    if handle is None:
        handle = _ThreadHandle()
    elif not isinstance(handle, _ThreadHandle):
        raise TypeError("'handle' must be a _ThreadHandle")
    if handle._ident:
        raise RuntimeError("thread already started")
    task = tasks.Detached(function, (), None)
    task.sentinels.append(handle)
    handle._ident = task.ident
    if not daemon:
        _joinable[handle] = None
    return handle


@stand_in
def _make_thread_handle(_: Any, ident: int, /) -> _ThreadHandle:
    """The handle of a thread that runs already, which is the calling one."""
    handle = _ThreadHandle()
    handle._ident = ident
    return handle


@stand_in
def _shutdown(_: Any, /) -> None:
    """Wait for all tasks that are not daemons, as the interpreter does when it ends."""
    while _joinable:
        next(iter(_joinable)).join()
    if identity.get_ident() == identity.native_ident():
        originals.get("_thread", "_shutdown")()


@stand_in
def set_name(_: Any, name: str) -> None:
    """Name the native thread; a task has none of its own, so there it does nothing."""
    if identity.get_ident() == identity.native_ident():
        originals.get("_thread", "set_name")(name)


def _repair_imports(names: dict[str, Any]) -> None:
    """Somebody may import, in another thread, the very package in whose ``__init__`` this is going on."""
    for reference in list(sys.modules["_frozen_importlib"]._module_locks.values()):  # type: ignore[attr-defined]
        module_lock = reference()
        for attribute in ("lock", "wakeup"):
            native = getattr(module_lock, attribute, None)
            if type(native) in (names["LockType"], names["RLock"]) and "unlocked" in repr(native):
                setattr(module_lock, attribute, Lock() if type(native) is names["LockType"] else RLock())


_COPIES = (("reprlib", "get_ident"), ("functools", "RLock"), ("tempfile", "_allocate_lock"))


def repair(names: dict[str, Any]) -> None:
    """Copies in modules that site-packages' start-up files load, and the locks of imports that are going on."""
    _repair_imports(names)
    for module, name in _COPIES:
        holder = sys.modules.get(module)
        original = name.lstrip("_")
        if original in names and getattr(holder, name, None) is names[original]:
            setattr(holder, name, globals()[original])
