"""``_threading_local``: the stdlib's Python version of thread-local data; replaced by ours."""

from __future__ import annotations

from lazypatch.base.patch import Patch
from lazypatch.runtime.local import local

PATCH = Patch("_threading_local", ["local"])

__all__ = ["PATCH", "local"]
