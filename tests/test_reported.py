"""What other libraries' users report as broken works."""

import pytest
from reported import PROGRAMS, run


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_works_as_with_real_threads(name):
    done = run(name)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
