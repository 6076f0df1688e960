# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Two stages, on a toy
#
# Teachers are trained on noise under random labels. Each then labels fresh noise, and students are
# trained on that: they see neither the teacher's inputs nor its labels. If nothing in what a
# teacher does away from its training inputs could be learned, no student would agree with it beyond
# chance.
#
# This is `rethinking toy` at smaller sizes, cell by cell. It needs no results; `SCALE=smoke` in the
# environment makes it smaller still.

# %%
import os
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd

from rethinking.analysis.summaries import summarised
from rethinking.commands.toy import Sizes, compute, draw
from rethinking.figures.helpers.style import Style, styled

SMOKE = os.environ.get("SCALE", "demo") == "smoke"
STYLE = Style(width=7, font_size=9, png_dpi=120)

# %% [markdown]
# Inputs are independent standard normal numbers. Each seed has a teacher and students of its own; a
# student of few inputs sees the first of those that one of more inputs sees. All train for the same
# number of epochs, so that students of more inputs also take more steps.

# %%
SIZES = Sizes(
    seeds=2 if SMOKE else 4,
    dimensions=32,
    classes=5,
    hidden=[128, 64],
    teacher_images=100 if SMOKE else 500,
    student_images=[100, 400] if SMOKE else [250, 1000, 2000],
    test_images=500,
    epochs=10 if SMOKE else 30,
    batch_size=64,
    learning_rate=0.002,
)
epochs = []
runs = compute(SIZES, lambda number, rows: epochs.append(pd.DataFrame(rows).assign(program=number)))

# %% [markdown]
# **Learning.** Accuracy on the training inputs during each epoch, one line a seed. The dotted line
# is one over the number of classes, which guessing reaches on random labels. Teachers have random
# labels to fit, students the answers of their teacher; a student's curve says nothing yet about
# other inputs.

# %%
names = ["teachers", *(f"students, {n} inputs" for n in SIZES.student_images)]
with styled(STYLE):
    figure, axes = plt.subplots(1, len(names), figsize=(7, 2), sharey=True, layout="constrained")
    for (program, curve), panel in zip(pd.concat(epochs).groupby("program"), axes, strict=True):
        curve.pivot_table(index="epoch", columns="seed", values="train_accuracy").plot(
            ax=panel, title=names[program], color="#1b3a6b", legend=False
        )
        panel.axhline(1 / SIZES.classes, color="black", linestyle=":", linewidth=0.8)
    axes[0].set_ylabel("training accuracy")
    plt.show()

# %% [markdown]
# **Agreement.** On fresh inputs, which neither has seen: means over seeds. `agreement` is the share
# on which both give the same class. Compare it with `majority_rate` (row 0), how often the teacher
# gives its most frequent class: a constant student reaches that. `kappa` is agreement beyond what
# both class frequencies alone make likely: 0 is chance, 1 is full agreement. `logit_correlation` is
# that of standardised logits.

# %%
summary = summarised(runs, ["student_images", "metric"])
summary.pivot_table(index="student_images", columns="metric", values="mean").round(3)

# %% [markdown]
# The same with 95 % intervals over seeds, as `rethinking toy` draws it. Where a band includes the
# dashed line, these seeds do not tell agreement from that of a constant student (left) or from
# chance (right).

# %%
with styled(STYLE):
    draw(summary)
    plt.show()

# %% [markdown]
# **One thing varied:** how many random labels a teacher has to fit. Students have as many inputs
# throughout, the largest number from above. `dimensions`, `classes` or `hidden` can be varied in
# the same way.
#
# None of this says what in a teacher it is that students learn. The transfer `two_stage` of the
# paper compares trained teachers with untrained ones, a nearest neighbour, permuted labels and
# linear students.

# %%
varied = []
for n in (25, 100, 400) if SMOKE else (125, 500, 2000):
    sizes = replace(SIZES, teacher_images=n, student_images=SIZES.student_images[-1:])
    varied.append(compute(sizes, lambda *_: None).assign(teacher_images=n))
by_labels = summarised(pd.concat(varied), ["teacher_images", "student_images", "metric"])
kappa = by_labels[by_labels["metric"] == "kappa"]
with styled(STYLE):
    figure, axes = plt.subplots(figsize=(3.5, 2.5), layout="constrained")
    axes.plot(kappa["teacher_images"], kappa["mean"], color="#1b3a6b", marker="o")
    band = {"color": "#1b3a6b", "alpha": 0.18, "linewidth": 0}
    axes.fill_between(kappa["teacher_images"], kappa["low"], kappa["high"], **band)
    axes.axhline(0, color="black", linestyle="--", linewidth=0.8)
    axes.set(xlabel="inputs of a teacher", ylabel="Cohen's $\\kappa$ of students")
    plt.show()
