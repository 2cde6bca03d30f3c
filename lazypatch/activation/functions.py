"""``patch_time``, ``patch_socket`` and their kin: one flag each, patched in place or armed; each returns a handle."""

from __future__ import annotations

from lazypatch.activation.requests import Request, in_force
from lazypatch.base import settings
from lazypatch.base.errors import warn


def _patch(name: str, **flags: bool) -> Request:
    everything = dict.fromkeys(settings.known(), False)
    return Request(name, settings.resolve({**everything, **flags})).carry_out()


def patch_builtins() -> Request:
    """``open`` of pipes, FIFOs and terminals."""
    return _patch("patch_builtins", builtins=True)


def patch_dns() -> Request:
    """Name resolution in ``socket``, in native threads; numeric hosts are resolved on the spot."""
    return _patch("patch_dns", dns=True)


def patch_os() -> Request:
    """``fork``, pipes, terminals, file locks, and ``wait`` and its kin unless ``LAZYPATCH_NOWAITPID`` is set."""
    return _patch("patch_os", os=True)


def patch_queue() -> Request:
    """``SimpleQueue``, and the methods of ``Queue`` that are hot."""
    return _patch("patch_queue", queue=True)


def patch_select(aggressive: bool = True) -> Request:
    """``select``, ``poll`` and what ``selectors`` builds on them; ``aggressive``: ``epoll`` too. Nothing is removed."""
    return _patch("patch_select", select=True, aggressive=aggressive)


def patch_signal() -> Request:
    """Handlers run in the main thread's task, and waits for signals cooperate. Needs no ``patch_os`` to be right."""
    return _patch("patch_signal", signal=True)


def patch_socket(dns: bool = True, aggressive: bool = True) -> Request:
    """The methods of ``socket.socket``; ``dns``: name resolution too. ``aggressive`` has nothing to remove here."""
    return _patch("patch_socket", socket=True, dns=dns)


def patch_ssl() -> Request:
    """The methods of ``ssl.SSLSocket``. Warns if ``socket`` is not patched, which it builds on."""
    if not in_force()["socket"]:
        warn("patch_ssl() without patch_socket(): connecting and closing stay native; patch socket as well")
    return _patch("patch_ssl", ssl=True)


def patch_subprocess() -> Request:
    """``Popen.wait``, and with it ``run``, ``call`` and the others."""
    return _patch("patch_subprocess", subprocess=True)


def patch_sys(stdin: bool = True, stdout: bool = True, stderr: bool = True) -> Request:
    """The standard streams, where they are pipes, terminals or sockets; with ``stdin``, ``input()`` too."""
    return _patch("patch_sys", sys=True, stdin=stdin, stdout=stdout, stderr=stderr)


def patch_thread(
    threading: bool = True,
    _threading_local: bool = True,
    Event: bool = True,
    logging: bool = True,
    existing_locks: bool = True,
) -> Request:
    """``_thread``, and by the flags ``threading``, ``_threading_local``, ``Event``'s short ways, and existing locks.

    Without ``threading`` that module is imported now, so that it keeps its native threads and locks.
    """
    if not threading and not in_force()["threading"]:
        __import__("threading")
    parts = {"threading": threading, "_threading_local": _threading_local, "Event": Event}
    return _patch("patch_thread", thread=True, logging=logging, existing_locks=existing_locks, **parts)


def patch_time() -> Request:
    """``time.sleep``."""
    return _patch("patch_time", time=True)
