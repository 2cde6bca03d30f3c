"""Switches lazypatch on, as ``LAZYPATCH`` says, else everything; then the next ``sitecustomize`` runs."""

import os
import sys

try:
    from lazypatch.activation import chain, environment
except ImportError:  # only this folder is on the path
    sys.path.append(os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3)))
    from lazypatch.activation import chain, environment

environment.start("1")
chain.run_next(__file__)
