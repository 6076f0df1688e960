"""The layouts of the paper's tables: every number is looked up in values.json by its key."""

import pandas as pd
import pytest

from rethinking.paper.specs import About, Model
from rethinking.paper.tables import measured
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table
from tests.helpers.layouts import head_of, rows_of, tabulated

NAN = float("nan")
METRICS = ("train_accuracy", "test_accuracy", "epochs", "interpolated", "relative_epochs")


@pytest.fixture
def summary():
    return pd.DataFrame(
        {"dataset": "d", "model": model, "condition": condition, "recipe": "r", "metric": metric}
        | {"n": 3, "excluded": int(model == "b"), "mean": 0.5}
        for model in ("z", "b")
        for condition in ("true_labels", "label_noise-0.50")
        for metric in METRICS
    )


def test_a_table_has_a_line_for_each_row_and_a_space_between_groups():
    lines = tabular("lr", ["a", "b"], [["1", "2"], ["3", "4"]], [["5", "6"]]).splitlines()
    assert lines == [
        r"\fitted{\begin{tabular}{@{}lr@{}}",
        r"\toprule",
        r"a & b \\",
        r"\midrule",
        r"1 & 2 \\",
        r"3 & 4 \\",
        r"\addlinespace",
        r"5 & 6 \\",
        r"\bottomrule",
        r"\end{tabular}}",
    ]


def test_the_table_of_results_looks_every_number_up(summary):
    labels = {"z": "A&B", "b": "C"}
    table = tabulated("results_randomization", {"e": summary}, labels)
    assert head_of(table) == ["network", "condition", "train", "test", "fitted"]
    assert len(rows_of(table)) == 4
    assert table.count(r"\addlinespace") == 1
    assert table.count("(1 diverged)") == 2
    assert rows_of(table)[0] == [
        r"A\&B",
        "true labels",
        r"\val{e/z/true_labels/train_accuracy}",
        r"\val{e/z/true_labels/test_accuracy}",
        r"\est{e/z/true_labels/interpolated}",
    ]
    times = tabulated("results_corruption", {"e": summary}, labels)
    assert r"\val{e/b/label_noise-0.50/relative_epochs}" in times


def test_a_dash_stands_for_a_mean_over_no_seed(summary):
    none = (summary["model"] == "z") & (summary["metric"] == "relative_epochs")
    summary.loc[none, "mean"] = NAN
    times = tabulated("results_corruption", {"e": summary}, {"z": "A", "b": "C"})
    (row,) = [row for row in rows_of(times) if "e/z/true_labels" in row[-1]]
    # Nor have epochs and error at interpolation been measured here.
    assert row[:-1] == ["A", "true labels", "--", "--", "--"]


def test_the_table_of_what_was_measured_says_what_is_not_defined():
    columns = {"bound": "lipschitz_upper", "path norm": "path_norm_2"}
    keys = {"dataset": "d", "recipe": "r"}
    summary = pd.DataFrame(
        keys
        | {"model": model, "condition": condition, "metric": metric, "mean": mean, "note": note}
        for model, condition, metric, mean, note in [
            ("net", "true_labels", "lipschitz_upper", 2.0, None),
            ("net", "true_labels", "path_norm_2", NAN, "not defined through A_B"),
            ("net", "untrained", "lipschitz_upper", 2.0, None),
            ("net", "untrained", "path_norm_2", NAN, "not defined through A_B"),
            ("gone", "true_labels", "lipschitz_upper", NAN, None),
            ("gone", "true_labels", "path_norm_2", 1.0, None),
            ("nn", "true_labels", "lipschitz_upper", NAN, "no network"),
            ("nn", "true_labels", "path_norm_2", NAN, "no network"),
            ("net", "true_labels", "another", 1.0, None),
        ]
    )
    about = About({"net": "N&", "gone": "G", "nn": "1-NN"}, [], [])
    table = measured.tabulate({"e": summary}, about, columns=columns)
    undefined = r"--\textsuperscript{a}"
    assert rows_of(table) == [
        [r"N\&", "untrained", r"\val{e/net/untrained/lipschitz_upper}", undefined],
        ["", "$p = 0$", r"\val{e/net/true_labels/lipschitz_upper}", undefined],
        # It diverged: nothing is wrong with the measure.
        ["G", "$p = 0$", "--", r"\val{e/gone/true_labels/path_norm_2}"],
        ["1-NN", "$p = 0$", r"--\textsuperscript{b}", r"--\textsuperscript{b}"],
    ]
    assert r"\textsuperscript{a}\,not defined through A\_B;" in table
    assert table.endswith(r"\textsuperscript{b}\,no network." + "\n")


