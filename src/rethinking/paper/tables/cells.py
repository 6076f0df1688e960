"""Teachers and students by model and kinds of images."""

from collections.abc import Mapping, Sequence

import pandas as pd

from rethinking.names.labels import kinds_label
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import tabular
from rethinking.transfers.kind import key, main_rows


def tabulate(
    tables: Mapping[str, pd.DataFrame],
    about: About,
    *,
    columns: Mapping[str, str],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each model, kind of teachers' and kind of students' images; numbers are ``\val``.

    Args:
        tables: The summary of one transfer, by its name.
        about: Has the labels.
        columns: Heading to the end of a value's key, behind the two kinds of images.
        without_interval: Metrics whose intervals would need the room of others.
    """
    ((transfer, summary),) = tables.items()
    found = main_rows(summary)
    known = {key(row) for row in found[found["mean"].notna()].to_dict("records")}
    rows: list[list[str]] = []
    for model, of_model in found.groupby("model", sort=False):
        rows += [[]] * bool(rows)  # a space between models
        name = escape(about.labels[str(model)])
        rows.append([rf"\multicolumn{{{3 + len(columns)}}}{{@{{}}l}}{{\emph{{{name}}}}}"])
        for (images, student_images), one in of_model.groupby(
            ["images", "student_images"], sort=False
        ):
            kinds = kinds_label(str(images), str(student_images))
            cells = [kinds, f"{one['n1'].max()}", f"{one['n2'].max()}"]
            for end in columns.values():
                command = "est" if end.rpartition("/")[2] in without_interval else "val"
                name = f"{model}/{images}/{student_images}/{end}"
                cells.append(rf"\{command}{{{transfer}/{name}}}" if name in known else "--")
            rows.append(cells)
    head = ["images", "$n_1$", "$n_2$", *columns]
    return tabular("l" + "r" * (2 + len(columns)), head, rows)
