"""A mistake in the config ends with one line before anything runs; those of all kinds of key."""

import datetime as dt

import pytest

from rethinking.study.check import check_config
from tests.helpers.config import CONSTANT, DEMO, SCHEMAS, complaint, shipped

CONDITIONS = [*DEMO, "experiments", "randomization", "conditions"]
RESNET = [*DEMO, "models", "resnet18"]
RATES = [*RESNET, "recipes", "constant"]
MISTAKES = [
    (["scal"], "x", "scal: unknown key; did you mean 'scale'?"),
    (["scale"], "dmeo", "'dmeo' is not under scales; did you mean 'demo'?"),
    (["device"], "gpu", "device: 'gpu' is not one of"),
    (["threads"], 0, "threads: 0 is less than the minimum of 1"),
    (["results_dir"], "", "results_dir"),
    (["models", "resnet18", "widht_factor"], 1, "did you mean 'width_factor'?"),
    (["models", "resnet18", "width_factor"], -1, "models.resnet18.width_factor: -1"),
    (["models", "mlp3x512", "module"], "mpl", "mpl.py with a function build; did you mean 'mlp'?"),
    (["models", "Big-Net"], {"label": "x", "module": "mlp"}, "Big-Net"),
    (["models", "resnet18", "like"], "resnet", "'resnet' is not under models; did you mean"),
    (["precision"], "float16", "'float16' is not one of"),
    ([*RATES, "learning_rat"], 0.1, "did you mean 'learning_rate'?"),
    ([*RATES, "learning_rate"], "1e-3", "write 0.001 for 1e-3"),
    ([*RATES, "learning_rate"], 0, "learning_rate: 0"),
    ([*RESNET, "recipes", "constnt"], {"learning_rate": 1, "max_epochs": 1},
     "'constnt' is not under recipes; did you mean 'constant'?"),
    ([*RESNET, "recipes"], CONSTANT,
     "'one_cycle' is not under scales.demo.models.resnet18.recipes"),
    ([*RESNET, "crop"], 9, "crop: 9 pixels a side cannot be cut out of images of 8×8; lower it"),
    ([*DEMO, "models", "vgg11", "options", "pools"], 4,
     "vgg11 is too deep for images of 8 pixels a side: it halves them 4 times, which takes 16; "
     "set options: {pools: 3}"),
    ([*DEMO, "models", "vgg11", "options", "pools"], 6, "pools: 6 is greater than"),
    (["models", "vgg11", "batch_norm"], "yes", "batch_norm: 'yes' is not of type 'boolean'"),
    ([*RESNET, "seeds"], 0, "seeds: 0"),
    ([*RESNET, "options", "hidden"], [3], "options.hidden: unknown option of resnet18"),
    ([*DEMO, "models", "vgg"], {"seeds": 1, "block_size": 1, "recipes": CONSTANT},
     "'vgg' is not under models"),
    ([*DEMO, "models", "mlp3x5"], {"seeds": 1},
     "scales.demo.models.mlp3x5: 'mlp3x5' is not under models; did you mean 'mlp3x512'?"),
    ([*DEMO, "datasets", "digits", "source"], "digit", "did you mean 'digits'?"),
    ([*DEMO, "datasets", "digits", "path"], "x", "unknown option of digits"),
    ([*DEMO, "datasets", "digits", "train_images"], 0, "train_images: 0"),
    ([*DEMO, "datasets", "digits", "block_size"], 0, "digits.block_size: 0 is less than"),
    ([*RATES, "learning_rate"], float("nan"), "learning_rate: nan is not finite"),
    ([*DEMO, "experiments"], {}, "'corruption' is missing"),
    (["scales", "downloads"], {}, "'downloads' is taken; choose another name"),
    ([*DEMO, "datasets", "digits", "archives"], "x", "unknown option of digits"),
    ([*DEMO, "datasets", "digits"], {"label": "C", "source": "cifar10", "archives": "nowhere"},
     "nowhere does not hold cifar-10-binary.tar.gz; put it there, or leave out this key"),
    (["results_dir"], "a{b}", "results_dir: 'a{b}' does not match"),
    (["scales", "reference"], {}, "'reference' is taken; choose another name"),
    (["scales", "../elsewhere"], {}, "../elsewhere"),
    (["compile"], "false", "'false' is not of type 'boolean'; write True or False, without quotes"),
    (["results_dir"], 2020, "results_dir: 2020 is not of type 'string'; YAML reads no, 12 and"),
    ([*DEMO, "experiments", "randomization", "dataset"], False, "other than text: quote it"),
    ([*CONDITIONS, "resnet18"], [dt.date(2020, 1, 1)], "other than text: quote it"),
    (["models", "mlp3x512", "module"], None, "leave out the key (quote a name such as null)"),
    ([*CONDITIONS, "resnet18"], "true_labels", "write a list, as [a, b]"),
    (["scales"], "demo", "write keys with values, in a file given by --configfile"),
    (["threads"], True, "True is not of type 'integer'; write a whole number"),
    (["threads"], "two", "'two' is not of type 'integer'; write a whole number"),
    (["results_dir"], "src/../paper", "src/../paper holds files of the project, which steps would"),
    ([*DEMO, "datasets", "digits"], {"label": "C", "source": "cifar10", "archives": "results/x"},
     "digits.archives: results/x lies in results_dir, where steps replace and remove files; move"),
    ([*DEMO, "datasets", "resnet18"], {"label": "C", "source": "digits"},
     "datasets.resnet18: a model is called resnet18 too; rename one of them"),
    ([*DEMO, "datasets", "shepard"], {"label": "C", "source": "digits"}, "'shepard' is taken"),
    (["models", "vgg11", "label"], "Größe β", "models.vgg11.label: the paper has no character 'β'"),
    ([*DEMO, "datasets", "digits", "label"], "a\tb", "label: the paper has no character '\\t'"),
    ([*DEMO, "banner"], "日本", "scales.demo.banner: the paper has no character '日'; write Latin"),
]  # fmt: skip


def test_the_shipped_config_is_accepted():
    check_config(shipped(), SCHEMAS)


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES, ids=lambda v: str(v)[-40:])
def test_a_mistake_is_one_line_that_names_the_key_and_the_remedy(path, value, said):
    message = complaint(shipped(path=path, value=value))
    assert said in message
    assert message.startswith("config: ")


@pytest.mark.parametrize("key", ["scale", "models", "tables", "scales"])
def test_a_missing_key_is_named(key):
    config = shipped()
    del config[key]
    assert f"top level: {key!r} is missing; add it" in complaint(config)


def test_an_option_may_be_left_to_the_scales():
    config = shipped()
    del config["models"]["mlp3x512"]["hidden"]
    assert "mlp needs 'hidden'" in complaint(config)
    for scale in config["scales"].values():
        if "mlp3x512" in scale["models"]:
            scale["models"]["mlp3x512"]["options"] = {"hidden": [4]}
    check_config(config, SCHEMAS)
