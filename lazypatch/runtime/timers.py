"""A heap of deadlines. It has no clock: ``now`` is an argument.

Most deadlines never come true: the wait they guard ends first. Removing such an entry from the middle of a heap
is dear, so it stays and is passed over; when the passed-over entries are the majority the heap is rebuilt.
"""

from __future__ import annotations

from _heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Timers:
    """Items ordered by deadline. An item has ``done`` (true: pass it over) and is handed out once."""

    __slots__ = ("_count", "_heap", "stale")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Any]] = []
        self._count = 0
        self.stale = 0  # a hint, raised by whoever finishes before the deadline

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[tuple[float, Any]]:
        """``(when, item)`` for every entry, in no order."""
        return ((when, item) for when, _, item in self._heap)

    def push(self, when: float, item: Any) -> None:
        """Have ``item`` come due at ``when`` (seconds on the caller's clock)."""
        self._count += 1
        heappush(self._heap, (when, self._count, item))
        if self.stale > 64 and self.stale * 2 > len(self._heap):
            self._rebuild()

    def due(self, now: float) -> Iterator[tuple[float, Any]]:
        """Take out and yield ``(when, item)`` for every entry whose deadline has come, earliest first."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            when, _, item = heappop(heap)
            if not item.done:
                yield when, item
            elif self.stale:
                self.stale -= 1

    def next(self) -> float | None:
        """The earliest deadline, or None."""
        heap = self._heap
        while heap and heap[0][2].done:
            heappop(heap)
            if self.stale:
                self.stale -= 1
        return heap[0][0] if heap else None

    def _rebuild(self) -> None:
        self._heap[:] = [entry for entry in self._heap if not entry[2].done]
        heapify(self._heap)
        self.stale = 0
