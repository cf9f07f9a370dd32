"""Between an entry and the outside world: one format a module."""
