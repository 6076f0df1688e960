# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Figures
#
# A published figure drawn again from its table: as it is, then in another style; and a figure of
# one's own from the same table. It needs the results of a scale: `rethinking run` builds the demo,
# and `SCALE` in the environment chooses another.
#
# Nothing here changes the results. What the paper shows is set in `config.yaml`: sizes under
# `figures: style:`, and under `figures: drawn:` which module of `rethinking.figures` draws which
# table, with which options.

# %%
import os

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Image, display
from matplotlib.lines import Line2D

from rethinking.figures import learning_curves
from rethinking.figures.helpers.style import (
    Style,
    condition_looks,
    drawn_labels,
    panel_grid,
    styled,
)
from rethinking.names.labels import condition_label, in_order
from rethinking.notebook import results_of
from rethinking.step.provenance import read_record, record_of
from rethinking.tables import read_table

SCALE = os.environ.get("SCALE", "demo")
FIGURE, TABLE = "figures/learning_curves.png", "tables/corruption/curves.csv"
RESULTS = results_of(SCALE, FIGURE, TABLE)

# %% [markdown]
# **As it was published.** The picture as it lies in the results. Its record has its settings:
# sizes, and the labels of networks and data.

# %%
display(Image(RESULTS / FIGURE, width=660))
spec = read_record(record_of(RESULTS / FIGURE))["spec"]
pd.Series(spec["style"] | spec["labels"]).to_frame("setting")

# %% [markdown]
# **The same again**, by the same module. `draw` makes a matplotlib figure of a table, a style and
# labels; within `styled` it has the look of the paper. It shows the training loss by epoch, one
# line a seed, with a dot where training ended.

# %%
table = read_table(RESULTS / TABLE)
published = Style(**spec["style"] | {"png_dpi": 120})
labels = drawn_labels(spec["labels"])
with styled(published):
    learning_curves.draw(table, published, labels)
    plt.show()

# %% [markdown]
# **In another style**: as for a slide, wider, larger, and without serifs. What `styled` sets can be
# overridden in a block within.

# %%
slide = Style(width=9, font_size=13, png_dpi=150)
sans = {"font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans", "lines.linewidth": 2}
with styled(slide), plt.rc_context(sans):
    learning_curves.draw(table, slide, labels)
    plt.show()

# %% [markdown]
# **One of your own**, from the same table: how test accuracy goes with training accuracy along the
# training of the first seed, with a dot at its last epoch. On the grey diagonal the two are equal;
# a line that goes right and does not rise fits labels without getting better on the test set.
# (Training accuracy is that during an epoch, test accuracy that at its end.) `panel_grid`,
# `condition_looks` and `condition_label` are what the figures of the paper use too.
#
# To keep a figure, call `save(figure, Path("mine.pdf"), Path("mine.png"))` of
# `rethinking.figures.helpers.style` before `plt.show()`, which closes it.

# %%
models = list(table["model"].unique())
looks = condition_looks(in_order(table["condition"]))
with styled(published):
    figure, panels = panel_grid(len(models), published)
    for panel, model in zip(panels, models, strict=True):
        panel.plot([0, 1], [0, 1], color="#b0b0b0", linewidth=0.6)
        of_model = table[(table["model"] == model) & (table["seed"] == 0)]
        for condition, run in of_model.groupby("condition", sort=False):
            panel.plot(run["train_accuracy"], run["test_accuracy"], **looks[condition], lw=0.8)
            end = run.iloc[-1]
            dot = {"marker": "o", "markersize": 3, "color": looks[condition]["color"]}
            panel.plot(end["train_accuracy"], end["test_accuracy"], **dot)
        panel.set(title=labels[model], aspect="equal")
    figure.supxlabel("training accuracy", fontsize=published.font_size)
    figure.supylabel("test accuracy", fontsize=published.font_size)
    handles = [Line2D([], [], **look) for look in looks.values()]
    names = [condition_label(condition) for condition in looks]
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    plt.show()
