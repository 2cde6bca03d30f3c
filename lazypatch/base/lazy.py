"""Modules that are loaded when something of them is first used."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LazyModule:
    """``LazyModule("a.b").name`` imports ``a.b`` and is its ``name``; from then on it is a plain attribute.

    Meant for functions and classes: what the module rebinds later is not seen.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> "Any":
        __import__(self._name)
        value = getattr(sys.modules[self._name], name)
        setattr(self, name, value)
        return value
