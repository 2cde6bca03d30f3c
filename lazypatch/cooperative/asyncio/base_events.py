"""``asyncio.base_events``: a loop that always finds something to do gives the other tasks a turn every so often."""

from __future__ import annotations

import asyncio.base_events as _module

from lazypatch.base.patch import Patch
from lazypatch.runtime.waiters import spend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATCH = Patch("asyncio.base_events", ["BaseEventLoop._run_once"])

_run_once: Any = _module.BaseEventLoop._run_once  # type: ignore[attr-defined]


class BaseEventLoop:
    """The methods that ``asyncio.BaseEventLoop`` gets."""

    def _run_once(self: Any) -> None:
        _run_once(self)
        spend()
