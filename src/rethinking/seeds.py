"""Independent random streams from one seed."""

import numpy as np


def derive_seed(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose of one experiment seed.

    The streams of different purposes are independent, so that, say, the noise in the labels does
    not depend on how many numbers the initialisation drew; and a purpose gets the same stream in
    every condition, so that conditions are paired by seed.

    Args:
        seed: The experiment's seed, ≥ 0.
        purpose: What the numbers are for, as in ``"initialisation"``.
    """
    sequence = np.random.SeedSequence([seed, *purpose.encode()])
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
