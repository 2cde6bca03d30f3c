"""Importing this module switches everything on: ``import lazypatch.auto`` as the first line of a program."""

from lazypatch.activation.activate import patch_all

patch_all()
