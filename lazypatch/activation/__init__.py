"""Floor 4: deciding to patch."""
