"""``select``: everything stays, and waits cooperatively.

A wait is a native call with timeout zero. If nothing is ready, the descriptors go into an epoll object, which can be
polled itself; the task parks on that, and asks the native call again.
"""

from __future__ import annotations

import select as _select
from time import monotonic

from lazypatch.base import originals
from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime.poller import IN, OUT, PRI
from lazypatch.runtime.waiters import deadline_of, nap, sleep_until, spend, wait_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

PATCH = Patch("select", ["select"], optional=["epoll", "poll"], under={"aggressive": ["epoll"]})

stand_in = StandIn("select")
_native_select = originals.get("select", "select")
_native_poll = getattr(_select, "poll", None)
_native_epoll = getattr(_select, "epoll", None)
_POLLS = 0.02  # seconds between two looks where there is no epoll


@stand_in
def select(
    _: Any, rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None, /
) -> tuple[list[Any], list[Any], list[Any]]:
    """Wait like the original: ``timeout`` in seconds, None for ever; three lists of what is ready."""
    if timeout is not None:
        timeout = _seconds(timeout)
    readers, writers, others = _listed(rlist), _listed(wlist), _listed(xlist)
    interest: dict[int, int] = {}

    def look() -> Any:
        found = _native_select(readers, writers, others, 0)
        return found if any(found) else None

    found = look()
    if found is not None or timeout == 0:
        spend()
        return found or ([], [], [])
    for items, mask in ((readers, IN), (writers, OUT), (others, PRI)):
        for item in items:
            fd = _descriptor(item)
            interest[fd] = interest.get(fd, 0) | mask
    return _wait(look, interest, deadline_of(timeout)) or ([], [], [])


def _listed(items: Any) -> Any:
    return items if isinstance(items, (list, tuple)) else list(items) if hasattr(items, "__iter__") else items


def _seconds(timeout: Any) -> float:
    if not isinstance(timeout, (int, float)):
        _native_select([], [], [], 0 if hasattr(timeout, "__float__") or hasattr(timeout, "__index__") else timeout)
    seconds = float(timeout)
    if seconds < 0:
        raise ValueError("timeout must be non-negative")
    return seconds


def _descriptor(item: Any) -> int:
    return item if isinstance(item, int) else item.fileno()


def _wait(look: Callable[[], Any], interest: dict[int, int], deadline: float | None) -> Any:
    """Park until ``look()`` answers with something, or ``deadline`` comes (None)."""
    if not interest:
        sleep_until(deadline, "select")
        return None
    if _native_epoll is None:
        return _look_now_and_then(look, deadline)
    with _native_epoll() as watch:
        for fd, mask in interest.items():
            try:
                watch.register(fd, mask)
            except PermissionError:  # a regular file or directory is always ready: look() would have said so
                continue
        while wait_descriptor(watch.fileno(), False, deadline, "select"):
            found = look()
            if found is not None:
                return found
            if not _still_ready(watch):
                continue
            nap(_POLLS, deadline, "select")
    return None


def _still_ready(watch: Any) -> bool:
    """Whether epoll reports what the native call does not (HUP where only PRI was asked for): no cause to spin."""
    return bool(watch.poll(0))


def _look_now_and_then(look: Callable[[], Any], deadline: float | None) -> Any:
    while deadline is None or monotonic() < deadline:
        nap(_POLLS, deadline, "select")
        found = look()
        if found is not None:
            return found
    return None


@stand_in
def poll(_: Any, /) -> PollObject:
    """A new polling object."""
    self = object.__new__(PollObject)
    self._native = _native_poll()  # type: ignore[misc]
    self._interest = {}
    self._busy = self._is_adopted = False
    return self