THEIRS = pd.DataFrame(
    [
        ["a", "true_labels", "weight_decay", 1.0, 0.8603],
        ["a", "true_labels", "none", 1.0, 0.8575],
        ["a", "label_noise-1.00", "none", 0.9982, 0.0986],
        ["b", "true_labels", "none", 1.0, 0.5],
        ["gone", "true_labels", "none", 1.0, 0.5],
    ],
    columns=["model", "condition", "regularization", "train_accuracy", "test_accuracy"],
)


def test_published_numbers_stand_beside_ours():
    tables = {
        "published": THEIRS,
        "randomization": pd.DataFrame([regularized("a"), regularized("a", "train_accuracy")]),
        # Of a network without regularisation, the first experiment is shown.
        "regularization": pd.DataFrame(
            [regularized("a", recipe="s-weight_decay"), regularized("a", recipe="s")]
        ),
    }
    table = tabulated("published", tables, {"a": "A&B", "b": "B"}, published=["a"])
    key = "a/true_labels"
    assert rows_of(table) == [
        [r"A\&B", "$p = 0$", "weight decay", "100.00", "86.03", "",
         rf"\val{{regularization/{key}/weight_decay/test_accuracy}}"],
        ["", "$p = 0$", "none", "100.00", "85.75", rf"\val{{randomization/{key}/train_accuracy}}",
         rf"\val{{randomization/{key}/test_accuracy}}"],
        ["", "$p = 1$", "none", "99.82", "9.86", "", ""],
        [r"B\textsuperscript{*}", "$p = 0$", "none", "100.00", "50.00", "", ""],
    ]  # fmt: skip
    assert "not to be compared" in table
    tables["published"] = THEIRS[:3]
    assert "*" not in tabulated("published", tables, {"a": "A"}, published=["a"])


def test_published_numbers_are_those_of_the_paper(root):
    # Zhang et al. (2017), Table 1: test accuracy, in percent; with both regularisers those rows.
    table = read_table(root / "paper/published.csv")
    regularised = table[table["regularization"] != "none"]
    assert list((100 * regularised["test_accuracy"]).round(2)) == [
        89.05, 89.31, 86.03, 83.00, 81.22, 79.66, 77.36, 53.35, 50.39,
    ]  # fmt: skip
    assert (regularised["condition"] == "true_labels").all()
    table = table[table["regularization"] == "none"]
    percent = (100 * table["test_accuracy"]).round(2)
    assert dict(
        zip(zip(table["model"], table["condition"], strict=True), percent, strict=True)
    ) == {
        ("inception", "true_labels"): 85.75,
        ("inception", "label_noise-1.00"): 9.78,
        ("inception_no_bn", "true_labels"): 82.00,
        ("inception_no_bn", "label_noise-1.00"): 10.12,
        ("alexnet", "true_labels"): 76.07,
        ("alexnet", "label_noise-1.00"): 9.86,
        ("mlp3x512", "true_labels"): 52.39,
        ("mlp3x512", "label_noise-1.00"): 10.48,
        ("mlp1x512", "true_labels"): 50.51,
        ("mlp1x512", "label_noise-1.00"): 10.61,
    }


