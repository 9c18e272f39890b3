"""One stability trick a file."""
