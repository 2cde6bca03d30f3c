"""Floor 3: putting floor 2 into the live interpreter."""
