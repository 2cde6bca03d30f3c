"""Who is running: a task has an ident of its own, and the main greenlet of a native thread keeps the thread's.

Identity belongs to the task, not to the greenlet: a greenlet that user code makes inside a task, or inside the
main greenlet, has the ident of the one that it was made in.

Until the first wait there are no tasks, and a program that only imports does not pay for loading greenlet.
"""

import sys
from _thread import get_ident as native_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _NativeThread:
    """Stands for the current greenlet while greenlet is not loaded."""

    __slots__ = ()

    @property
    def ident(self) -> int:
        return native_ident()


def getcurrent(_native: "Any" = _NativeThread()) -> "Any":
    """The current greenlet; the hub puts greenlet's own function here. Look it up anew for each call."""
    return _native


def get_ident() -> int:
    """The ident of the running task: what ``threading.get_ident`` answers."""
    try:
        return getcurrent().ident  # type: ignore[no-any-return]
    except (AttributeError, RuntimeError):
        return bearers_ident()  # type: ignore[no-any-return]


def bearers_ident() -> int:
    """The ident for a greenlet that has none of its own, or when the interpreter ends and greenlet knows no more."""
    try:
        return bearer().ident  # type: ignore[no-any-return]
    except RuntimeError:
        return native_ident()


def is_main_thread(ident: int) -> bool:
    """Whether it is the thread that the interpreter ends with; without ``threading`` there are hardly any others."""
    main = getattr(sys.modules.get("threading"), "_main_thread", None)
    return main is None or main.ident == ident


def bearer() -> "Any":
    """The greenlet that stands for the running thread: the current one or an ancestor of it."""
    current: Any = getcurrent()
    if type(current) is _NativeThread:
        from greenlet import getcurrent as real  # lazy: activation does without greenlet

        current = real()
    while not hasattr(current, "ident"):
        if current.parent is None:
            current.ident = native_ident()
            break
        current = current.parent
    return current


def at_end(sentinel: "Any") -> None:
    """Have ``sentinel.release()`` called when the running task, or native thread, ends."""
    try:
        getcurrent().sentinels.append(sentinel)
        return
    except AttributeError:  # the hub is not loaded yet, or this is the main greenlet of a native thread
        owner = bearer()
    try:
        owner.sentinels.append(sentinel)
    except AttributeError:
        owner.sentinels = [sentinel]
        owner.end = _End(owner.sentinels)


class _End:
    """Dies with the main greenlet of a native thread, and tells the sentinels."""

    __slots__ = ("_sentinels",)

    def __init__(self, sentinels: "list[Any]") -> None:
        self._sentinels = sentinels

    def __del__(self) -> None:
        release_all(self._sentinels)


def release_all(sentinels: "list[Any]") -> None:
    """Release what is still locked of ``sentinels``."""
    for sentinel in sentinels:
        if sentinel.locked():
            sentinel.release()
    sentinels.clear()
