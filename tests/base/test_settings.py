import pytest

from lazypatch.base.settings import PARTS, SETTINGS, alone, known, resolve, union


def test_defaults_hold_unless_something_is_given():
    flags = resolve({})
    assert {name: flags[name] for name in known()} == {setting.name: setting.default for setting in SETTINGS}


def test_what_is_given_counts():
    assert resolve({"ssl": False})["ssl"] is False
    assert resolve({"sys": 1})["sys"] is True


def test_a_part_is_off_when_the_whole_is():
    flags = resolve({"thread": False, "threading": True})
    parts = {setting.name for setting in (*SETTINGS, *PARTS) if setting.part_of == "thread"}
    assert parts == {"Event", "threading", "_threading_local", "logging", "existing_locks"}
    assert not any(flags[name] for name in parts)


def test_the_environment_can_turn_a_part_off(monkeypatch):
    monkeypatch.delenv("LAZYPATCH_NOWAITPID", raising=False)
    assert resolve({})["waitpid"] is True
    monkeypatch.setenv("LAZYPATCH_NOWAITPID", "1")
    assert resolve({})["waitpid"] is False
    assert resolve({})["os"] is True


def test_an_unknown_word_is_named_with_the_known_ones():
    with pytest.raises(TypeError, match="no flag nonsense; it has socket, dns"):
        resolve({"nonsense": True})


def test_true_flags_mean_these_alone_and_false_ones_all_others():
    assert [name for name, value in resolve(alone({"socket": True})).items() if value] == ["socket"]
    assert [name for name, value in resolve(alone({"select": True})).items() if value] == ["select", "aggressive"]
    flags = resolve(alone({"select": True, "aggressive": False}))
    assert [name for name, value in flags.items() if value] == ["select"]
    assert resolve(alone({"ssl": False})) == {**resolve({}), "ssl": False}
    assert resolve(alone({})) == resolve({})


def test_a_union_has_what_one_of_them_has():
    flags = union([{"socket": True, "ssl": False}, {"ssl": True}])
    assert [name for name, value in flags.items() if value] == ["socket", "ssl"]
    assert not any(union([]).values())


def test_each_setting_has_help():
    assert all(setting.help for setting in (*SETTINGS, *PARTS))
