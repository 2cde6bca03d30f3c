"""Floor 2: one file per standard module, named after it; the index of them.

Each file has the same parts in the same order: docstring, ``PATCH`` (what it replaces), the code, and ``repair``
where something has to be put right in a module that was imported before activation.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Row:
    """One target: the module's name, which is the file's name too, and the flags that say what is patched of it.

    The first flag is that of the file's ``items``, the others are those of its ``under``. ``is_early``: the
    interpreter itself loads the module before any code of a user's, always or in some environments.
    """

    __slots__ = ("flags", "is_early", "target")

    def __init__(self, target: str, *flags: str, is_early: bool = False) -> None:
        self.target = target
        self.flags = flags
        self.is_early = is_early

    def is_wanted(self, flags: Mapping[str, bool]) -> bool:
        """Whether one of its flags is on."""
        return any(flags[flag] for flag in self.flags)


INDEX = {
    row.target: row
    for row in (
        Row("_thread", "thread", is_early=True),
        Row("time", "time", is_early=True),
        Row("os", "os", is_early=True),
        Row("io", "os", is_early=True),
        Row("builtins", "builtins", "stdin", is_early=True),
        Row("sys", "sys", is_early=True),
        Row("_signal", "signal", is_early=True),
        Row("signal", "signal"),
        Row("threading", "threading"),
        Row("_threading_local", "_threading_local"),
        Row("_queue", "queue"),
        Row("queue", "queue"),
        Row("select", "select"),
        Row("selectors", "select"),
        Row("socket", "socket", "dns"),
        Row("ssl", "ssl"),
        Row("subprocess", "subprocess"),
        Row("fcntl", "os", is_early=True),
        Row("logging", "logging"),
        Row("_multiprocessing", "thread"),
        Row("multiprocessing.connection", "os"),
        Row("asyncio.events", "thread"),
        Row("asyncio.base_events", "thread"),
        Row("concurrent.futures.thread", "thread"),
    )
}
