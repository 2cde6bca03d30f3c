"""The table of settings: one row per flag; command line, help and checks are generated from it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Setting:
    """One flag: its name, its default, a line of help; a part of another flag is off when that is.

    ``veto`` names an environment variable that turns it off.
    """

    __slots__ = ("default", "help", "name", "part_of", "veto")

    def __init__(
        self, name: str, default: bool, help: str, part_of: str | None = None, veto: str | None = None
    ) -> None:
        self.name = name
        self.default = default
        self.help = help
        self.part_of = part_of
        self.veto = veto


SETTINGS = (
    Setting("socket", True, "sockets"),
    Setting("dns", True, "name resolution in socket"),
    Setting("time", True, "time.sleep"),
    Setting("select", True, "select and selectors"),
    Setting("thread", True, "threads, locks and thread-local data"),
    Setting("os", True, "children, and pipes, terminals and sockets by descriptor; file locks"),
    Setting("ssl", True, "TLS sockets"),
    Setting("subprocess", True, "subprocess.Popen"),
    Setting("sys", False, "standard streams and input()"),
    Setting("aggressive", True, "of select: epoll too", "select"),
    Setting("Event", True, "of thread: the short ways of threading.Event", "thread"),
    Setting("builtins", True, "open() of pipes, FIFOs and terminals"),
    Setting("signal", True, "signal handlers run in the main thread's task, and waits for signals"),
    Setting("queue", True, "queue.SimpleQueue and the fast paths of queue.Queue"),
)

PARTS = (
    Setting("threading", True, "of thread: threading", "thread"),
    Setting("_threading_local", True, "of thread: _threading_local.local", "thread"),
    Setting("logging", True, "of thread: locks of logging that exist already", "thread"),
    Setting("existing_locks", True, "of thread: locks that exist already", "thread"),
    Setting("stdin", True, "of sys: standard input", "sys"),
    Setting("stdout", True, "of sys: standard output", "sys"),
    Setting("stderr", True, "of sys: standard error", "sys"),
    Setting("waitpid", True, "of os: os.wait and its kin", "os", veto="LAZYPATCH_NOWAITPID"),
)


def known() -> list[str]:
    """The flags that ``patch_all`` takes."""
    return [setting.name for setting in SETTINGS]


def resolve(given: Mapping[str, object]) -> dict[str, bool]:
    """Every setting and part with its value: the given one, or else the default; parts of what is off are off.

    Raises TypeError that names the words which are no setting.
    """
    every = (*SETTINGS, *PARTS)
    unknown = sorted(set(given) - {setting.name for setting in every})
    if unknown:
        raise TypeError(f"lazypatch has no flag {', '.join(unknown)}; it has {', '.join(known())}")
    flags = {setting.name: bool(given.get(setting.name, setting.default)) for setting in every}
    for setting in every:
        if setting.part_of is not None:
            flags[setting.name] &= flags[setting.part_of] and not _is_vetoed(setting)
    return flags


def _is_vetoed(setting: Setting) -> bool:
    return setting.veto is not None and bool(os.environ.get(setting.veto))


def alone(given: Mapping[str, bool]) -> dict[str, bool]:
    """Flags as one means them who names some: true ones alone turn everything else off, false ones are left out.

    Parts follow the flag to which they belong.
    """
    whole = {setting.name: setting.part_of for setting in (*SETTINGS, *PARTS)}
    if not any(value and whole.get(name) is None for name, value in given.items()):
        return dict(given)
    return {name: bool(given.get(name, whole[name] is not None)) for name in known()} | dict(given)


def union(several: Iterable[Mapping[str, bool]]) -> dict[str, bool]:
    """A flag is on if it is in one of them."""
    flags = dict.fromkeys((setting.name for setting in (*SETTINGS, *PARTS)), False)
    for each in several:
        for name, value in each.items():
            flags[name] |= value
    return flags
