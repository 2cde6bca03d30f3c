import types

import pytest

from lazypatch.base import originals
from lazypatch.patching.apply import cooperative, replace


def module(name, **names):
    made = types.ModuleType(name)
    vars(made).update(names)
    return made


class Base:
    def inherited(self):
        return "old"


class Thing(Base):
    def method(self):
        return "old"


class NewThing:
    def method(self):
        return "new"

    def inherited(self):
        return "new"


def test_attributes_are_replaced_and_kept():
    target = module("a.target", function=len, other=1)
    source = module("a.source", function=max, other=2)
    assert replace(target, source, ["function"]) == ["function"]
    assert (target.function, target.other) == (max, 1)
    assert originals.saved("a.target") == {"function": len}


def test_members_of_a_class_are_replaced_in_the_class_that_stays():
    thing = Thing()
    target, source = module("b.target", Thing=Thing), module("b.source", Thing=NewThing)
    replace(target, source, ["Thing.method", "Thing.inherited"])
    assert target.Thing is Thing
    assert (thing.method(), thing.inherited()) == ("new", "new")
    assert Base().inherited() == "old"
    assert originals.saved("b.target")["Thing.inherited"] is vars(Base)["inherited"]


def test_a_name_that_is_missing_is_named():
    with pytest.raises(AttributeError, match=r"cannot patch c\.target\.nothing: .* no such attribute"):
        replace(module("c.target"), module("c.source", nothing=1), ["nothing"])


def test_an_optional_name_that_is_missing_is_passed_over():
    assert replace(module("d.target"), module("d.source"), ["nothing"], ["nothing"]) == []


def test_a_function_says_that_it_is_the_targets():
    def function():
        pass

    replace(module("e.target", function=len), module("e.source", function=function), ["function"])
    assert function.__module__ == "e.target"


def test_an_unknown_target_is_named():
    with pytest.raises(LookupError, match="no cooperative version of 'json'"):
        cooperative("json")
