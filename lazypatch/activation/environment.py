"""The environment variable ``LAZYPATCH``: what ``lazypatch.pth`` (or ``.start``, PEP 829) looks at when Python starts.

``1`` or ``all`` is everything that is on by default, names of flags are these alone, ``-name`` leaves one out, ``0`` is
off: ``socket,ssl,thread`` or ``all,-queue``. ``-children`` has the processes that this one starts stay as they are.
"""

from __future__ import annotations

import os
import sys

from lazypatch.base.errors import PatchError
from lazypatch.base.settings import alone, known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

VARIABLE = "LAZYPATCH"
CHILDREN = "children"
_ALL = ("1", "all")
_started: list[bool] = []


def start(default: str = "0") -> None:
    """Switch on what the variable says, once; ``default`` stands in for it where it is not set, or empty.

    ``site`` goes on after an error in a ``.pth`` file. Whoever wants lazypatch does not want the program without it, so
    whatever is wrong ends the process here, with a message and status 2.
    """
    if _started:
        return
    _started.append(True)
    try:
        flags = parse(os.environ.get(VARIABLE) or default)
    except PatchError as error:
        _end(f"lazypatch: {error}")
    if flags is None:
        return
    if not flags.pop(CHILDREN, True):
        os.environ[VARIABLE] = "0"
    try:
        from lazypatch.activation.activate import patch_all  # lazy: a wrong value, or 0, needs nothing of it

        patch_all(**flags)
        if sys.flags.interactive or sys.flags.inspect:  # a prompt comes, or has come
            from lazypatch.runtime import prompt  # lazy: mostly there is none

            prompt.install(early=True)
    except Exception:
        import traceback  # lazy: only an error needs it

        _end(f"{traceback.format_exc()}lazypatch: what the environment variable {VARIABLE} asks for cannot be done")


def parse(value: str) -> dict[str, bool] | None:
    """The flags that ``value`` means, and ``children`` if it is named; None for off.

    Raises PatchError that names the variable, what is wrong and the accepted words.
    """
    words = [word.strip() for word in value.split(",")]
    if words in (["0"], [""]):
        return None
    given: dict[str, bool] = {}
    for word in words:
        if word.lower() not in _ALL:
            given[_flag(word, value)] = not word.startswith("-")
    children = given.pop(CHILDREN, None)
    is_all = any(word.lower() in _ALL for word in words)
    flags = given if is_all else alone(given)
    return flags if children is None else {**flags, CHILDREN: children}


def spell(given: Mapping[str, bool], children: bool = True) -> str:
    """The value that means these flags; the inverse of ``parse``."""
    words = [name if value else f"-{name}" for name, value in given.items()]
    if not any(given.values()):
        words.insert(0, "all")
    return ",".join(words if children else [*words, f"-{CHILDREN}"])


def _flag(word: str, value: str) -> str:
    names = {name.lower(): name for name in known()}
    name = word.removeprefix("-").lower()
    if word.startswith("-"):
        names[CHILDREN] = CHILDREN
    if name not in names:
        raise PatchError(
            f"the environment variable {VARIABLE} is {value!r}, and {word!r} is none of the words that it may have, "
            f"with commas between them: 0, 1, all, {', '.join(known())}; each flag also with - before it, and "
            f"-{CHILDREN}. Nothing has been run."
        )
    return names[name]


def _end(message: str) -> NoReturn:
    try:
        sys.stdout.flush()
        print(message, file=sys.stderr, flush=True)
    finally:
        os._exit(2)
