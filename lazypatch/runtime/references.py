"""Telling by counting who else refers to an object: a call in progress, or something of C's."""

from __future__ import annotations

import gc
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def with_unknown_references(objects: list[Any], sample: Callable[[], Any]) -> list[Any]:
    """Those of ``objects`` to which something refers that the collector does not know.

    The measure is what ``sample()`` makes, an object like them, but for any such reference.
    """
    every = [*objects, sample()]
    known = dict.fromkeys(map(id, every), 0)
    for referrer in gc.get_referrers(*every):
        for each in map(id, _shown(referrer, every)):
            if each in known:
                known[each] += 1
    unknown = [sys.getrefcount(every[index]) - known[id(every[index])] for index in range(len(every))]
    return [each for each, count in zip(objects, unknown, strict=False) if count > unknown[-1]]


def _shown(referrer: Any, objects: list[Any]) -> list[Any]:
    """What an object refers to; of a C module, which may show freed objects (3.12), the types that are its own."""
    if type(referrer) is types.ModuleType:
        return [each for each in objects if isinstance(each, type) and each.__module__ == referrer.__name__]
    return gc.get_referents(referrer)
