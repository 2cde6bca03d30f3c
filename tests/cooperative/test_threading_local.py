import pytest


@pytest.mark.fresh
def test_both_modules_have_the_cooperative_local():
    import _threading_local
    import threading

    assert _threading_local.local is threading.local
    data = threading.local()
    data.x = 1
    seen = []
    thread = threading.Thread(target=lambda: seen.append(hasattr(data, "x")))
    thread.start()
    thread.join()
    assert seen == [False]
