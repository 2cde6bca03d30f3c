"""An interactive session: while its prompt waits for a line, the other tasks run.

The interpreter calls ``PyOS_InputHook`` (Python/pythonrun.c, Modules/readline.c) while it waits. Newer prompts that are
written in Python - that of 3.13, IPython's - wait by ``select`` and ``os.read``, which cooperate by themselves.
"""

from __future__ import annotations

import sys

from lazypatch.activation import environment
from lazypatch.base import originals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STDIN = 0
_UNBUFFERED = 2  # stdio.h: _IONBF
_AGAIN = 0.01  # seconds until Ctrl-C reaches the prompt
_hooks: list[Any] = []


def start() -> None:
    """Switch everything on, or what ``LAZYPATCH`` says, and let the prompt cooperate."""
    environment.start("1")
    if _hooks or "lazypatch.activation.activate" not in sys.modules:  # LAZYPATCH=0
        return
    try:
        import ctypes  # lazy: only an interactive session needs it
        import os  # lazy: loaded anyway
    except ImportError:
        return
    if not os.isatty(_STDIN):  # what the C library has read ahead does not show in the descriptor
        library = ctypes.CDLL(None)
        library.setvbuf(ctypes.c_void_p.in_dll(library, "stdin"), None, _UNBUFFERED, ctypes.c_size_t(0))
    hook = ctypes.CFUNCTYPE(ctypes.c_int)(_wait)
    _hooks.append(hook)  # it has to outlive this call
    ctypes.c_void_p.in_dll(ctypes.pythonapi, "PyOS_InputHook").value = ctypes.cast(hook, ctypes.c_void_p).value


def _wait() -> int:
    """Park until there is something to read. Ctrl-C is the prompt's: it comes again when the prompt listens."""
    if "_pyrepl.reader" in sys.modules:
        return 0
    try:
        from lazypatch.runtime.pipes import await_ready  # lazy: nobody may wait here at all

        await_ready(_STDIN)
    except KeyboardInterrupt:
        originals.get("_thread", "start_new_thread")(_interrupt, (originals.get("_thread", "get_ident")(),))
    return 0


def _interrupt(thread: int) -> None:
    originals.get("time", "sleep")(_AGAIN)
    originals.get("_signal", "pthread_kill")(thread, sys.modules["_signal"].SIGINT)
