"""Sockets: a record per descriptor remembers the timeout, who waits, and whether there may be something to do.

A socket is registered with the poller once, edge-triggered. From then on the kernel reports every change, so what is
known stays true: a read that came back short has emptied the queue of a TCP connection, and the next read can park
without asking first. That inference is not made (``infers`` is False) for other kinds of sockets, and no longer
after end-of-file, an error or urgent data, which may share an edge with data.

A record belongs to the socket object that claimed it last, and to the hub that waited first. Tasks of another
native thread's hub wait on a descriptor of their own and infer nothing.
"""

from __future__ import annotations

import os
from _weakref import ref

from greenlet import getcurrent

from lazypatch.base import forking, originals
from lazypatch.runtime.hub import WAITS, get_hub, here
from lazypatch.runtime.poller import ERR, HUP, IN, OUT, PRI, RDHUP, READABLE, WRITABLE
from lazypatch.runtime.waiters import Waiter, give_back, wait_descriptor, withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lazypatch.runtime.hub import Hub

EBADF = 9
_ENDS_INFERENCE = HUP | ERR | RDHUP | PRI

_fileno = originals.get("_socket", "socket").fileno
_gettimeout = originals.get("_socket", "socket").gettimeout
_settimeout = originals.get("_socket", "socket").settimeout
_type = originals.get("_socket", "socket").type.__get__
_family = originals.get("_socket", "socket").family.__get__
_AF_INET = (originals.get("_socket", "AF_INET"), originals.get("_socket", "AF_INET6"))
_SOCK_STREAM = originals.get("_socket", "SOCK_STREAM")


class Side:
    """One direction of a record. ``ready``: a system call may succeed; False is certain, True is a guess."""

    __slots__ = ("_armed", "_deadline", "_expired", "_record", "others", "ready", "reason", "since", "waiter", "write")

    done = False  # an entry of the timers is never passed over: it moves

    def __init__(self, record: Record, write: bool) -> None:
        self._record = record
        self.write = write
        self.reason = "write to socket" if write else "read from socket"
        self.ready = True
        self.waiter: Any = None
        self.since = 0.0
        self.others: list[Waiter] | None = None
        self._deadline: float | None = None
        self._armed: float | None = None
        self._expired = False

    def wait(self, deadline: float | None) -> None:
        """Park until a system call may succeed.

        Raises TimeoutError at ``deadline`` and OSError (EBADF) when the socket is closed meanwhile.
        """
        record = self._record
        hub = here.hub or get_hub()
        if record.hub is not hub and not record.adopt(hub):
            return self._wait_apart(deadline)
        self.ready = False
        if self.waiter is not None:
            return self._wait_behind(deadline)
        if deadline is not None:
            self._arm(hub, deadline)
        self._deadline = deadline
        self._expired = False
        self.since = hub.now
        self.waiter = me = getcurrent()
        if hub.poller.level:
            record.want()
        early = 0
        try:
            hub.park()
            while self.waiter is me:
                early += 1
                here.hub.park()  # type: ignore[union-attr]  # in a forked child another one than before
        except BaseException:
            if self.waiter is me:
                self.waiter = None
            raise
        if early:
            give_back(early)
        if self._expired:
            raise TimeoutError("timed out")
        if record.closed:
            raise OSError(EBADF, "Bad file descriptor")

    def move(self, hub: Hub) -> None:
        """Wait in another hub from now on, in a forked child: look again."""
        waiter, self.waiter = self.waiter, None
        if waiter is not None:
            hub.unpark(waiter)

    def _arm(self, hub: Hub, deadline: float) -> None:
        if self._armed is None or deadline < self._armed:
            self._armed = deadline
            hub.timers.push(deadline, self)

    def expire(self, when: float) -> None:
        """Called by the hub at the armed moment, which is often earlier than the deadline of the day."""
        if when != self._armed:
            return
        self._armed = None
        if self.waiter is None or self._deadline is None:
            return
        hub: Any = self._record.hub
        if self._deadline > hub.now:
            self._arm(hub, self._deadline)
            return
        self._expired = True
        waiter, self.waiter = self.waiter, None
        hub.unpark(waiter)

    def fire(self) -> None:
        """A system call may succeed now: wake all who wait."""
        self.ready = True
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            self._record.hub.unpark(waiter)  # type: ignore[union-attr]
        while self.others:
            self.others.pop(0).wake()

    def _wait_behind(self, deadline: float | None) -> None:
        """Another task waits already, in the same hub."""
        waiter = Waiter(self.reason)
        self._enlist(waiter)
        try:
            self._judge(waiter.wait(deadline))
        finally:
            withdraw(self.others, waiter)  # type: ignore[arg-type]

    def _wait_apart(self, deadline: float | None) -> None:
        """The record belongs to the hub of another native thread, or its descriptor to a later record."""
        copy = os.dup(self._record.fd)
        try:
            self._judge(wait_descriptor(copy, self.write, deadline, self.reason, self._enlist))
        finally:
            os.close(copy)

    def _enlist(self, waiter: Waiter) -> None:
        if self.others is None:
            self.others = []
        self.others.append(waiter)

    def _judge(self, in_time: bool) -> None:
        if not in_time:
            raise TimeoutError("timed out")
        if self._record.closed:
            raise OSError(EBADF, "Bad file descriptor")


WAITS.add(Side.wait.__code__)


