"""``logging``: imported after activation it has cooperative locks by itself; those made before are exchanged."""

from __future__ import annotations

from lazypatch.base.patch import Patch

PATCH = Patch("logging")
