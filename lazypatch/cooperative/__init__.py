"""Floor 2: one file per standard module, named after it; the index of them.

Each file has the same parts in the same order: docstring, ``PATCH`` (what it replaces), the code, and ``repair``
where something has to be put right in a module that was imported before activation.
"""

from __future__ import annotations


class Row:
    """One target: the module's name, which is the file's name too, and the flag that it belongs to."""

    __slots__ = ("always_loaded", "flag", "target")

    def __init__(self, target: str, flag: str, always_loaded: bool = False) -> None:
        self.target = target
        self.flag = flag
        self.always_loaded = always_loaded


INDEX = {
    row.target: row
    for row in (
        Row("_thread", "thread", always_loaded=True),
        Row("time", "time", always_loaded=True),
        Row("os", "os", always_loaded=True),
        Row("_signal", "signal", always_loaded=True),
        Row("threading", "thread"),
        Row("_threading_local", "thread"),
        Row("_queue", "queue"),
        Row("queue", "queue"),
        Row("select", "select"),
        Row("selectors", "select"),
        Row("socket", "socket"),
        Row("ssl", "ssl"),
    )
}
