"""``socket``: the stdlib's class with cooperative methods, and name resolution in native threads.

The class stays the class it was; so do references to it, its subclasses and its instances. The first use of a socket
claims it: from then on the descriptor never blocks, and the timeout that the user sees lives in its record.
"""

from __future__ import annotations

import os
import socket as _module
from _socket import (
    AF_INET,
    AF_INET6,
    AI_NUMERICHOST,
    EAI_NONAME,
    MSG_DONTWAIT,
    NI_NUMERICHOST,
    SO_ERROR,
    SOL_SOCKET,
    gaierror,
)
from _socket import socket as _native
from time import monotonic

from lazypatch.base import originals
from lazypatch.base.patch import Patch, StandIn
from lazypatch.runtime.descriptors import Record, Side, give_up_all, held_record, known_record, record_of
from lazypatch.runtime.hub import spend
from lazypatch.runtime.offload import offload
from lazypatch.runtime.waiters import nap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch(
    "socket",
    [
        "socket._accept",
        "socket._real_close",
        "socket.connect",
        "socket.connect_ex",
        "socket.detach",
        "socket.getblocking",
        "socket.gettimeout",
        "socket.recv",
        "socket.recv_into",
        "socket.recvfrom",
        "socket.recvfrom_into",
        "socket.send",
        "socket.sendall",
        "socket.sendfile",
        "socket.sendto",
        "socket.setblocking",
        "socket.settimeout",
        "socket.timeout",
    ],
    optional=["socket.recvmsg", "socket.recvmsg_into", "socket.sendmsg"],
    follows=["SocketType", "create_connection", "create_server", "fromfd", "getfqdn", "socketpair"],
    under={"dns": ["getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_ex", "getnameinfo"]},
)

EAGAIN, EINTR, EINPROGRESS = 11, 4, 115  # checked against errno by the tests


def _deadline(record: Record) -> float | None:
    return None if record.timeout is None else monotonic() + record.timeout


def _repeat(record: Record, side: Side, call: Any, args: Any, flags: int = 0) -> Any:
    """Call ``call(*args)`` until it neither would block nor was too early."""
    if record.timeout == 0.0 or flags & MSG_DONTWAIT and record.timeout is None:
        return call(*args)
    deadline: float | None = None
    while True:
        try:
            return call(*args)
        except BlockingIOError:
            if deadline is None:
                deadline = _deadline(record)
            side.wait(deadline)


def _repeating(name: str, side: str, flags_at: int) -> Any:
    """A method that repeats the native one; ``flags_at`` is the position of its flags, without ``self``."""
    native = getattr(_native, name)

    def method(self: Any, *args: Any) -> Any:
        record = record_of(self)
        spend()
        flags = args[flags_at] if len(args) > flags_at and isinstance(args[flags_at], int) else 0
        return _repeat(record, getattr(record, side), native, (self, *args), flags)

    method.__name__, method.__qualname__, method.__doc__ = name, f"socket.{name}", native.__doc__
    return method


_recv, _recv_into, _send = _native.recv, _native.recv_into, _native.send