class PollObject:
    """What the cooperative ``select.poll()`` returns: what the kernel reports comes back unchanged."""

    __slots__ = ("__weakref__", "_busy", "_interest", "_is_adopted", "_native")
    if TYPE_CHECKING:
        _is_adopted: bool
        _native: Any
        _interest: dict[int, int]
        _busy: bool

    def __new__(cls) -> PollObject:
        raise TypeError("cannot create 'select.poll' instances")

    def register(self, fd: Any, eventmask: int = IN | PRI | OUT, /) -> None:
        self._native.register(fd, eventmask)
        self._interest[_descriptor(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int, /) -> None:
        self._native.modify(fd, eventmask)
        self._interest[_descriptor(fd)] = eventmask

    def unregister(self, fd: Any, /) -> None:
        self._native.unregister(fd)
        self._interest.pop(_descriptor(fd), None)

    def poll(self, timeout: float | None = None, /) -> list[tuple[int, int]]:
        """Wait for ``timeout`` milliseconds; None, or a negative number: for ever."""
        if timeout is not None and not isinstance(timeout, (int, float)):
            self._native.poll(timeout)
        if self._busy:
            raise RuntimeError("concurrent poll() invocation")
        found = self._native.poll(0)
        if found or timeout == 0:
            spend()
            return found  # type: ignore[no-any-return]
        self._busy = True
        try:
            deadline = deadline_of(timeout and timeout / 1000)
            if self._is_adopted:
                return _look_now_and_then(self._look, deadline) or []
            return _wait(self._look, self._interest, deadline) or []
        finally:
            self._busy = False

    def _look(self) -> Any:
        return self._native.poll(0) or None


class epoll:
    """Cooperative ``select.epoll``: a native epoll object, which can itself be waited for."""

    __slots__ = ("__weakref__", "_native")

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        self._native = _native_epoll(sizehint, flags)  # type: ignore[misc]

    @classmethod
    def fromfd(cls, fd: int, /) -> epoll:
        self = cls.__new__(cls)
        self._native = _native_epoll.fromfd(fd)  # type: ignore[union-attr]
        return self

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """Wait for ``timeout`` seconds; None, or a negative number: for ever."""
        if timeout is not None and not isinstance(timeout, (int, float)):
            self._native.poll(timeout, maxevents)
        found = self._native.poll(0, maxevents)
        if found or timeout == 0:
            spend()
            return found  # type: ignore[no-any-return]
        deadline = deadline_of(timeout)
        while wait_descriptor(self._native.fileno(), False, deadline, "epoll"):
            found = self._native.poll(0, maxevents)
            if found:
                return found  # type: ignore[no-any-return]
        return []

    def register(self, fd: Any, eventmask: int = IN | PRI | OUT) -> None:
        self._native.register(fd, eventmask)

    def modify(self, fd: Any, eventmask: int) -> None:
        self._native.modify(fd, eventmask)

    def unregister(self, fd: Any) -> None:
        self._native.unregister(fd)

    def fileno(self) -> int:
        return self._native.fileno()  # type: ignore[no-any-return]

    def close(self) -> None:
        self._native.close()

    @property
    def closed(self) -> bool:
        return self._native.closed  # type: ignore[no-any-return]

    def __enter__(self) -> epoll:
        self._native.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._native.close()


def adopts() -> dict[Any, Any]:
    """Polling objects that exist. What is registered with a ``poll`` object cannot be asked of it."""
    kinds: dict[Any, Any] = {}
    if _native_epoll is not None:
        kinds[_native_epoll] = lambda natives: map(_adopt_epoll, natives)
    if _native_poll is not None:
        kinds[type(_native_poll())] = lambda natives: map(_adopt_poll, natives)
    return kinds


def _adopt_epoll(native: Any) -> Any:
    self = epoll.__new__(epoll)
    self._native = native
    return self


def _adopt_poll(native: Any) -> Any:
    self = poll()
    self._native = native
    self._is_adopted = True
    return self


epoll.__module__ = PollObject.__module__ = "select"
PollObject.__name__ = PollObject.__qualname__ = "poll"
