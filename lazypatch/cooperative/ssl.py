"""``ssl``: the stdlib's ``SSLSocket`` with cooperative methods; contexts, MemoryBIO and SSLObject stay untouched.

OpenSSL says in which direction it has to wait, and that may be the other one than the call suggests.
"""

from __future__ import annotations

import ssl as _module
from time import monotonic

from lazypatch.base.patch import Patch
from lazypatch.runtime.descriptors import record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch(
    "ssl",
    ["SSLSocket.do_handshake", "SSLSocket.read", "SSLSocket.send", "SSLSocket.unwrap", "SSLSocket.write"],
    follows=["SSLContext", "get_server_certificate"],
)

_read, _write, _send = _module.SSLSocket.read, _module.SSLSocket.write, _module.SSLSocket.send
_unwrap = _module.SSLSocket.unwrap
WantRead, WantWrite = _module.SSLWantReadError, _module.SSLWantWriteError


def _repeat(sock: Any, what: str, call: Any, args: Any, block: bool = False) -> Any:
    """Call ``call(*args)`` until OpenSSL does not ask for more.

    ``what`` is named by a timeout; ``block``: wait even if the socket is non-blocking.
    """
    if sock._sslobj is None:  # closed, unwrapped or not connected: the original says so
        return call(*args)
    record = record_of(sock)
    timeout = record.timeout if record.timeout or not block else None
    deadline: float | None = None
    while True:
        try:
            return call(*args)
        except WantRead:
            side = record.reading
            if timeout == 0.0:
                raise
        except WantWrite:
            side = record.writing
            if timeout == 0.0:
                raise
        if deadline is None and timeout is not None:
            deadline = monotonic() + timeout
        try:
            side.wait(deadline)
        except TimeoutError:
            raise TimeoutError(f"The {what} operation timed out") from None


class SSLSocket:
    """The methods that ``ssl.SSLSocket`` gets."""

    def read(self: Any, len: int = 1024, buffer: Any = None) -> Any:
        """Read up to ``len`` bytes; b"" at the end of the stream."""
        return _repeat(self, "read", _read, (self, len, buffer))

    def write(self: Any, data: Any) -> int:
        """Write data; returns the number of bytes written."""
        return _repeat(self, "write", _write, (self, data))  # type: ignore[no-any-return]

    def send(self: Any, data: Any, flags: int = 0) -> int:
        return _repeat(self, "write", _send, (self, data, flags))  # type: ignore[no-any-return]

    def unwrap(self: Any) -> Any:
        """End TLS on the connection and return the plain socket under it."""
        return _repeat(self, "shutdown", _unwrap, (self,))

    def do_handshake(self: Any, block: bool = False) -> None:
        """Perform the handshake; ``block``: even if the socket is non-blocking."""
        self._check_connected()
        _repeat(self, "handshake", self._sslobj.do_handshake, (), block)
