"""Files for modules of the package ``asyncio``."""
