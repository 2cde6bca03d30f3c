"""Virtual environments in which lazypatch is installed from its wheel.

What else the tests have installed is visible there by a path file, without its own ``.pth`` files.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from helpers import python

ROOT = Path(__file__).parent.parent
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LAZYPATCH"))}


def build_wheel(folder):
    """Build the wheel from a copy of the checkout; returns its path."""
    source = folder / "source"
    shutil.copytree(ROOT / "lazypatch", source / "lazypatch", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "setup.cfg", "README.rst", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, env=CLEAN, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def interpreter(folder):
    """The interpreter to make virtual environments of: this one.

    Debian's has a ``sitecustomize`` in the folder of its standard library, where it comes before any other. Then it is
    one in ``folder``, which has the same files but for that.
    """
    base = Path(sysconfig.get_path("stdlib"))
    if not (base / "sitecustomize.py").exists():
        return sys.executable
    library = folder / "base" / "lib" / base.name
    library.mkdir(parents=True)
    for each in base.iterdir():
        if each.name != "sitecustomize.py":
            (library / each.name).symlink_to(each)
    copy = folder / "base" / "bin" / base.name
    copy.parent.mkdir()
    shutil.copy(os.path.realpath(sys.executable), copy)
    return copy


def link_others(folder):
    """A folder with what is installed besides lazypatch."""
    folder.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if each.suffix != ".pth" and not each.name.startswith(("lazypatch", "__pycache__")):
            (folder / each.name).symlink_to(each)
    return folder


class Environment:
    """A new virtual environment with the wheel in it."""

    def __init__(self, folder, wheel, interpreter):
        self.folder = folder
        subprocess.run([interpreter, "-m", "venv", "--without-pip", folder], check=True, env=CLEAN)
        self.python = str(folder / "bin" / "python")
        (self.site,) = folder.glob("lib/python*/site-packages")
        self.before = self.files()
        self.pip("install", "--quiet", "--no-index", "--no-deps", wheel)
        (self.site / "0_others.pth").write_text(f"{link_others(folder.parent / 'others')}\n")

    def pip(self, *arguments):
        _pip("--python", self.python, *arguments)

    def files(self):
        """What is in site-packages, and in ``bin`` besides the interpreter."""
        every = [*self.site.rglob("*"), *(self.folder / "bin").iterdir()]
        return {
            str(each.relative_to(self.folder)) for each in every if each.name not in ("__pycache__", "0_others.pth")
        }

    def run(self, *arguments, env=None, **options):
        """Run its interpreter, in a clean environment; returns the completed process."""
        options.setdefault("cwd", self.folder)  # not the checkout, which is a place to import from
        return python(*arguments, executable=self.python, env={**CLEAN, **(env or {})}, **options)

    def out(self, *arguments, **options):
        """What it prints; it must succeed, and have nothing to complain of."""
        done = self.run(*arguments, **options)
        assert (done.returncode, done.stderr) == (0, ""), f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout
