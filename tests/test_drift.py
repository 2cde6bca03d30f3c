"""What lazypatch replaces exists on this Python."""

import sys

import pytest

from lazypatch.base.patch import Patch
from lazypatch.cooperative import INDEX
from lazypatch.patching.apply import cooperative
from lazypatch.patching.replace import MISSING, current, holder_of, lookup


@pytest.mark.parametrize("target", INDEX)
def test_every_name_exists_in_the_target_and_in_the_file(target):
    source = cooperative(target)
    __import__(target)
    module = sys.modules[target]
    patch: Patch = source.PATCH
    assert patch.target == target
    for name in patch.names({}):
        if name in patch.optional:
            continue
        holder, attribute = holder_of(module, name)
        assert holder is not None, name
        assert current(holder, attribute) is not MISSING, f"{target}.{name}"
        assert lookup(source, name) is not MISSING, f"lazypatch has no {target}.{name}"


@pytest.mark.parametrize("target", INDEX)
def test_copies_name_things_that_are_replaced(target):
    patch: Patch = cooperative(target).PATCH
    every = {name for version in [(3, 11), (3, 15)] for name in patch.names({}, None, version)}
    assert set(patch.copies) <= every


def test_every_blocking_name_of_threading_comes_from_a_patched_one():
    import _thread
    import threading

    patch = cooperative("threading").PATCH
    names = set(patch.names({}))
    blocking = {id(getattr(_thread, name)) for name in cooperative("_thread").PATCH.names({}) if name != "_count"}
    copied = {name for name, value in vars(threading).items() if id(value) in blocking}
    assert copied <= names, f"threading has copies of patched names that are not replaced: {copied - names}"


@pytest.mark.parametrize("target", INDEX)
def test_what_follows_exists_and_is_not_replaced(target):
    patch: Patch = cooperative(target).PATCH
    module = sys.modules[target]
    assert not patch.follows & set(patch.names({}))
    assert [name for name in patch.follows if not hasattr(module, name)] == []
