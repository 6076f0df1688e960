"""Numbers about constructed functions, looked up by what they are about."""

import pandas as pd
import torch

CPU = torch.device("cpu")


def table_of(found):
    """What a construction gives, a row for each number."""
    return pd.DataFrame(
        {
            "function": one.function,
            "images": one.images,
            "l2": one.l2,
            "metric": one.metric.name,
            "x": one.metric.x,
            "value": one.metric.value,
            "points": one.metric.points,
            "note": one.metric.note,
        }
        for one in found
    )


def value(table, metric, **keys):
    """The one value of a metric under some keys."""
    chosen = table[table["metric"] == metric]
    for key, wanted in keys.items():
        chosen = chosen[chosen[key] == wanted]
    (found,) = chosen["value"]
    return found
