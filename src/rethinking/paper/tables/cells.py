"""Teachers and students by model and kinds of images."""

from collections.abc import Mapping, Sequence

from rethinking.names.labels import kinds_label
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, printed_keys, tabular, value_cell
from rethinking.transfers.kind import key, main_rows

# The kind of experiment that it shows.
KIND = "transfers"


def tabulate(
    tables: Tables,
    about: About,
    *,
    columns: Mapping[str, str],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each model, kind of teachers' and kind of students' images; numbers are ``\val``.

    Args:
        tables: The summary of one transfer.
        about: The labels.
        columns: Heading to the end of a value's key, behind the two kinds of images.
        without_interval: Metrics printed without intervals, for lack of space.
    """
    ((transfer, summary),) = tables.items()
    summary = main_rows(summary)
    known = printed_keys(summary, key)
    groups = []
    for model, of_model in summary.groupby("model", sort=False):
        name = escape(about.labels[str(model)])
        rows = [[rf"\multicolumn{{{3 + len(columns)}}}{{@{{}}l}}{{\emph{{{name}}}}}"]]
        by_images = of_model.groupby(["images", "student_images"], sort=False)
        for (images, student_images), group in by_images:
            kinds = kinds_label(str(images), str(student_images))
            row = [kinds, f"{group['n1'].max()}", f"{group['n2'].max()}"]
            for end in columns.values():
                name = f"{model}/{images}/{student_images}/{end}"
                interval = end.rpartition("/")[2] not in without_interval
                row.append(value_cell(transfer, name, known, interval=interval))
            rows.append(row)
        groups.append(rows)
    head = ["images", "$n_1$", "$n_2$", *columns]
    return tabular("l" + "r" * (2 + len(columns)), head, *groups)
