import pytest

from lazypatch.patching.apply import cooperative


def test_an_unknown_target_is_named():
    with pytest.raises(LookupError, match="no cooperative version of 'json'"):
        cooperative("json")
