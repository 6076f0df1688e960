"""Tables on disk: every CSV is read and written here, by the declared types of its columns."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rethinking.errors import InputError
from rethinking.files import replacing

# Names are always text: a class may be called 01, 1e3 or NA. Only text and real numbers may be
# missing; a missing cell is NaN.
TEXT = """
    dataset condition model recipe regularization function metric unit seeds note
    source labels learner test label true_label
    rule work options data device hardware loop precision processor gpu torch
"""
WHOLE_NUMBERS = """
    seed epoch n excluded images student_images n1 n2 channel row column
    teachers reached at_once teacher student
    processes threads workers epochs batch_size rounds cores
"""
REAL_NUMBERS = """
    label_noise x y value points mean low high l2 class margin image
    train_loss train_accuracy test_loss test_accuracy test_accuracy_low test_accuracy_high
    threshold n_star n_star_over_n1 share operations numbers seconds
    images_per_second slowest fastest times_plain_of_this_precision times_plain_float32
    peak_memory_mib peak_gpu_memory_mib
"""
TYPES: Mapping[str, type] = {
    **dict.fromkeys(TEXT.split(), str),
    **dict.fromkeys(WHOLE_NUMBERS.split(), int),
    **dict.fromkeys(REAL_NUMBERS.split(), float),
}
# Types that differ in tables with a certain other column.
TYPES_BESIDE: Mapping[str, Mapping[str, type]] = {
    "n1": {"images": str, "student_images": str},  # in transfers: kinds of images
    "channel": {"image": int},  # in examples: a number; in planes: a label or missing
    "loop": {"seeds": int},  # in the benchmark: their number; elsewhere a range such as 0-2
}


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV: text unchanged, numbers to the last digit, empty cells as NaN.

    Args:
        path: A file by :func:`write_table` or ``rethinking.files.write_rows``, or
            ``paper/published.csv``.

    Raises:
        InputError: It is no such table, or the type of a column is not declared here.
    """
    try:
        columns = list(pd.read_csv(path, nrows=0).columns)
        types = dict(TYPES)
        for other in TYPES_BESIDE.keys() & set(columns):
            types |= TYPES_BESIDE[other]
        for column in columns:
            if column not in types:
                raise InputError(
                    f"{path}: column {column!r} has no type; declare it in src/rethinking/tables.py"
                )
        return pd.read_csv(
            path,
            dtype={column: types[column] for column in columns},
            keep_default_na=False,
            na_values=[""],
        )
    except ValueError as error:
        raise InputError(f"{path}: is no table of results ({error}); replace it") from error


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV: numbers to the last digit, NaN as an empty cell."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
