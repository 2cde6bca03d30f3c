"""``python -m lazypatch.install``."""

import sys

from lazypatch.activation.install import main

if __name__ == "__main__":
    sys.exit(main())