def test_the_table_of_networks_is_in_the_order_of_the_config():
    models = [Model("z", ["one_cycle"]), Model("b", ["one_cycle", "constant"])]
    table = tabulated("networks", {}, {"z": "Z_", "b": "B", "nn": "1-NN"}, models)
    head = ["network", "width", "parameters", "precision", "crop", "seeds"]
    assert head_of(table) == [*head, "constant", "one cycle"]
    first, second = rows_of(table)
    assert (first[0], second[0]) == (r"Z\_", "B")
    assert second[-2:] == [
        rf"\est{{models/b/{recipe}/learning_rate}}, \est{{models/b/{recipe}/max_epochs}}"
        for recipe in ("constant", "one_cycle")
    ]
    assert first[-2] == ""
    assert first[2] == r"\est{models/z/parameters}"
    # Perceptrons have no width, and some see whole images.
    assert first[1] == r"\ifval{models/z/width_factor}{$\times$\est{models/z/width_factor}}"


def regularized(model="m", metric="test_accuracy", recipe="r", **keys):
    found = {"dataset": "d", "condition": "true_labels", "mean": 0.5, "excluded": 0}
    return found | {"model": model, "recipe": recipe, "metric": metric} | keys


def test_the_table_of_regularisation_has_a_row_for_each_combination():
    decayed = {"recipe": "r-weight_decay"}
    summary = pd.DataFrame(
        [
            regularized(),
            regularized(metric="epochs", mean=NAN),
            regularized(metric="epochs", mean=NAN, **decayed),
            regularized(
                metric="epochs", mean=NAN, condition="label_noise-1.00", excluded=2, **decayed
            ),
            regularized(**decayed),
            regularized(metric="test_accuracy_change", **decayed),
            regularized(metric="train_accuracy", **decayed),
            regularized(metric="early_stopping_gain", mean=NAN, **decayed),
            regularized(condition="label_noise-1.00", **decayed),
        ]
    )
    table = tabulated("regularization", {"e": summary}, {"m": "A&B"})
    key = "e/m/true_labels"
    assert head_of(table)[3:] == ["train", "test", "change", "best less last"]
    assert rows_of(table) == [
        [r"A\&B", "$p = 0$", "none", "", rf"\val{{{key}/test_accuracy}}", "", ""],
        ["", "", "weight decay", rf"\est{{{key}/weight_decay/train_accuracy}}",
         rf"\val{{{key}/weight_decay/test_accuracy}}",
         rf"\val{{{key}/weight_decay/test_accuracy_change}}", ""],
        ["", "$p = 1$", "weight decay (2 diverged)", "",
         r"\val{e/m/label_noise-1.00/weight_decay/test_accuracy}", "", ""],
    ]  # fmt: skip


def transfer_row(metric, mean=0.5, **keys):
    found = {
        "dataset": "d", "model": "m", "images": "uniform_noise", "n1": 50,
        "student_images": "uniform_noise", "source": "trained", "labels": "hard", "n2": 100,
        "learner": "network", "test": "fresh", "metric": metric, "mean": mean,
    }  # fmt: skip
    return found | keys


def test_a_transfers_table_refers_to_values_and_has_a_dash_for_what_there_is_not():
    summary = pd.DataFrame(
        [
            transfer_row("kappa", n2=60),
            transfer_row("kappa"),
            transfer_row("majority_rate", learner="teacher", labels="none", n2=0),
            transfer_row("kappa", NAN, learner="linear"),
            transfer_row("kappa", images="random_walk_pixel"),
        ]
    )
    table = tabulated("transfer_agreement", {"t": summary}, {"m": "My & net"})
    title, same, walk = rows_of(table)
    assert title == [r"\multicolumn{10}{@{}l}{\emph{My \& net}}"]
    key = "t/m/uniform_noise/uniform_noise/trained"
    assert same == [
        "uniform noise", "50", "100", "--", "--", rf"\est{{{key}/teacher/fresh/majority_rate}}",
        rf"\val{{{key}/network-hard/fresh/kappa}}", "--", "--", "--",
    ]  # fmt: skip
    assert walk[0] == r"random walk by pixel $\to$ uniform noise"


