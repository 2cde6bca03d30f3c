import pytest

from lazypatch.base.settings import SETTINGS, resolve


def test_defaults_hold_unless_something_is_given():
    assert resolve({}) == {setting.name: setting.default for setting in SETTINGS}


def test_what_is_given_counts():
    assert resolve({"ssl": False})["ssl"] is False


def test_an_unknown_word_is_named_with_the_known_ones():
    with pytest.raises(TypeError, match="does not know nonsense; it takes socket, dns"):
        resolve({"nonsense": True})


def test_each_setting_has_help():
    assert all(setting.help for setting in SETTINGS)
