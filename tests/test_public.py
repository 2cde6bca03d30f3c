"""The public names."""

import pytest

import lazypatch


@pytest.mark.parametrize("name", lazypatch.__all__)
def test_each_public_name_resolves(name):
    assert getattr(lazypatch, name) is not None
    assert name in dir(lazypatch)


@pytest.mark.parametrize("name", ["PatchError", "PatchWarning", "Task", "TaskKilled", "Timeout"])
def test_public_classes_say_that_they_are_public(name):
    assert getattr(lazypatch, name).__module__ == "lazypatch"


def test_another_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="'lazypatch' has no attribute 'nonsense'"):
        lazypatch.nonsense
