"""Independent random streams from one seed."""

import numpy as np


def derive_seed(seed: int, purpose: str) -> int:
    """Derive a 63-bit seed for one purpose of an experiment, such as ``"initialisation"``.

    The streams of different purposes are independent, so that, for example, the noise in the labels
    does not depend on the number of draws of the initialisation. A purpose has the same stream in
    every condition, so that conditions are paired by seed.

    Args:
        seed: The experiment's seed, ≥ 0.
        purpose: The use of the random numbers.
    """
    sequence = np.random.SeedSequence([seed, *purpose.encode()])
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
