"""``lazypatch run CMD arguments``: any program that ends up in Python, switched on by its environment alone."""

from __future__ import annotations

import os
import sys

from lazypatch.activation import bootstrap
from lazypatch.activation.environment import VARIABLE, spell
from lazypatch.activation.sitefile import start_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

BOOTSTRAP = os.path.dirname(os.path.abspath(bootstrap.__file__))
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # env(1)


def run(command: list[str], given: Mapping[str, bool], children: bool = True) -> NoReturn:
    """Become ``command``; ends with status 127 if there is no such command, 126 if it cannot be executed."""
    try:
        os.execvpe(command[0], command, environment(given, children))
    except FileNotFoundError:
        print(f"lazypatch run: there is no command {command[0]!r} on the PATH", file=sys.stderr)
        sys.exit(_NOT_FOUND)
    except OSError as error:
        print(f"lazypatch run: {command[0]!r} cannot be executed: {error.strerror}", file=sys.stderr)
        sys.exit(_NOT_EXECUTABLE)


def environment(given: Mapping[str, bool], children: bool = True) -> dict[str, str]:
    """This process's environment, and what switches lazypatch on in a Python that is started with it.

    Where no ``lazypatch.pth`` is in force, the folder with our ``sitecustomize`` comes first on ``PYTHONPATH``.
    """
    changed = dict(os.environ)
    changed[VARIABLE] = spell(given, children)
    if not start_files():
        path = changed.get("PYTHONPATH")
        changed["PYTHONPATH"] = BOOTSTRAP + (os.pathsep + path if path else "")
    return changed
