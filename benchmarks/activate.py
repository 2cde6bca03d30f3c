"""Nothing at all: what switching on costs is the difference to the plain interpreter."""
