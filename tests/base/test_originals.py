import math

import pytest

from lazypatch.base import originals


def test_what_was_never_replaced_is_the_live_object():
    assert originals.get("math", "pi") is math.pi
    assert not originals.has("math", "pi")


def test_a_missing_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError):
        originals.get("math", "nonsense")


def test_the_latest_save_counts_and_forget_drops_it():
    originals.save("a.module", "name", 1)
    originals.save("a.module", "name", 2)
    assert originals.saved("a.module") == {"name": 2}
    originals.forget("a.module", "name")
    assert not originals.has("a.module", "name")


def test_saved_is_a_copy():
    originals.saved("math")["pi"] = 3
    assert originals.get("math", "pi") is math.pi
