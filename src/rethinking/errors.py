"""The one exception that is meant for the user."""


class InputError(Exception):
    """Something the user gave is wrong: one line that names the thing and the remedy."""
