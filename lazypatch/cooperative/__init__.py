"""Floor 2: one file per standard module, named after it; the index of them.

Each file has the same parts in the same order: docstring, ``PATCH`` (what it replaces), the code, and ``repair``
where something has to be put right in a module that was imported before activation.
"""

from __future__ import annotations


class Row:
    """One target: the module's name, which is the file's name too, and the flag that it belongs to."""

    __slots__ = ("flag", "target")

    def __init__(self, target: str, flag: str) -> None:
        self.target = target
        self.flag = flag


INDEX = {
    row.target: row
    for row in (
        Row("_thread", "thread"),
        Row("time", "time"),
        Row("os", "os"),
        Row("io", "os"),
        Row("builtins", "builtins"),
        Row("sys", "sys"),
        Row("_signal", "signal"),
        Row("threading", "thread"),
        Row("_threading_local", "thread"),
        Row("_queue", "queue"),
        Row("queue", "queue"),
        Row("select", "select"),
        Row("selectors", "select"),
        Row("socket", "socket"),
        Row("ssl", "ssl"),
        Row("subprocess", "subprocess"),
        Row("fcntl", "os"),
        Row("logging", "thread"),
        Row("_multiprocessing", "thread"),
        Row("multiprocessing.connection", "os"),
        Row("asyncio.events", "thread"),
        Row("asyncio.base_events", "thread"),
        Row("concurrent.futures.thread", "thread"),
    )
}
