"""Files for modules of the package ``multiprocessing``."""
