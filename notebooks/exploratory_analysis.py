# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exploratory analysis
#
# From the tables of a scale to a single network: what was measured, what the claims came to, where
# one number comes from, and what the network behind it does. It needs the results of a scale:
# `rethinking run` builds the demo, and `SCALE` in the environment chooses another.

# %%
import os

import matplotlib.pyplot as plt
import pandas as pd

from rethinking.commands.claims import in_full
from rethinking.data.dataset import load
from rethinking.figures import learning_curves
from rethinking.figures.helpers.style import Style, drawn_labels, styled
from rethinking.files import read_json
from rethinking.measures.helpers.logits import evaluate, signed_margins, standardised
from rethinking.networks.subject import subject_of
from rethinking.notebook import results_of
from rethinking.step.provenance import check, read_record, record_of
from rethinking.tables import read_table
from rethinking.transfers.agreement import agreement, confusion

SCALE = os.environ.get("SCALE", "demo")
RESULTS = results_of(SCALE, "values.json", "figures/learning_curves.png")
STYLE = Style(width=7, font_size=9, png_dpi=120)
pd.set_option("display.max_colwidth", None)

# %% [markdown]
# **Tables.** Each experiment has a folder below `tables/`: `runs.csv` with a row for each network
# and metric, `summary.csv` with means and 95 % intervals over seeds, and learning curves where it
# trains. The column `unit` says what kind of number a row has. Here is the mean test accuracy, a
# share of images, where training ended: a row for each network, a column for each condition of the
# training data. Guessing reaches one over the number of classes.

# %%
summary = read_table(RESULTS / "tables/corruption/summary.csv")
accuracy = summary[summary["metric"] == "test_accuracy"]
accuracy.pivot_table(index="model", columns="condition", values="mean").round(3)

# %% [markdown]
# The learning curves of one of these networks: the loss on the labels that it is trained on, one
# line a seed, with a dot where training ended. `MODEL` may be any row of the table above.

# %%
MODEL = summary["model"].iloc[0]
labels = read_record(record_of(RESULTS / "figures/learning_curves.png"))["spec"]["labels"]
curves = read_table(RESULTS / "tables/corruption/curves.csv")
with styled(STYLE):
    learning_curves.draw(curves[curves["model"] == MODEL], STYLE, drawn_labels(labels))
    plt.show()

# %% [markdown]
# **Claims.** The verdicts on the claims of both parents of this study. P-values are adjusted for
# the number of claims that have one. `units_needed` is the number of seeds with which an undecided
# claim would be decided if means and spreads stayed as they are. Then all tests of one claim: the
# estimate with its interval, and where the claim says that it lies.

# %%
claims = read_json(RESULTS / "claims.json")["claims"]
columns = ["statement", "verdict", "adjusted_p_value", "units_needed"]
pd.DataFrame(claims).T[columns]

# %%
in_full("Z1", claims["Z1"], labels)

# %% [markdown]
# **Where a number comes from.** `values.json` has each number that the paper prints, by a key: its
# interval, the row of the table in which it stands, the runs that it rests on, and their commits.

# %%
KEY = f"corruption/{MODEL}/label_noise-1.00/test_accuracy"
value = read_json(RESULTS / "values.json")[KEY]
pd.Series(value, name=KEY).to_frame()

# %% [markdown]
# The record beside a run says what made it, and how: when, where, and with which recipe. `check`
# raises an error if the file is not what its maker wrote.

# %%
weights = RESULTS / value["runs"][0] / "block-0/run.safetensors"
check(weights)
record = read_record(record_of(weights))
about = ["commit", "started", "seconds", "peak_memory_mib", "processor", "gpu"]
shown = {key: record[key] for key in about} | record["spec"]["recipe"]
pd.Series(shown, name=value["runs"][0]).to_frame()

# %% [markdown]
# **The network itself**, from its checkpoint, with the data that it was trained on. The table says
# how often it answers with the label: that which it was given in training, the true one of the same
# image, and that of the test set. The last two rows should be equal: one is computed here, the
# other stands in `runs.csv`.

# %%
subject = subject_of(RESULTS, value["runs"][0], seed=0)
base = load(RESULTS / "data" / record["spec"]["dataset"]["name"] / "dataset.safetensors")
answered = evaluate(subject.function, subject.train_images).argmax(dim=1).numpy()
predicted = evaluate(subject.function, subject.test_images).argmax(dim=1).numpy()
runs = read_table(RESULTS / "tables/corruption/runs.csv").set_index(["model", "condition"])
known = runs.loc[(MODEL, "label_noise-1.00")].query("seed == 0 and metric == 'test_accuracy'")
shares = {
    "training labels, as given": agreement(subject.train_labels.numpy(), answered),
    "training labels, true": agreement(base.train_labels, answered),
    "test labels": agreement(base.test_labels, predicted),
    "test labels, by runs.csv": known["value"].item(),
}
pd.Series(shares, name="share of images").to_frame()

# %% [markdown]
# **Margins and errors.** On the left, the margin: the logit of the label less the largest other
# one, in standard deviations of the logits over test images. It is negative where the network
# answers otherwise. On the right, how often the network gives which class (columns) to the test
# images of each class (rows); right answers are on the diagonal.

# %%
function = standardised(subject.function, subject.test_images)
train = signed_margins(evaluate(function, subject.train_images), subject.train_labels)
test = signed_margins(evaluate(function, subject.test_images), subject.test_labels)
with styled(STYLE):
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
    looks = {"bins": 30, "density": True, "alpha": 0.6}
    axes[0].hist(train.numpy(), label="training images", **looks)
    axes[0].hist(test.numpy(), label="test images", **looks)
    axes[0].set(xlabel="margin (logit s.d.)", ylabel="density")
    axes[0].legend()
    counts = confusion(base.test_labels, predicted, base.classes)
    figure.colorbar(axes[1].imshow(counts, cmap="Greys"), label="test images")
    axes[1].set(xlabel="class given", ylabel="true class")
    axes[1].grid(visible=False)
    plt.show()