class socket:
    """The methods that ``socket.socket`` gets."""

    _accept = _repeating("_accept", "reading", 0)
    recvfrom = _repeating("recvfrom", "reading", 1)
    sendto = _repeating("sendto", "writing", 1)
    if hasattr(_native, "sendmsg"):
        recvmsg = _repeating("recvmsg", "reading", 2)
        sendmsg = _repeating("sendmsg", "writing", 2)

    def recv(self: Any, bufsize: int, flags: int = 0, /) -> bytes:
        record = record_of(self)
        side = record.reading
        timeout = record.timeout
        if timeout == 0.0:
            spend()
            return _recv(self, bufsize, flags)
        if side.ready:
            spend()
        elif bufsize and not flags:
            side.wait(None if timeout is None else monotonic() + timeout)
        deadline = None
        while True:
            try:
                data = _recv(self, bufsize, flags)
            except BlockingIOError:
                if flags & MSG_DONTWAIT and timeout is None:
                    raise
                if deadline is None and timeout is not None:
                    deadline = monotonic() + timeout
                side.wait(deadline)
            else:
                if len(data) < bufsize and not flags:
                    record.drained()
                return data

    def recv_into(self: Any, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        record = record_of(self)
        side = record.reading
        timeout = record.timeout
        if timeout == 0.0:
            spend()
            return _recv_into(self, buffer, nbytes, flags)
        if side.ready:
            spend()
        elif not flags and (nbytes or len(buffer)):
            side.wait(None if timeout is None else monotonic() + timeout)
        deadline = None
        while True:
            try:
                count = _recv_into(self, buffer, nbytes, flags)
            except BlockingIOError:
                if flags & MSG_DONTWAIT and timeout is None:
                    raise
                if deadline is None and timeout is not None:
                    deadline = monotonic() + timeout
                side.wait(deadline)
            else:
                if not flags and count < (nbytes or memoryview(buffer).nbytes):
                    record.drained()
                return count

    def recvfrom_into(self: Any, buffer: Any, nbytes: int = 0, flags: int = 0) -> Any:
        record = record_of(self)
        spend()
        return _repeat(record, record.reading, _native.recvfrom_into, (self, buffer, nbytes, flags), flags)

    def recvmsg_into(self: Any, buffers: Any, ancbufsize: int = 0, flags: int = 0, /) -> Any:
        record = record_of(self)
        spend()
        buffers = list(buffers)
        return _repeat(record, record.reading, _native.recvmsg_into, (self, buffers, ancbufsize, flags), flags)

    def send(self: Any, data: Any, flags: int = 0, /) -> int:
        record = record_of(self)
        try:
            return _send(self, data, flags)
        except BlockingIOError:
            if record.timeout == 0.0 or flags & MSG_DONTWAIT and record.timeout is None:
                raise
        record.writing.wait(_deadline(record))
        return _repeat(record, record.writing, _send, (self, data, flags), flags)  # type: ignore[no-any-return]

    def sendall(self: Any, data: Any, flags: int = 0, /) -> None:
        record = record_of(self)
        if type(data) is bytes:
            try:
                sent = _send(self, data, flags)
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return
        else:
            sent = 0
        if record.timeout == 0.0 or flags & MSG_DONTWAIT and record.timeout is None:
            return _native.sendall(self, memoryview(data)[sent:], flags)
        _send_rest(self, record, data, sent, flags)

    def sendfile(self: Any, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file; the original does, as soon as the descriptor does not block."""
        record_of(self)
        return _sendfile(self, file, offset, count)  # type: ignore[no-any-return]

    def connect(self: Any, address: Any, /) -> None:
        error = _connect(self, address)
        if error:
            raise OSError(error, os.strerror(error))

    def connect_ex(self: Any, address: Any, /) -> int:
        try:
            return _connect(self, address)
        except TimeoutError:
            return EAGAIN

    def _real_close(self: Any, _ss: Any = _native) -> None:
        record = held_record(self)
        if record is not None:
            record.release()
        _ss.close(self)

    def detach(self: Any) -> int:
        """Close the object without closing its descriptor, and return that, in the mode that its user expects."""
        record = held_record(self)
        if record is not None:
            record.release()
            if record.timeout is None:
                _native.settimeout(self, None)
        return _detach(self)  # type: ignore[no-any-return]

    def gettimeout(self: Any) -> float | None:
        """The timeout in seconds; None: blocking."""
        record = known_record(self)
        return _native.gettimeout(self) if record is None else record.timeout

    def getblocking(self: Any) -> bool:
        """False if the timeout is zero."""
        record = known_record(self)
        return _native.getblocking(self) if record is None else record.timeout != 0.0

    def settimeout(self: Any, value: float | None, /) -> None:
        """Set the timeout in seconds; None: blocking, 0: non-blocking."""
        record = known_record(self)
        if record is None:
            _native.settimeout(self, value)
        elif value is None or type(value) in (int, float) and 0 <= value < 1e9:
            record.timeout = None if value is None else float(value)
        else:  # the original knows what is wrong with it
            _native.settimeout(self, value)
            record.timeout = _native.gettimeout(self)
            _native.settimeout(self, 0.0)

    def setblocking(self: Any, flag: bool, /) -> None:
        """True: no timeout; False: timeout zero."""
        record = known_record(self)
        if record is None:
            _native.setblocking(self, flag)
        else:
            record.timeout = None if flag else 0.0

    timeout = property(gettimeout, doc="the timeout in seconds")


_detach: Any = _module.socket.detach
_sendfile: Any = _module.socket.sendfile


def _send_rest(sock: Any, record: Record, data: Any, sent: int, flags: int) -> None:
    deadline = _deadline(record)
    with memoryview(data) as view, view.cast("B") as octets:
        size = len(octets)
        while sent < size:
            try:
                sent += _send(sock, octets[sent:], flags)
            except BlockingIOError:
                record.writing.wait(deadline)
            else:
                spend()
                if deadline is not None and sent < size and monotonic() > deadline:
                    raise TimeoutError("timed out")


def _connect(sock: Any, address: Any) -> int:
    """Connect; returns an error number, 0 for success. Raises TimeoutError and what resolving the name raises."""
    record = record_of(sock)
    address = _resolved(sock, address)
    if record.timeout == 0.0:
        return _native.connect_ex(sock, address)
    error = _native.connect_ex(sock, address)
    if (
        error not in (EINPROGRESS, EINTR, EAGAIN)
        or error == EAGAIN
        and _native.family.__get__(sock) in (AF_INET, AF_INET6)
    ):  # type: ignore[attr-defined]
        return error
    deadline = _deadline(record)
    if error == EAGAIN:  # a Unix socket whose backlog is full: nothing will tell us when it has room
        return _connect_later(sock, address, deadline)
    record.writing.wait(deadline)
    return sock.getsockopt(SOL_SOCKET, SO_ERROR)  # type: ignore[no-any-return]


def _connect_later(sock: Any, address: Any, deadline: float | None) -> int:
    error = EAGAIN
    pause = 0.001
    while error == EAGAIN:
        if deadline is not None and monotonic() >= deadline:
            raise TimeoutError("timed out")
        nap(pause, None, "connect")
        pause = min(pause * 2, 0.05)
        error = _native.connect_ex(sock, address)
    return error


def _resolved(sock: Any, address: Any) -> Any:
    """``address`` with a numeric host, so that the system call does not look names up while all wait."""
    family = _native.family.__get__(sock)  # type: ignore[attr-defined]
    if family not in (AF_INET, AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
        return address
    host = address[0]
    if not isinstance(host, (str, bytes, bytearray)) or not host or host == "<broadcast>" or _is_numeric(host, family):
        return address
    found = _native_getaddrinfo_offloaded(host, address[1], family)
    return (found[0][4][0], *address[1:])


def _is_numeric(host: Any, family: int) -> bool:
    try:
        _getaddrinfo(host, None, family, 0, 0, AI_NUMERICHOST)
    except (OSError, UnicodeError, ValueError):
        return False
    return True


def _native_getaddrinfo_offloaded(host: Any, port: Any, family: int) -> Any:
    return offload(_getaddrinfo, host, port if isinstance(port, int) and 0 <= port < 65536 else None, family)


_getaddrinfo = originals.get("_socket", "getaddrinfo")
stand_in = StandIn("socket")


def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> list[Any]:
    """Translate host and port; a numeric host at once, a name in a native thread."""
    resolve = originals.get("socket", "getaddrinfo")
    if host is None:
        return resolve(host, port, family, type, proto, flags)  # type: ignore[no-any-return]
    try:
        return resolve(host, port, family, type, proto, flags | AI_NUMERICHOST)  # type: ignore[no-any-return]
    except gaierror as error:
        if error.errno != EAI_NONAME or flags & AI_NUMERICHOST:
            raise
    return offload(resolve, host, port, family, type, proto, flags)  # type: ignore[no-any-return]


@stand_in
def gethostbyname(_: Any, hostname: str, /) -> str:
    """The IPv4 address of a host."""
    native = originals.get("socket", "gethostbyname")
    return native(hostname) if _is_numeric(hostname, AF_INET) else offload(native, hostname)  # type: ignore[no-any-return]


@stand_in
def gethostbyname_ex(_: Any, hostname: str, /) -> tuple[str, list[str], list[str]]:
    """Name, aliases and IPv4 addresses of a host."""
    return offload(originals.get("socket", "gethostbyname_ex"), hostname)  # type: ignore[no-any-return]


@stand_in
def gethostbyaddr(_: Any, ip_address: str, /) -> tuple[str, list[str], list[str]]:
    """Name, aliases and addresses of a host, by its address."""
    return offload(originals.get("socket", "gethostbyaddr"), ip_address)  # type: ignore[no-any-return]


@stand_in
def getnameinfo(_: Any, sockaddr: Any, flags: int, /) -> tuple[str, str]:
    """Host and port of a socket address."""
    native = originals.get("socket", "getnameinfo")
    if flags & NI_NUMERICHOST:
        return native(sockaddr, flags)  # type: ignore[no-any-return]
    return offload(native, sockaddr, flags)  # type: ignore[no-any-return]


def undo() -> None:
    """Sockets in use get their own timeouts back."""
    give_up_all()
