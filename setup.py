"""Puts ``lazypatch.pth`` beside the package, in a wheel and in an editable install; all else is in setup.cfg."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithStartFile(build_py):
    """What ``site`` reads when Python starts lies on top of site-packages, for which setup.cfg has no option."""

    def run(self):
        super().run()
        top = self.get_finalized_command("install").install_lib if self.editable_mode else self.build_lib
        self.copy_file(Path("lazypatch", "activation", "lazypatch.pth"), top)


setup(cmdclass={"build_py": BuildWithStartFile})
