"""Plugins: entry points of the groups ``lazypatch.plugins.*``.

Reading entry points takes ``importlib.metadata``, which imports dozens of modules, targets among them. So the files
that it would read are looked through for the groups' name first, and mostly that is the end of it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FILE = "entry_points.txt"
_searched: set[str] = set()
_plugins: dict[str, list[Any]] = {}


def discover() -> None:
    """Look for plugins on those entries of ``sys.path`` that are new; what is found hears all later events."""
    new = [path for path in sys.path if path not in _searched]
    _searched.update(new)
    if any(_mentions_plugins(path) for path in new):
        from importlib.metadata import entry_points  # lazy: only where there are plugins

        from lazypatch.base import events  # lazy: only plugins and subscribers need it

        for group in events.GROUPS:
            _plugins[group] = list(entry_points(group=group))
        events.plugins = _call


def _mentions_plugins(path: str) -> bool:
    try:
        names = os.listdir(path or ".")
    except NotADirectoryError:
        return _contains(path, _FILE.encode())  # a zip file has the names at its end
    except OSError:
        return False
    folders = [name for name in names if name.endswith((".dist-info", ".egg-info"))]
    return any(_contains(os.path.join(path, name, _FILE), b"lazypatch.plugins.") for name in folders)


def _contains(path: str, what: bytes, last: int = 2**20) -> bool:
    """Whether the ``last`` bytes of a file have ``what`` among them; False if it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - last))
            return what in file.read()
    except OSError:
        return False


def _call(event: Any) -> None:
    """Call the plugins of the event's group; an error of one's own names it."""
    for point in _plugins.get(event.group, ()):
        try:
            point.load()(event)
        except Exception as error:
            from lazypatch.base.errors import PatchError  # lazy: only an error needs it

            text = f"{_name(point)} failed: {type(error).__name__}: {error}; mend or uninstall it"
            raise PatchError(text) from error


def _name(point: Any) -> str:
    owner = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown distribution"
    return f"plugin {point.name} = {point.value} of {owner} (group {point.group})"
