"""Floor 0: plain data. Imports ``sys``, ``os`` and its siblings only."""
