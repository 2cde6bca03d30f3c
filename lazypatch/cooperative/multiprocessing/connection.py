"""``multiprocessing.connection``: what it copied from ``os`` is replaced, in default arguments too."""

from __future__ import annotations

from lazypatch.base import originals
from lazypatch.base.patch import Patch
from lazypatch.cooperative import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch(
    "multiprocessing.connection",
    optional=["Connection._read", "Connection._write"],
    copies={"Connection._read": ("os", "read"), "Connection._write": ("os", "write")},
)


class Connection:
    """Reads and writes like ``os``; bound already, so the class attributes do not bind."""

    _read = os.read
    _write = os.write


def _swap_defaults(swaps: dict[Any, Any]) -> None:
    from multiprocessing.connection import Connection as live  # lazy: only a module that is loaded is repaired

    for method in (live._send, live._recv):  # type: ignore[attr-defined]
        method.__defaults__ = tuple(swaps.get(value, value) for value in method.__defaults__)


def repair(names: dict[str, Any]) -> None:
    """The methods have the natives as default arguments."""
    _swap_defaults({originals.get("os", "read"): Connection._read, originals.get("os", "write"): Connection._write})


def undo() -> None:
    """The methods get the natives back."""
    _swap_defaults({Connection._read: originals.get("os", "read"), Connection._write: originals.get("os", "write")})
