"""What asks the kernel: epoll on Linux, poll elsewhere. One object per hub, chosen once.

Both know two ways to watch a descriptor. ``watch`` is for sockets which lazypatch looks after until they are closed:
with epoll it is edge-triggered and costs one system call in the life of the socket. ``once`` is for descriptors
that belong to somebody else: level-triggered, and over after one event.
"""

from __future__ import annotations

import os
import sys

from lazypatch.base import originals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

IN, PRI, OUT, ERR, HUP, RDHUP = 0x001, 0x002, 0x004, 0x008, 0x010, 0x2000  # <sys/epoll.h>, <poll.h>
ONESHOT, EDGE = 1 << 30, 1 << 31
NVAL = 0x020
READABLE = IN | PRI | HUP | ERR | RDHUP | NVAL
WRITABLE = OUT | HUP | ERR | NVAL


def _native_select() -> Any:
    """The module ``select``, or a copy of it that is nobody else's.

    A hub can be wanted in the middle of an import, by the very locks of the import system: so nothing is imported
    here that takes such a lock or fires the hook.
    """
    if hasattr(sys.modules.get("select"), "poll"):
        return None
    finders = sys.modules["_frozen_importlib"].BuiltinImporter, sys.modules["_frozen_importlib_external"].PathFinder
    spec = next(filter(None, (finder.find_spec("select") for finder in finders)))
    module = spec.loader.create_module(spec)
    spec.loader.exec_module(module)
    return module


_select = _native_select()


def _from_select(name: str) -> Any:
    return getattr(_select, name, None) if _select is not None else originals.find("select", name)


_epoll, _poll = _from_select("epoll"), _from_select("poll")


class Alarm:
    """A descriptor by which other threads and signal handlers end a sleeping poll."""

    __slots__ = ("_read", "_write", "fd")

    def __init__(self) -> None:
        if hasattr(os, "eventfd"):
            self.fd = self._write = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self.fd, self._write = os.pipe()
            os.set_blocking(self.fd, False)
            os.set_blocking(self._write, False)

    def ring(self, _one: bytes = (1).to_bytes(8, "little")) -> None:
        """End the poll that is going on, or the next one."""
        try:
            originals.get("posix", "write")(self._write, _one)
        except BlockingIOError:  # rung often enough already
            pass

    def fire(self, mask: int) -> None:
        """Called by the hub when it has rung."""
        try:
            originals.get("posix", "read")(self.fd, 4096 if self.fd != self._write else 8)
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Give the descriptors back; once more does nothing."""
        for fd in {self.fd, self._write} - {-1}:
            os.close(fd)
        self.fd = self._write = -1


class EpollPoller:
    """Linux: epoll(7)."""

    level = False  # whether interest has to be given anew before each wait

    def __init__(self) -> None:
        self._epoll = _epoll()
        self.poll = self._epoll.poll
        self.close = self._epoll.close

    def watch(self, fd: int) -> None:
        """Report every change of ``fd`` until ``ignore``."""
        self._epoll.register(fd, IN | OUT | PRI | RDHUP | EDGE)

    def want(self, fd: int, mask: int) -> None:
        """Nothing to do: an edge-triggered descriptor reports all directions."""

    def once(self, fd: int, mask: int, again: bool) -> None:
        """Report ``fd`` once when an event of ``mask`` holds; ``again``: it has been watched this way before."""
        (self._epoll.modify if again else self._epoll.register)(fd, mask | ONESHOT)

    def ignore(self, fd: int) -> None:
        """Stop watching ``fd``; it may be closed already."""
        try:
            self._epoll.unregister(fd)
        except OSError:
            pass


class PollPoller:
    """Systems without epoll: poll(2), level-triggered, so interest is given anew before each wait."""

    level = True

    def __init__(self) -> None:
        self._poll = _poll()

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        """Events as ``(fd, mask)``; what is reported is not watched any more until it is wanted again."""
        events: list[tuple[int, int]] = self._poll.poll(None if timeout is None else -(-timeout * 1000 // 1))
        for fd, _ in events:
            self._poll.unregister(fd)
        return events

    def watch(self, fd: int) -> None:
        """Nothing yet: ``want`` says for what."""

    def want(self, fd: int, mask: int) -> None:
        """Report ``fd`` once when an event of ``mask`` holds."""
        self._poll.register(fd, mask)

    def once(self, fd: int, mask: int, again: bool) -> None:
        """Report ``fd`` once when an event of ``mask`` holds."""
        self._poll.register(fd, mask)

    def ignore(self, fd: int) -> None:
        """Stop watching ``fd``."""
        try:
            self._poll.unregister(fd)
        except KeyError:
            pass

    def close(self) -> None:
        """Nothing is held."""


Poller: Any = PollPoller if _epoll is None else EpollPoller