def test_a_table_of_sample_efficiency_says_how_many_reached_it():
    keys = {"model": "m", "images": "uniform_noise", "n1": 50, "student_images": "uniform_noise"}
    of_all = keys | {"learner": "network", "labels": "hard", "teachers": 5}
    table = pd.DataFrame(
        [
            of_all | {"threshold": 0.2, "reached": 5, "at_once": 4, "n_star": 100.0},
            of_all | {"threshold": 0.3, "reached": 5, "at_once": 0, "n_star": 300.0},
            of_all | {"threshold": 0.4, "reached": 1, "at_once": 0, "n_star": NAN},
        ]
    )
    (row,) = rows_of(tabulated("transfer_efficiency", {"t": table}, {"m": "M"}))
    assert row[:4] == ["M", "uniform noise", "50", "network, hard"]
    key = "t/m/uniform_noise-50/uniform_noise/network-hard"
    ends = [
        rf"(\est{{{key}/{at}/reached}} of \est{{{key}/{at}/teachers}})" for at in (0.2, 0.3, 0.4)
    ]
    assert row[4:] == [
        rf"$\le$\,\est{{{key}/0.2/n_star}} {ends[0]}",
        rf"\est{{{key}/0.3/n_star}} {ends[1]}",
        f"-- {ends[2]}",
    ]


def constructed(function, metric, l2=NAN, **keys):
    found = {"dataset": "d", "condition": "true_labels", "images": 30, "mean": 0.5}
    return found | {"x": NAN, "function": function, "metric": metric, "l2": l2} | keys


def test_the_table_of_kernels_is_of_the_most_images():
    summary = pd.DataFrame(
        [
            constructed("pixels_linear", "test_accuracy", 0.0, images=10),
            constructed("pixels_linear", "test_accuracy", 0.0),
            constructed("pixels_linear", "norm", 0.0, condition="label_noise-1.00"),
            constructed("pixels_linear", "rank", 0.0),
            constructed("pixels_linear", "test_accuracy", 0.01, mean=NAN),
            constructed("sgd_from_zero", "final_distance_to_min_norm"),
        ]
    )
    table = tabulated("construction_implicit", {"i": summary}, {})
    # Columns without any number are left out.
    assert head_of(table) == ["kernel", r"$\lambda$", "test", "norm, random", "rank"]
    start = "i/pixels_linear/30/0"
    assert rows_of(table) == [
        ["pixels, linear", "0", rf"\val{{{start}/true_labels/test_accuracy}}",
         rf"\val{{{start}/label_noise-1.00/norm}}", rf"\est{{{start}/true_labels/rank}}"],
        ["", "0.01", "--", "--", "--"],
    ]  # fmt: skip


def test_the_table_of_the_theorem_has_a_row_for_each_number_of_images():
    summary = pd.DataFrame(
        [
            constructed(function, "lipschitz", condition="label_noise-1.00", images=images)
            for images in (10, 30)
            for function in ("depth-1", "depth-2")
        ]
    )
    table = tabulated("construction_expressivity", {"x": summary}, {})
    assert head_of(table) == ["$n$", "Lipschitz, random"]
    assert rows_of(table) == [
        [str(images), rf"\est{{x/depth-1/{images}/label_noise-1.00/lipschitz}}"]
        for images in (10, 30)
    ]


def test_a_number_on_a_curve_has_no_key_of_its_own():
    random = {"condition": "label_noise-1.00"}
    rows = [constructed("k", "lipschitz", x=1.0, **random), constructed("k", "fit_error", **random)]
    table = tabulated("construction_expressivity", {"c": pd.DataFrame(rows)}, {})
    assert rows_of(table) == [["30", r"\est{c/k/30/label_noise-1.00/fit_error}", "--"]]
