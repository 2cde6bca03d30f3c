"""``lazypatch.start`` (PEP 829), the successor of ``lazypatch.pth``: put into site-packages, and taken away.

It is not there from the beginning: Python 3.15 imports ``pkgutil`` and the named module for it at each start, even if
``LAZYPATCH`` is not set, and that takes some 8 ms. It reads ``lazypatch.pth`` too, and will until 3.17, for nothing.
"""

from __future__ import annotations

import os
import shutil
import sys

from lazypatch.activation.sitefile import START_FILES, carry_out, site_folders
from lazypatch.base.errors import PatchError

_SINCE = (3, 15)
_REMEDY = "lazypatch.pth serves as well until 3.17"


def install(is_dry: bool = False) -> list[str]:
    """Copy it; returns a line that says what has been done. Raises PatchError where that has no effect."""
    if sys.version_info < _SINCE:
        raise PatchError(
            f"Python {sys.version.split()[0]} does not read .start files; lazypatch.pth does the same there"
        )
    target = _target()
    if os.path.exists(target):
        return [f"{target} is there already"]
    source = os.path.join(os.path.dirname(__file__), START_FILES[1])
    return carry_out([(f"write {target}", lambda: shutil.copyfile(source, target))], is_dry, _REMEDY)


def uninstall(is_dry: bool = False) -> list[str]:
    """Remove it; returns a line that says what has been done."""
    target = _target()
    if not os.path.exists(target):
        return [f"there is no {target}"]
    return carry_out([(f"remove {target}", lambda: os.remove(target))], is_dry, _REMEDY)


def _target() -> str:
    """Beside ``lazypatch.pth``, the import line of which it takes the place of."""
    folders = site_folders()
    if not folders:
        raise PatchError("site has not run here (-S), so there is no folder for lazypatch.start")
    with_pth = [each for each in folders if os.path.exists(os.path.join(each, START_FILES[0]))]
    return os.path.join((with_pth or folders)[0], START_FILES[1])
