"""``selectors``: built on ``select``; only copies of its names have to be replaced."""

from __future__ import annotations

from lazypatch.base.patch import Patch
from lazypatch.cooperative import select

PATCH = Patch(
    "selectors",
    optional=["EpollSelector._selector_cls", "PollSelector._selector_cls", "SelectSelector._select"],
    under={"aggressive": ["EpollSelector._selector_cls"]},
    follows=["DefaultSelector"],
    copies={
        "EpollSelector._selector_cls": ("select", "epoll"),
        "PollSelector._selector_cls": ("select", "poll"),
        "SelectSelector._select": ("select", "select"),
    },
)


class EpollSelector:
    """Waits on the cooperative epoll."""

    _selector_cls = select.epoll


class PollSelector:
    """Waits on the cooperative poll."""

    _selector_cls = select.poll


class SelectSelector:
    """Waits on the cooperative select; bound already, so the class attribute does not bind."""

    _select = select.select
