"""What the README says of the tests is so."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
README = (TESTS.parent / "README.rst").read_text()
PROMISES = README.partition(".. begin promises")[2].partition(".. end promises")[0]
REFERENCES = re.findall(r"``((?:\w+/)*\w+\.py(?:::\w+)?)``", PROMISES)


def test_every_promise_has_a_test():
    rows = PROMISES.count("   * - ") - 1
    assert rows > 40
    assert len(REFERENCES) == rows


@pytest.mark.parametrize("reference", sorted(set(REFERENCES)))
def test_the_test_of_a_promise_exists(reference):
    path, _, name = reference.partition("::")
    source = (TESTS / path).read_text()
    assert not name or f"def {name}(" in source


def test_every_public_name_is_in_the_readme():
    import lazypatch

    words = set(re.findall(r"\w+", README))
    assert set(lazypatch.__all__) - words == {"__version__"}
