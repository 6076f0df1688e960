"""``python -m rethinking`` is the command ``rethinking``."""

from rethinking.cli import main

main()
