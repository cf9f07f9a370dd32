"""Where statements are kept: one door, one backend a module."""
