"""Files for modules of the package ``concurrent.futures``."""
