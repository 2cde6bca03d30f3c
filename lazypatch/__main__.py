"""``python -m lazypatch``."""

from lazypatch.activation.cli import main

if __name__ == "__main__":
    main()
