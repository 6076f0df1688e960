"""A mistake in an experiment of any kind ends with one line before anything runs."""

import pytest

from tests.helpers.config import DEMO, complaint, shipped

EXPERIMENTS = [*DEMO, "experiments"]
CONDITIONS = [*EXPERIMENTS, "randomization", "conditions"]
REGULARIZERS = [*EXPERIMENTS, "regularization", "regularizers"]
TWO_STAGE = [*DEMO, "transfers", "two_stage"]
GROUP = {"uniform_noise": {"images": [9], "students": {"uniform_noise": [9]}}}
IMPLICIT = [*DEMO, "constructions", "implicit"]
EXPRESSIVITY = [*DEMO, "constructions", "expressivity"]
NETWORKS = [
    ([*EXPERIMENTS, "randomization", "dataset"], "mnist", "'mnist' is not under"),
    ([*EXPERIMENTS, "randomization", "recipe"], "fancy", "'fancy' is not under recipes"),
    ([*EXPERIMENTS, "randomization", "measures"], ["acuracy"], "did you mean 'accuracy'?"),
    ([*EXPERIMENTS, "randomization", "measures"], ["metric"], "no src/rethinking/measures/metric."),
    ([*CONDITIONS, "resnet18"], ["label_nois-0.50"], "did you mean 'label_noise'?"),
    ([*CONDITIONS, "resnet18"], ["synthetic"], "no src/rethinking/data/corruptions/synthetic.py"),
    ([*CONDITIONS, "resnet18"], ["random_walk"], "did you mean 'random_walk_pixel'?"),
    ([*CONDITIONS, "resnet18"], ["uniform_noise-0.50"], "has no level; write uniform_noise"),
    ([*CONDITIONS, "resnet18"], ["label_noise"], "needs a level; write label_noise-0.50"),
    ([*CONDITIONS, "resnet18"], ["label_noise-1.50"], "at most 1"),
    ([*CONDITIONS, "resnet18"], ["label_noise-0.00"], "level 0 is true_labels"),
    ([*CONDITIONS, "resnet18"], ["label_noise-.5"], "to two decimals"),
    ([*CONDITIONS, "resnet18"], ["label_noise-00.50"], "-00.50 as label_noise-0.50"),
    ([*CONDITIONS, "resnet18"], ["true_labels-0.50"], "has no level; write true_labels"),
    ([*CONDITIONS, "resnet18"], ["true_labels", "true_labels"], "non-unique"),
    ([*CONDITIONS, "resnet"], ["true_labels"], "did you mean 'resnet18'?"),
    ([*DEMO, "measures", "smoothness", "image"], 9, "image: unknown option of smoothness; did you"),
]  # fmt: skip
REGULARIZED = [
    ([*DEMO, "regularizers", "dropuot"], 0.5, "did you mean 'dropout'?"),
    ([*DEMO, "regularizers", "dropout"], 1.0, "dropout: 1.0"),
    ([*REGULARIZERS, "mlp3x512"], ["none", "flip"],
     "'flip' is not under scales.demo.regularizers; known: dropout, random_crop, weight_decay"),
    ([*REGULARIZERS, "mlp3x512"], ["none", "weight_decay-dropout"],
     "write weight_decay-dropout as dropout-weight_decay"),
    ([*REGULARIZERS, "mlp3x512"], ["none", "dropout-dropout"], "write dropout-dropout as dropout"),
    ([*REGULARIZERS, "mlp3x512"], ["dropout"], "nothing to compare dropout with; add none"),
    ([*REGULARIZERS, "mlp1x512"], ["none"], "'mlp1x512' is not under"),
    ([*REGULARIZERS, "mlp3x512"], ["none"], "nothing to compare none with; add regularizers"),
    (["recipes", "fixed_length", "stop_at_train_accuracy"], 1.0,
     "fixed_length stops early or has weight decay of its own; choose one with"),
    ([*EXPERIMENTS, "randomization", "regularizers"], {"vgg11": ["none", "dropout"]},
     "randomization.recipe: one_cycle stops early"),
    (["recipes", "fixed_length", "weight_decay"], 0.1, "or has weight decay of its own"),
    ([*DEMO, "models", "mlp3x512", "options"], {"dropout": 0.1}, "mlp3x512 has dropout already"),
    ([*DEMO, "models", "vgg11", "options", "dropout"], 0.1, "dropout: unknown option of vgg11"),
    ([*DEMO, "regularizers", "random_crop"], 8,
     "a window of 8 pixels a side that moves by 8 may miss the image; lower it"),
    ([*EXPERIMENTS, "regularization", "references"], ["untrained"],
     "regularization.references: they have no regularisation"),
]  # fmt: skip
TRANSFERS = [
    ([*TWO_STAGE, "dataset"], "mnist", "two_stage.dataset: 'mnist' is not under"),
    ([*TWO_STAGE, "recipes", "teacher"], "teecher", "did you mean 'teachers'?"),
    ([*TWO_STAGE, "recipes", "teacher"], "constant", "choose a recipe with scaling: per_dataset"),
    ([*TWO_STAGE, "recipes", "student"], "teachers", "all students take equally many steps"),
    ([*TWO_STAGE, "thresholds"], [1.0], "thresholds.0: 1.0"),
    ([*TWO_STAGE, "learners"], ["trees"], "'trees' is not one of"),
    ([*TWO_STAGE, "smoothnes"], True, "did you mean 'smoothness'?"),
    ([*TWO_STAGE, "teachers", "mlp"], GROUP, "'mlp' is not under scales.demo.models"),
    ([*TWO_STAGE, "teachers", "mlp3x512"], GROUP, "'teachers' is not under"),
    ([*TWO_STAGE, "teachers", "vgg11"],
     {"uniform": {"images": [9], "students": {"uniform_noise": [9]}}},
     "did you mean 'uniform_noise'?"),
    ([*TWO_STAGE, "teachers", "vgg11"],
     {"true_labels": {"images": [9], "students": {"uniform_noise": [9]}}},
     "students of teachers on real images get real images"),
    ([*TWO_STAGE, "teachers", "vgg11"], {"uniform_noise": {"images": [9], "students": {}}},
     "students"),
    ([*TWO_STAGE, "teachers", "vgg11"],
     {"uniform_noise": {"images": [4], "students": {"uniform_noise": [9]}}}, "4 is less than"),
    ([*DEMO, "datasets", "all_digits", "train_images"], 1000,
     "1400 images are asked for a teacher and its students together, of 1000 (train_images)"),
]  # fmt: skip
CONSTRUCTIONS = [
    ([*IMPLICIT, "module"], "expressivity", "unknown option of expressivity"),
    ([*DEMO, "constructions", "My-own"], {}, "My-own"),
    ([*EXPRESSIVITY, "depths"], [11],
     "depths: 11 hidden layers for 10 images; give from 1 to as many"),
    ([*EXPRESSIVITY, "depths"], [0], "depths.0: 0"),
    ([*EXPRESSIVITY, "dataset"], "digits",
     "images: 1000 are asked for, of 640 (train_images); ask for fewer"),
    ([*IMPLICIT, "kernels", "convolutional_linear", "filter_side"], 9,
     "filter_side: 9 pixels a side do not fit into images of 8×8; lower it"),
    ([*IMPLICIT, "module"], "implict", "did you mean 'implicit'?"),
    ([*IMPLICIT, "module"], "kernels",
     "no src/rethinking/constructions/kernels.py with a function construct"),
    ([*IMPLICIT, "dataset"], "mnist", "implicit.dataset: 'mnist' is not under"),
    ([*IMPLICIT, "conditions"], ["label_noise"], "needs a level; write label_noise-0.50"),
    ([*IMPLICIT, "toleranc"], 0.1, "toleranc: unknown option of implicit; did you mean"),
    ([*IMPLICIT, "l2"], [-1], "l2.0: -1"),
    ([*IMPLICIT, "kernels", "k"], {"representation": "pixels", "kernel": "linear", "gamma": 1},
     "kernels.k: a linear kernel of pixels takes nothing else; give just that"),
    ([*IMPLICIT, "kernels", "k"], {"representation": "convolutional", "kernel": "gaussian"},
     "takes filter_side and filters and gamma"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [*NETWORKS, *REGULARIZED, *TRANSFERS, *CONSTRUCTIONS],
    ids=lambda v: str(v)[-40:],
)
def test_a_mistake_is_one_line_that_names_the_key_and_the_remedy(path, value, said):
    message = complaint(shipped(path=path, value=value))
    assert said in message
    assert message.startswith("config: ")


def test_smoothness_of_teachers_needs_its_sizes():
    config = shipped()
    demo = config["scales"]["demo"]
    del demo["measures"], demo["experiments"]["smoothness"], demo["experiments"]["frequency"]
    assert "measures.smoothness: smoothness needs 'images'; add it" in complaint(config)


def test_experiments_of_two_kinds_cannot_have_one_name():
    config = shipped()
    transfers = config["scales"]["demo"]["transfers"]
    transfers["corruption"] = transfers.pop("two_stage")
    assert "scales.demo: there are two experiments corruption; rename one" in complaint(config)


def test_a_network_without_dropout_cannot_be_regularised_by_it():
    config = shipped()
    demo = config["scales"]["demo"]
    experiment = demo["experiments"]["regularization"]
    experiment["conditions"]["vgg11"] = ["true_labels"]
    experiment["regularizers"]["vgg11"] = ["none", "dropout"]
    demo["models"]["vgg11"]["recipes"]["fixed_length"] = {"learning_rate": 1.0, "max_epochs": 1}
    assert "vgg11 has no dropout; leave it out, or give the build of" in complaint(config)
