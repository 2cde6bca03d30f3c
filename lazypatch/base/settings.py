"""The table of settings: one row per flag; command line, help and checks are generated from it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Setting:
    """One flag: its name, its default, and a line of help."""

    __slots__ = ("default", "help", "name")

    def __init__(self, name: str, default: bool, help: str) -> None:
        self.name = name
        self.default = default
        self.help = help


SETTINGS = (
    Setting("socket", True, "sockets"),
    Setting("dns", True, "name resolution in socket"),
    Setting("time", True, "time.sleep"),
    Setting("select", True, "select and selectors"),
    Setting("thread", True, "threads, locks and thread-local data"),
    Setting("os", True, "children, and pipes, terminals and sockets by descriptor; file locks"),
    Setting("ssl", True, "TLS sockets"),
    Setting("subprocess", True, "subprocess.Popen"),
    Setting("sys", False, "standard input and input()"),
    Setting("builtins", True, "open() of pipes, FIFOs and terminals"),
    Setting("signal", True, "signal handlers run in the main thread's task, and waits for signals"),
    Setting("queue", True, "queue.SimpleQueue and the fast paths of queue.Queue"),
)


def resolve(given: Mapping[str, bool]) -> dict[str, bool]:
    """Every setting with its value: the given one, or else the default.

    Raises TypeError that names the words which are no setting.
    """
    known = [setting.name for setting in SETTINGS]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise TypeError(f"patch_all() does not know {', '.join(unknown)}; it takes {', '.join(known)}")
    return {setting.name: bool(given.get(setting.name, setting.default)) for setting in SETTINGS}


def environment() -> dict[str, bool]:
    """What environment variables say: ``LAZYPATCH_NOWAITPID`` leaves ``os.wait*`` to the program."""
    return {"waitpid": not os.environ.get("LAZYPATCH_NOWAITPID")}
