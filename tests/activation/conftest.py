import os

import pytest
from installed import Environment, build_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def environment(tmp_path, wheel):
    """A new virtual environment with lazypatch installed from its wheel."""
    return Environment(tmp_path / "environment", wheel)


@pytest.fixture(scope="session")
def installed(tmp_path_factory, wheel):
    """One that several tests share, and none of them changes."""
    made = Environment(tmp_path_factory.mktemp("shared") / "environment", wheel)
    before = made.files()
    yield made
    new = {each for each in made.files() - before if not each.endswith(".pyc")}
    assert not new, f"{os.path.basename(made.folder)} has been changed: {new}"