class Record:
    """What is known of one socket. ``timeout`` is the user's; the descriptor itself never blocks."""

    __slots__ = ("_writing", "closed", "fd", "hub", "infers", "owner", "reading", "shadowed", "timeout")

    def __init__(self, sock: Any, fd: int, timeout: float | None, shadowed: Record | None) -> None:
        self.fd = fd
        self.owner = ref(sock, self.abandoned)
        self.timeout = timeout
        self.shadowed = shadowed
        self.hub: Hub | None = None
        self.infers = _type(sock) == _SOCK_STREAM and _family(sock) in _AF_INET
        self.closed = False
        self.reading = Side(self, False)
        self._writing: Side | None = None

    @property
    def writing(self) -> Side:
        """The direction in which most sockets never wait."""
        if self._writing is None:
            self._writing = Side(self, True)
        return self._writing

    def adopt(self, hub: Hub) -> bool:
        """Register with ``hub``; False if that cannot be: another hub has it, or a later record its descriptor."""
        if self.hub is not None or self.fd in hub.watched or self.closed:
            return False
        self.hub = hub
        hub.watched[self.fd] = self
        hub.poller.watch(self.fd)
        return True

    def fire(self, mask: int) -> None:
        """Called by the hub with what the kernel reports."""
        if mask & _ENDS_INFERENCE:
            self.infers = False
        if mask & READABLE:
            side = self.reading
            side.ready = True
            if side.waiter is not None or side.others:
                side.fire()
        side = self._writing  # type: ignore[assignment]
        if side is not None and mask & WRITABLE:
            side.ready = True
            if side.waiter is not None or side.others:
                side.fire()
        if self.hub is not None and self.hub.poller.level:
            self.want()

    def want(self) -> None:
        """Tell a level-triggered poller for what somebody waits now."""
        mask = (IN if self.reading.waiter is not None else 0) | (OUT if self.writing.waiter is not None else 0)
        if mask and self.hub is not None:
            self.hub.poller.want(self.fd, mask)

    def drained(self) -> None:
        """A read came back short: there is nothing more to read, if that can be known here and now."""
        if self.infers and self.hub is here.hub and self.hub is not None:
            self.reading.ready = False

    def abandoned(self, _: object = None) -> None:
        """The owner is gone without a close: its descriptor was closed behind our back."""
        if records[self.fd] is self:
            records[self.fd] = None
        self._unwatch()

    def release(self) -> None:
        """The owner closes or detaches: wake those who wait, forget everything. Call it before the system's close."""
        self.closed = True
        records[self.fd] = None
        self._unwatch()
        self.reading.fire()
        if self._writing is not None:
            self._writing.fire()

    def displaced(self) -> None:
        """Another socket object has claimed the descriptor; whoever waits here looks again."""
        self._unwatch()
        self.infers = False
        self.reading.fire()
        if self._writing is not None:
            self._writing.fire()

    def _unwatch(self) -> None:
        hub = self.hub
        if hub is not None and hub.watched.get(self.fd) is self:
            del hub.watched[self.fd]
            hub.poller.ignore(self.fd)


records: list[Record | None] = [None] * 64


def record_of(sock: Any) -> Record:
    """The record of ``sock``; a socket that is used for the first time is claimed.

    Raises OSError (EBADF) for a closed socket.
    """
    fd = _fileno(sock)
    try:
        record = records[fd]
        if record.owner() is sock:  # type: ignore[union-attr]
            return record  # type: ignore[return-value]
    except (AttributeError, IndexError):
        pass
    return _claim(sock, fd)


def _claim(sock: Any, fd: int) -> Record:
    if fd < 0:
        raise OSError(EBADF, "Bad file descriptor")
    if fd >= len(records):
        records.extend([None] * (fd + 1))
    old = records[fd]
    if old is not None and old.owner() is None:
        old.abandoned()
        old = None
    earlier = _among(old, sock)
    timeout = earlier.timeout if earlier is not None else _gettimeout(sock)
    if old is not None:
        old.displaced()
    record = records[fd] = Record(sock, fd, timeout, _without(old, sock))
    _settimeout(sock, 0.0)
    return record


def _among(record: Record | None, sock: Any) -> Record | None:
    """The record of ``sock`` among ``record`` and those that it shadows."""
    while record is not None and record.owner() is not sock:
        record = record.shadowed
    return record


def _without(record: Record | None, sock: Any) -> Record | None:
    """``record`` and those that it shadows, less the one of ``sock`` and those whose owners are gone."""
    if record is None:
        return None
    record.shadowed = _without(record.shadowed, sock)
    return record if record.owner() not in (None, sock) else record.shadowed


def known_record(sock: Any) -> Record | None:
    """The record in which the timeout of ``sock`` is kept, even if another object has claimed its descriptor."""
    fd = _fileno(sock)
    return _among(records[fd], sock) if 0 <= fd < len(records) else None


def held_record(sock: Any) -> Record | None:
    """The record that ``sock`` owns now, or None; claims nothing."""
    fd = _fileno(sock)
    record = records[fd] if 0 <= fd < len(records) else None
    return record if record is not None and record.owner() is sock else None


def give_up_all() -> None:
    """Put every socket back into the mode that its user expects, and forget all of them."""
    for record in filter(None, list(records)):
        record._unwatch()
        while record is not None:
            owner = record.owner()
            if owner is not None and _fileno(owner) == record.fd:
                _settimeout(owner, record.timeout)
            record = record.shadowed  # type: ignore[assignment]
    records[:] = [None] * len(records)


@forking.in_child
def _forget_waits() -> None:
    """No hub of the parent watches for the child, and nobody of those who waited lives on."""
    for record in records:
        if record is not None:
            record.hub = None
            record.reading = Side(record, False)
            record._writing = None
