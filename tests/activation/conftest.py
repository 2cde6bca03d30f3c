import os

import pytest
from installed import Environment, build_wheel
from installed import interpreter as find_interpreter


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory):
    return find_interpreter(tmp_path_factory.mktemp("interpreter"))


@pytest.fixture
def environment(tmp_path, wheel, interpreter):
    """A new virtual environment with lazypatch installed from its wheel."""
    return Environment(tmp_path / "environment", wheel, interpreter)


@pytest.fixture(scope="session")
def installed(tmp_path_factory, wheel, interpreter):
    """One that several tests share, and none of them changes."""
    made = Environment(tmp_path_factory.mktemp("shared") / "environment", wheel, interpreter)
    before = made.files()
    yield made
    new = {each for each in made.files() - before if not each.endswith(".pyc")}
    assert not new, f"{os.path.basename(made.folder)} has been changed: {new}"
