"""Test error at the end of training against label noise (after Zhang et al., 2017, Figure 1c)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.style import Style, model_looks

# Models are drawn beside each other, so that their intervals can be told apart.
APART = 0.014


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw mean test error with its 95 % interval over seeds, one line for each model.

    Args:
        table: A summary, as ``rethinking.analysis.tables.summary_table`` gives it.
        style: Sizes.
        labels: What to call the models.
    """
    rows = table[(table["metric"] == "test_accuracy") & table["label_noise"].notna()]
    rows = rows.sort_values("label_noise")
    looks = model_looks(list(table["model"].unique()))
    figure, axes = plt.subplots(
        figsize=(0.62 * style.width, 0.42 * style.width), layout="constrained"
    )
    models = list(rows["model"].unique())
    for place, model in enumerate(models):
        of_model = rows[rows["model"] == model]
        error = 100 * (1 - of_model["mean"])
        below = 100 * (of_model["high"] - of_model["mean"])
        above = 100 * (of_model["mean"] - of_model["low"])
        axes.errorbar(
            of_model["label_noise"] + APART * (place - (len(models) - 1) / 2),
            error,
            yerr=[below, above],
            capsize=2.5,
            elinewidth=0.8,
            label=labels[model],
            **looks[model],
        )
    axes.set(
        xlabel="label noise $p$ (probability that a training label is redrawn)",
        ylabel="test error (%)",
        ylim=(0, 100),
    )
    axes.legend(loc="upper left")
    return figure
