"""Tasks: greenlets that stand for threads."""

from __future__ import annotations

import os
import sys

from greenlet import getcurrent, greenlet

from lazypatch.base import forking, originals
from lazypatch.base.errors import TaskKilled
from lazypatch.runtime.hub import WAITS, Start, get_hub, here
from lazypatch.runtime.identity import release_all
from lazypatch.runtime.waiters import Waiter, deadline_of, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any


_registering = originals.native_lock()  # held for two steps, by whoever joins first
forking.in_child(_registering._at_fork_reinit)


class Task(greenlet):
    """One greenlet thread. ``spawn`` and ``threading.Thread.start`` make them.

    ``ident`` is what ``threading.get_ident`` answers inside.
    """

    __slots__ = ("_error", "_joiners", "_result", "call", "done", "hub", "ident", "killed", "name", "sentinels")

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any, name: str | None = None) -> None:
        self.hub = hub = here.hub or get_hub()
        greenlet.__init__(self, None, hub.loop)
        self.ident = id(self)
        self.sentinels: list[Any] = []
        self.done = False
        self.killed: BaseException | None = None
        self.call = (function, args, kwargs)
        self.name = name
        self._joiners: list[Waiter] | None = None
        self._result: Any = None
        self._error: BaseException | None = None
        hub.tasks[self] = None
        hub.ready.append(Start(hub, self))

    def run(self) -> None:
        """The greenlet's body. Never raises: ``failed`` decides what becomes of an exception."""
        function, args, kwargs = self.call
        try:
            if self.killed is not None:
                raise self.killed
            self._result = function(*args, **kwargs) if kwargs else function(*args)
        except BaseException as error:
            self.failed(error)
        finally:
            del function, args, kwargs
            self.finish()

    def failed(self, error: BaseException) -> None:
        """Keep the exception for ``get``."""
        self._error = error

    def finish(self) -> None:
        """Tell those who join, and go to whichever greenlet is the loop by now."""
        hub = self.hub
        if hub.main is self:  # a forked child: this was its only thread
            os._exit(0)
        del hub.tasks[self], self.call
        self.done = True
        if self.sentinels:
            release_all(self.sentinels)
        if self._joiners:
            self._wake_joiners()
        self.parent = hub.loop  # type: ignore[misc]

    def _wake_joiners(self) -> None:
        while self._joiners:
            self._joiners.pop(0).wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the task has ended; False if ``timeout`` seconds went by first.

        Raises RuntimeError when a task joins itself.
        """
        if self.done:
            return True
        if getcurrent() is self:
            raise RuntimeError("cannot join current task: it would wait for itself for ever")
        waiter = Waiter(f"join of {self.name or 'task'}")
        with _registering:
            if self._joiners is None:
                self._joiners = []
            self._joiners.append(waiter)
        if self.done:  # ended in another native thread just now
            self._wake_joiners()
        try:
            waiter.wait(deadline_of(timeout))
        finally:
            withdraw(self._joiners, waiter)
        return self.done

    def get(self, timeout: float | None = None) -> Any:
        """What the function returned, or raise what it raised; TimeoutError after ``timeout`` seconds."""
        if not self.join(timeout):
            raise TimeoutError(f"{self!r} has not ended within {timeout} seconds")
        if self._error is not None:
            raise self._error
        return self._result

    def kill(self, exc: BaseException | type[BaseException] = TaskKilled) -> None:
        """Raise ``exc`` in the task, wherever it waits; a task that has not begun never begins."""
        if self.done:
            return
        error = exc() if isinstance(exc, type) else exc
        if getcurrent() is self:
            raise error
        if self:
            self.hub.throw(self, error)
        else:
            self.killed = error

    def __repr__(self) -> str:
        state = "ended" if self.done else "running" if getcurrent() is self else "parked" if self else "new"
        return f"<lazypatch.Task {self.name or hex(self.ident)} {state}>"


Task.__module__ = "lazypatch"


class Detached(Task):
    """A task whose result nobody asks for: ``_thread.start_new_thread``."""

    __slots__ = ()

    def failed(self, error: BaseException) -> None:
        """Report like the interpreter does for a thread (Modules/_threadmodule.c: thread_run)."""
        if isinstance(error, SystemExit):
            return
        message, origin = "Exception ignored in thread started by", self.call[0]
        if sys.version_info >= (3, 13):
            message, origin = f"{message} {origin!r}", None
        trace = error.__traceback__ and error.__traceback__.tb_next  # without our own frame
        sys.unraisablehook(_unraisable_type()((type(error), error, trace, message, origin)))


def _unraisable_type() -> Any:
    """The type that ``sys.unraisablehook`` insists on; it has no name, but each call of the hook brings one along."""
    if not _types:

        class Fails:
            def __del__(self) -> None:
                raise ValueError

        hook, sys.unraisablehook = sys.unraisablehook, lambda unraisable: _types.append(type(unraisable))
        try:
            Fails()
        finally:
            sys.unraisablehook = hook
    return _types[0]


_types: list[Any] = []


def spawn(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Task:
    """Start ``function(*args, **kwargs)`` in a task of its own and return the task; it begins at the next wait."""
    return Task(function, args, kwargs, getattr(function, "__name__", None))


class Report:
    """One live task as ``tasks()`` saw it: ``name``, ``waits_for`` (None: it runs or is ready), ``stack``."""

    __slots__ = ("name", "since", "stack", "task", "waits_for")
    __module__ = "lazypatch"

    def __init__(self, task: Task) -> None:
        self.task = task
        self.name = task.name or _name_of(task)
        frame: FrameType | None = task.gr_frame
        self.waits_for, self.since = _wait_of(frame)
        self.stack = list(_frames(frame))
        self.stack.reverse()

    def __repr__(self) -> str:
        return f"<{self.name}: {self.waits_for or 'ready'}>"


def tasks() -> list[Report]:
    """A report on every live task of the calling native thread, in the order in which they were started."""
    return [Report(task) for task in list(get_hub().tasks)]


def _name_of(task: Task) -> str:
    function = task.call[0]
    thread = getattr(function, "__self__", None)  # Thread._bootstrap is a method of the Thread
    return str(getattr(thread, "name", None) or getattr(function, "__qualname__", hex(task.ident)))


def _frames(frame: FrameType | None) -> Any:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        frame = frame.f_back


def _wait_of(frame: FrameType | None) -> tuple[str | None, float | None]:
    while frame is not None:
        if frame.f_code in WAITS:
            waiter = frame.f_locals["self"]
            return waiter.reason, waiter.since
        frame = frame.f_back
    return None, None
