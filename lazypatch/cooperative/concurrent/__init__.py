"""Files for packages in ``concurrent``."""
