"""The one exception that is meant for the user."""


class InputError(Exception):
    """A mistake in the user's input; the message is one line with the input and the remedy."""
