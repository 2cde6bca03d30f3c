import pytest

from lazypatch.base.lazy import LazyModule


@pytest.mark.fresh(auto=False)
def test_a_lazy_module_is_loaded_at_first_use():
    import sys

    from lazypatch.base.lazy import LazyModule

    colors = LazyModule("colorsys")
    assert "colorsys" not in sys.modules
    assert colors.rgb_to_hls is sys.modules["colorsys"].rgb_to_hls
    assert vars(colors)["rgb_to_hls"] is colors.rgb_to_hls


def test_a_missing_name_is_an_attribute_error():
    with pytest.raises(AttributeError):
        LazyModule("math").nonsense
