# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Walks
#
# A walk is a sequence of images of which each differs from the one before in one place. Under
# random labels, images that are nearly the same then belong to different classes. Here are such
# images, how their values are distributed and how fast they vary; then, what the transfer
# `random_walk` measured of teachers that were trained on them. It needs the results of a scale:
# `rethinking run` builds the demo, and `SCALE` in the environment chooses another.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from rethinking.data.dataset import load
from rethinking.figures import random_walk
from rethinking.figures.helpers.style import Style, drawn_labels, styled
from rethinking.measures.helpers.spectrum import density, line_spectrum, plane_spectrum
from rethinking.names.labels import kind_label
from rethinking.notebook import results_of
from rethinking.step.provenance import read_record, record_of
from rethinking.tables import read_table
from rethinking.transfers.images import teacher_images
from rethinking.transfers.kind import main_rows

SCALE = os.environ.get("SCALE", "demo")
RESULTS = results_of(SCALE, "figures/random_walk.png", "tables/random_walk/summary.csv")
STYLE = Style(width=7, font_size=9, png_dpi=120)
KINDS = ["random_walk_pixel", "random_walk_pixel_marginals", "half_walk_pixel", "uniform_noise"]

# %% [markdown]
# **Images.** As many of each kind as the teachers of this scale have, those of the first teacher;
# only their shape comes from the data set. A step of a random walk redraws one place, a half step
# adds half of the range to it (and wraps around), so that no step is small. In a shuffled walk the
# values of each place are in an order of their own; uniform noise is drawn anew for each image.
#
# Below three images of each kind are all of them, an image in each column and a place in each row
# (the first 64): where neighbours are alike, rows are stripes. At the bottom, how often which byte
# occurs.

# %%
table = read_table(RESULTS / "tables/random_walk/summary.csv")
dataset = load(RESULTS / "data" / table["dataset"].iloc[0] / "dataset.safetensors")
n = int(table["n1"].max())
images = {kind: teacher_images(dataset, kind, n, 1, seed=0).train for kind in KINDS}
grey = {"cmap": "gray", "vmin": 0, "vmax": 255}
with styled(STYLE):
    figure, axes = plt.subplots(5, len(KINDS), figsize=(7, 8), layout="constrained")
    for kind, column in zip(KINDS, axes.T, strict=True):
        values = images[kind].reshape(n, -1)
        for number, panel in zip((0, 1, n - 1), column[:3], strict=True):
            panel.imshow(images[kind][number].transpose(1, 2, 0), **grey)
            panel.set(xticks=[], yticks=[], xlabel=f"image {number}")
        column[0].set_title(kind_label(kind).replace(", ", ",\n"))
        column[3].imshow(values[:, :64].T, aspect="auto", **grey)
        column[3].set(xlabel="image", ylabel="place")
        column[3].grid(visible=False)
        column[4].hist(values.ravel(), bins=32, range=(0, 256), density=True)
        column[4].set(xlabel="byte", ylabel="density")
    plt.show()

# %% [markdown]
# **Marginals.** The mean and standard deviation of all bytes (uniform ones have 127.5 and 73.9),
# how many different bytes a place takes and how far it is from an image to the next, both on the
# mean. A shuffled walk should have at each place the bytes of its walk: the last column says at
# what share of the places it has.

# %%
rows = {}
for kind in KINDS:
    values = images[kind].reshape(n, -1).astype(float)
    walk = images[kind.removesuffix("_marginals")].reshape(n, -1)
    rows[kind_label(kind)] = {
        "mean": values.mean(),
        "s.d.": values.std(),
        "bytes at a place": pd.DataFrame(values).nunique().mean(),
        "distance to the next": np.linalg.norm(np.diff(values, axis=0), axis=1).mean(),
        "as its walk": (np.sort(values, axis=0) == np.sort(walk, axis=0)).all(axis=0).mean(),
    }
pd.DataFrame(rows).T.round(2)

# %% [markdown]
# **Spectra**, of values on the scale where bytes fill [0, 1). On the left along the images, summed
# over all places, by frequency (from one image to the next is a step of 1). On the right within
# images, which must be square, on the mean over images, by spatial frequency. Independent values
# have a flat spectrum; of values that change slowly the spectrum falls. The images of a short walk
# are a few independent ones many times over: within them, chance is not averaged out.

# %%
along, within = np.linspace(0, 0.5, 11), np.arange(0.0625, 0.7, 0.125)
with styled(STYLE):
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
    for kind in KINDS:
        unit = images[kind] / 256
        steps = density(line_spectrum(unit.reshape(1, n, -1), np.ones(1)), along)
        space = density(plane_spectrum(unit.transpose(0, 2, 3, 1), 1.0), within)
        axes[0].stairs(steps, along, baseline=None, label=kind_label(kind), linewidth=1.2)
        axes[1].stairs(space, within, baseline=None, linewidth=1.2)
    axes[0].set(xlabel="frequency (cycles per image)", ylabel="energy density", yscale="log")
    axes[1].set(xlabel="spatial frequency (cycles per pixel)", ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=2)
    plt.show()

# %% [markdown]
# **What the transfer measured.** First, how many steps teachers of each kind took to fit their
# labels: means over the `n` that did, with 95 % intervals; `excluded` did not, within the longest
# training.

# %%
trained = main_rows(table).query("source == 'trained'")
steps = trained[trained["metric"] == "steps_to_fit"]
steps[["model", "images", "n1", "n", "excluded", "mean", "low", "high"]].drop_duplicates().round(1)

# %% [markdown]
# Then, mean $\kappa$ of students with their teachers: a row for what teachers and students were
# trained on, a column for the images on which they are compared. `own` are the training images of
# the teacher, `continuation` is how its walk goes on, `fresh` are images of the students' kind, and
# `matched` those among them at which the teacher is most nearly as sure as at its own. 0 is
# agreement by chance.

# %%
kappa = trained[(trained["metric"] == "kappa") & (trained["learner"] == "network")]
keys = ["model", "images", "student_images"]
kappa.pivot_table(index=keys, columns="test", values="mean").round(3)

# %% [markdown]
# The figure of the paper, with intervals. It adds bounds on the Lipschitz constant of the teachers:
# what their training pairs force, the largest gradient that was found, and an upper bound.

# %%
labels = read_record(record_of(RESULTS / "figures/random_walk.png"))["spec"]["labels"]
with styled(STYLE):
    random_walk.draw(table, STYLE, drawn_labels(labels))
    plt.show()
