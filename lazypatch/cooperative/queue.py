"""``queue``: the stdlib's own ``Queue`` with all its internals, and a cooperative ``SimpleQueue``."""

from __future__ import annotations

from lazypatch.base.patch import Patch
from lazypatch.cooperative._queue import SimpleQueue

PATCH = Patch("queue", ["SimpleQueue"])

__all__ = ["PATCH", "SimpleQueue"]
