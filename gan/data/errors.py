"""What can go wrong with data; apart, so that a driver can catch it without importing torch."""


class DataError(Exception):
    """The data cannot be had; the message says where it was looked for and what to do."""
