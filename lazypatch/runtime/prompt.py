"""An interactive session: while its prompt waits for a line, the other tasks run.

The interpreter calls ``PyOS_InputHook`` while it waits (Parser/myreadline.c, Modules/readline.c). Prompts written in
Python - that of 3.13 and later, IPython's - wait by ``select`` and ``os.read``, which cooperate by themselves.
"""

from __future__ import annotations

import os
import sys

from lazypatch.base import originals
from lazypatch.runtime.identity import native_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STDIN = 0
_UNBUFFERED = 2  # stdio.h: _IONBF
_AGAIN, _ASIDE = 0.01, 0.1  # seconds until Ctrl-C reaches the prompt, and until the hook is back
_pointer: Any = None
_hook: Any = None  # has to outlive the interpreter's use of it
_address = 0


def install(early: bool = False) -> None:
    """Have the prompt cooperate. ``early``: nothing has been read from standard input yet."""
    global _pointer, _hook, _address
    if _hook is not None or not (early or os.isatty(_STDIN)):
        return
    try:
        import ctypes  # lazy: only an interactive session needs it
    except ImportError:  # an interpreter without it has a prompt that waits natively
        return
    if not os.isatty(_STDIN):  # what the C library reads ahead would not show in the descriptor
        library = ctypes.CDLL(None)
        library.setvbuf(ctypes.c_void_p.in_dll(library, "stdin"), None, _UNBUFFERED, ctypes.c_size_t(0))
    _hook = ctypes.CFUNCTYPE(ctypes.c_int)(_called)
    _address = ctypes.cast(_hook, ctypes.c_void_p).value or 0
    _pointer = ctypes.c_void_p.in_dll(ctypes.pythonapi, "PyOS_InputHook")
    _pointer.value = _address


def _called() -> int:
    """Park until there is something to read, or Ctrl-C."""
    caller = sys._getframe().f_back
    if caller is not None and caller.f_globals.get("__name__") == "_pyrepl.reader":
        return 0
    try:
        _wait_for_input()
    except KeyboardInterrupt:
        _step_aside()
    return 0


def _step_aside() -> None:
    """Ctrl-C is the prompt's, which calls us before it looks for signals: it comes again while we are away."""
    _pointer.value = None
    originals.get("_thread", "start_new_thread")(_interrupt, (native_ident(),))


def _interrupt(thread: int) -> None:
    sleep = originals.get("time", "sleep")
    sleep(_AGAIN)
    originals.get("_signal", "pthread_kill")(thread, sys.modules["_signal"].SIGINT)  # type: ignore[attr-defined]
    sleep(_ASIDE)
    _pointer.value = _address


def _as_of_the_user(function: Any) -> Any:
    """With globals that are not the runtime's: a signal's exception may be raised in it at once."""
    return type(function)(function.__code__, {**globals(), "__name__": "prompt"})


@_as_of_the_user
def _wait_for_input() -> None:
    from lazypatch.runtime.pipes import await_ready  # lazy: nobody may wait at all

    await_ready(_STDIN)
