import copy
import datetime as dt
import itertools
import os
from pathlib import Path

import pytest
import yaml
from PIL import Image

from rethinking.errors import InputError
from rethinking.study import images
from rethinking.study.alike import with_alike
from rethinking.study.check import check_config
from rethinking.study.images import (
    check_place,
    files_of,
    fingerprint,
    image_shape,
    pictures_in,
    train_image_count,
)

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"


@pytest.fixture(scope="module")
def shipped():
    return yaml.safe_load((ROOT / "config.yaml").read_text())


@pytest.fixture
def config(shipped):
    return copy.deepcopy(shipped)


def complaint(config):
    with pytest.raises(InputError) as caught:
        check_config(config, SCHEMA)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_config_that_is_shipped_is_right(config):
    check_config(config, SCHEMA)


DEMO = ["scales", "demo"]
CONDITIONS = [*DEMO, "experiments", "randomization", "conditions"]
RESNET = [*DEMO, "models", "resnet18"]
RATES = [*RESNET, "recipes", "constant"]
TWO_STAGE = [*DEMO, "transfers", "two_stage"]
GROUP = {"uniform_noise": {"images": [9], "students": {"uniform_noise": [9]}}}
REGULARIZERS = [*DEMO, "experiments", "regularization", "regularizers"]
IMPLICIT = [*DEMO, "constructions", "implicit"]
CONSTANT = {"constant": {"learning_rate": 1, "max_epochs": 1}}
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
    (["recipes", "constant", "momentum"], 1.0, "recipes.constant.momentum: 1.0"),
    (["recipes", "constant", "momentun"], 0.9, "did you mean 'momentum'?"),
    (["recipes", "constant", "schedule"], "cosine", "'cosine' is not one of"),
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
    ([*DEMO, "datasets", "digits", "source"], "digit", "did you mean 'digits'?"),
    ([*DEMO, "datasets", "digits", "path"], "x", "unknown option of digits"),
    ([*DEMO, "datasets", "digits", "train_images"], 0, "train_images: 0"),
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
    ([*DEMO, "experiments", "randomization", "regularizers"], {"vgg11": ["none", "dropout"]},
     "randomization.recipe: one_cycle stops early"),
    (["recipes", "fixed_length", "weight_decay"], 0.1, "or has weight decay of its own"),
    ([*DEMO, "models", "mlp3x512", "options"], {"dropout": 0.1}, "mlp3x512 has dropout already"),
    ([*DEMO, "models", "vgg11", "options", "dropout"], 0.1, "dropout: unknown option of vgg11"),
    ([*DEMO, "regularizers", "random_crop"], 8,
     "a window of 8 pixels a side that moves by 8 may miss the image; lower it"),
    ([*IMPLICIT, "module"], "expressivity", "unknown option of expressivity"),
    ([*DEMO, "constructions", "implicit_b"],
     {"module": "expressivity", "dataset": "digits", "seeds": 1, "block_size": 1, "images": [5],
      "conditions": ["true_labels"], "depths": [1]},
     "implicit_b: the paper reports implicit under this name; choose another"),
    ([*DEMO, "constructions", "My-own"], {}, "My-own"),
    ([*DEMO, "constructions", "expressivity", "depths"], [11],
     "depths: 11 hidden layers for 10 images; give from 1 to as many"),
    ([*DEMO, "constructions", "expressivity", "dataset"], "digits",
     "images: 1000 are asked for, of 640 (train_images); ask for fewer"),
    ([*IMPLICIT, "kernels", "convolutional_linear", "filter_side"], 9,
     "filter_side: 9 pixels a side do not fit into images of 8×8; lower it"),
    ([*IMPLICIT, "module"], "implict", "did you mean 'implicit'?"),
    ([*IMPLICIT, "module"], "smoothness", "no src/rethinking/measures/smoothness.py with a func"),
    ([*IMPLICIT, "dataset"], "mnist", "implicit.dataset: 'mnist' is not under"),
    ([*IMPLICIT, "conditions"], ["label_noise"], "needs a level; write label_noise-0.50"),
    ([*IMPLICIT, "toleranc"], 0.1, "toleranc: unknown option of implicit; did you mean"),
    ([*IMPLICIT, "l2"], [-1], "l2.0: -1"),
    ([*IMPLICIT, "kernels", "k"], {"representation": "pixels", "kernel": "linear", "gamma": 1},
     "kernels.k: a linear kernel of pixels takes nothing else; give just that"),
    ([*IMPLICIT, "kernels", "k"], {"representation": "convolutional", "kernel": "gaussian"},
     "takes filter_side and filters and gamma"),
    ([*DEMO, "constructions", "expressivity", "depths"], [0], "depths.0: 0"),
    ([*DEMO, "datasets", "all_digits", "train_images"], 1000,
     "1400 images are asked for a teacher and its students together, of 1000 (train_images)"),
    ([*DEMO, "experiments", "randomization", "dataset"], "mnist", "'mnist' is not under"),
    ([*DEMO, "experiments", "randomization", "recipe"], "fancy", "'fancy' is not under recipes"),
    ([*DEMO, "experiments", "randomization", "measures"], ["acuracy"], "did you mean 'accuracy'?"),
    ([*DEMO, "experiments", "randomization", "measures"], ["metric"], "no src/rethinking/measures"),
    ([*CONDITIONS, "resnet18"], ["label_nois-0.50"], "did you mean 'label_noise'?"),
    ([*CONDITIONS, "resnet18"], ["label_noise"], "needs a level; write label_noise-0.50"),
    ([*CONDITIONS, "resnet18"], ["label_noise-1.50"], "at most 1"),
    ([*CONDITIONS, "resnet18"], ["label_noise-0.00"], "level 0 is true_labels"),
    ([*CONDITIONS, "resnet18"], ["label_noise-.5"], "to two decimals"),
    ([*CONDITIONS, "resnet18"], ["true_labels-0.50"], "has no level; write true_labels"),
    ([*CONDITIONS, "resnet18"], ["true_labels", "true_labels"], "non-unique"),
    ([*CONDITIONS, "resnet"], ["true_labels"], "did you mean 'resnet18'?"),
    (["figures", "drawn", "style"], {"experiment": "e", "table": "runs", "caption": "c"},
     "no src/rethinking/figures/helpers/style.py with a function draw"),
    (["figures", "drawn", "label_noise", "experiment"], "other", "'other' is not under"),
    ([*RATES, "learning_rate"], float("nan"), "learning_rate: nan is not finite"),
    ([*CONDITIONS, "resnet18"], ["label_noise-00.50"], "-00.50 as label_noise-0.50"),
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


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES, ids=lambda v: str(v)[-40:])
def test_a_mistake_is_one_line_that_names_the_key_and_the_remedy(config, path, value, said):
    broken = copy.deepcopy(config)
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    message = complaint(broken)
    assert said in message
    assert message.startswith("config: ")


def test_smoothness_of_teachers_needs_its_sizes(config):
    del config["scales"]["demo"]["measures"], config["scales"]["demo"]["experiments"]["smoothness"]
    del config["scales"]["demo"]["experiments"]["frequency"]
    assert "measures.smoothness: smoothness needs 'images'; add it" in complaint(config)


def test_a_transfer_cannot_be_called_like_an_experiment(config):
    transfers = config["scales"]["demo"]["transfers"]
    transfers["corruption"] = transfers.pop("two_stage")
    assert "scales.demo: there are two experiments corruption; rename one" in complaint(config)


def test_a_network_without_dropout_cannot_be_regularised_by_it(config):
    experiment = config["scales"]["demo"]["experiments"]["regularization"]
    experiment["conditions"]["vgg11"] = ["true_labels"]
    experiment["regularizers"]["vgg11"] = ["none", "dropout"]
    rates = {"learning_rate": 1.0, "max_epochs": 1}
    config["scales"]["demo"]["models"]["vgg11"]["recipes"]["fixed_length"] = rates
    assert "vgg11 has no dropout; leave it out, or give the build of" in complaint(config)


def test_the_experiment_regularization_regularises_and_the_first_two_do_not(config):
    experiments = config["scales"]["demo"]["experiments"]
    experiments["randomization"] |= {
        "recipe": "fixed_length",
        "conditions": {"mlp3x512": ["true_labels"]},
        "regularizers": {"mlp3x512": ["none", "dropout"]},
    }
    assert "randomization.regularizers: this experiment reports networks" in complaint(config)
    del experiments["randomization"]["regularizers"]
    del experiments["regularization"]["regularizers"]
    assert "regularization: 'regularizers' is missing; add it" in complaint(config)


def test_regularisation_is_held_against_no_references(config):
    config["scales"]["demo"]["experiments"]["regularization"]["references"] = ["untrained"]
    assert "regularization.references: they have no regularisation" in complaint(config)


@pytest.mark.parametrize("key", ["scale", "models", "scales"])
def test_a_missing_key_is_named(config, key):
    del config[key]
    assert f"{key!r} is missing; add it" in complaint(config)


def test_an_option_may_be_left_to_the_scales(config):
    del config["models"]["mlp3x512"]["hidden"]
    assert "mlp needs 'hidden'" in complaint(config)
    for scale in config["scales"].values():
        if "mlp3x512" in scale["models"]:
            scale["models"]["mlp3x512"]["options"] = {"hidden": [4]}
    check_config(config, SCHEMA)


def unknown_keys_pass(schema, path=""):
    """Objects of the schema that would let a mistyped key through."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "additionalProperties" not in schema:
            yield path
        for key, value in schema.items():
            yield from unknown_keys_pass(value, f"{path}/{key}")


def test_only_what_is_checked_against_a_function_takes_other_keys():
    open_objects = set(unknown_keys_pass(yaml.safe_load(SCHEMA.read_text())))
    scale = "/properties/scales/additionalProperties/properties"
    assert open_objects == {
        "/properties/models/additionalProperties",
        f"{scale}/datasets/additionalProperties",
        f"{scale}/constructions/additionalProperties",
        f"{scale}/models/additionalProperties/properties/options",
    }


@pytest.fixture
def pictures(tmp_path):
    for split, kind in itertools.product(("train", "test"), ("cat", "dog")):
        (tmp_path / split / kind).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / split / kind / "0.png")
    return tmp_path


def with_pictures(config, folder):
    dataset = config["scales"]["demo"]["datasets"]["digits"]
    dataset.clear()
    dataset.update(label="x", source="image_folder", path=str(folder))
    return config


def test_a_crop_makes_images_small_for_a_deep_network(config):
    config["scale"] = "full"
    check_config(config, SCHEMA)
    config["scales"]["full"]["models"]["vgg11"]["crop"] = 28
    assert "too deep for images of 28 pixels a side" in complaint(config)


def test_the_first_picture_of_a_folder_says_how_large_images_are(config, pictures):
    Image.new("RGB", (12, 6)).save(pictures / "train/cat/0.png")
    config["scales"]["demo"]["models"]["vgg11"]["options"]["pools"] = 3
    (pictures / "train/.DS_Store").touch()  # is no picture
    assert "too deep for images of 6 pixels" in complaint(with_pictures(config, pictures))


def test_the_size_of_a_picture_is_that_of_what_is_read(pictures):
    pictures_in.cache_clear()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.new("L", (12, 6)).save(pictures / "train/cat/0.png", exif=exif)
    # As the loader reads it: in three colours, and upright.
    assert image_shape({"source": "image_folder", "path": str(pictures)}) == (3, 12, 6)


def test_a_first_picture_that_cannot_be_read_is_named(config, pictures):
    (pictures / "train/cat/0.png").write_bytes(b"123")
    message = complaint(with_pictures(config, pictures))
    assert message == (
        f"{pictures}/train/cat/0.png: cannot be read as a picture; replace or remove it"
    )


def test_a_source_of_ones_own_may_read_a_file(config, pictures, monkeypatch):
    table = pictures / "train.csv"
    table.touch()
    monkeypatch.setattr(images, "constant_of", lambda *_: None)
    assert image_shape({"source": "mine", "path": str(table)}) is None
    assert train_image_count({"source": "mine", "path": str(table)}) is None


def test_a_data_set_whose_archives_are_not_there_yet_is_accepted(config):
    config["scales"]["demo"]["datasets"]["digits"] = {"label": "C", "source": "cifar10"}
    check_config(config, SCHEMA)


def test_an_image_folder_is_accepted(config, pictures):
    check_config(with_pictures(config, pictures), SCHEMA)


def test_a_missing_image_folder_is_named(config):
    message = complaint(with_pictures(config, "nowhere"))
    assert message == (
        "config: scales.demo.datasets.digits.path: nowhere/train is not a folder; "
        "give a folder that holds train/<class>/* and test/<class>/*"
    )


def test_an_empty_class_is_named_before_anything_runs(config, pictures):
    (pictures / "test/cat/0.png").unlink()
    message = complaint(with_pictures(config, pictures))
    assert message.startswith(
        f"config: scales.demo.datasets.digits.path: {pictures}/test/cat holds no picture"
    )


def test_a_folder_of_another_scale_is_not_looked_for(config, pictures):
    config["scale"] = "smoke"
    check_config(with_pictures(config, pictures / "gone"), SCHEMA)


def fingerprint_of(place, source):
    for function in (fingerprint, files_of, pictures_in):
        function.cache_clear()
    return fingerprint(place, source)


def test_what_a_source_of_ones_own_reads_may_be_any_file_or_folder(tmp_path):
    table = tmp_path / "data.csv"
    with pytest.raises(InputError, match=r"config: key: .*data\.csv is not there; correct the pat"):
        check_place("key", {"path": str(table), "source": "mine"})
    table.write_text("1")
    first, folder = fingerprint_of(table, "mine"), fingerprint_of(tmp_path, "mine")
    table.write_text("2")  # of the same size
    assert fingerprint_of(table, "mine") != first
    changed = fingerprint_of(tmp_path, "mine")
    assert changed != folder
    (tmp_path / ".DS_Store").touch()
    assert fingerprint_of(tmp_path, "mine") == changed
    (tmp_path / os.fsdecode(b"caf\xe9")).touch()
    assert fingerprint_of(tmp_path, "mine") != changed


def test_the_fingerprint_sees_new_and_changed_pictures_and_not_what_is_left_out(pictures):
    first = fingerprint_of(pictures, "image_folder")
    picture = pictures / "train/cat/0.png"
    picture.touch()
    (pictures / "train/.DS_Store").touch()
    (pictures / "test/cat/Thumbs.db").touch()
    assert fingerprint_of(pictures, "image_folder") == first
    picture.write_bytes(picture.read_bytes() + b"x")
    changed = fingerprint_of(pictures, "image_folder")
    assert changed != first
    (pictures / "train/cat/1.png").write_bytes(b"1")
    assert fingerprint_of(pictures, "image_folder") not in (first, changed)


def test_a_model_that_is_like_another_stands_wherever_that_one_does(config):
    config["models"]["new"] = {"label": "New", "module": "alexnet", "like": "resnet18"}
    before = copy.deepcopy(config)
    scales = with_alike(config)
    assert config == before
    for name, scale in scales.items():
        sizes = scale["models"]["resnet18"]
        assert scale["models"]["new"] == {k: v for k, v in sizes.items() if k != "options"}
        for experiment in scale["experiments"].values():
            for asked in (experiment["conditions"], experiment.get("regularizers", {})):
                assert asked.pop("new", None) == asked.get("resnet18")
        del scale["models"]["new"]
        assert scale == config["scales"][name]
    check_config(config, SCHEMA)


@pytest.mark.parametrize("only_dropout", [False, True])
def test_a_model_without_dropout_is_like_one_that_has_it_but_for_that(config, only_dropout):
    config["models"]["new"] = {"label": "New", "module": "resnet18", "like": "mlp3x512"}
    config["models"]["new"]["width_factor"] = 1.0
    experiment = config["scales"]["smoke"]["experiments"]["regularization"]
    asked = ["none", "dropout"] if only_dropout else experiment["regularizers"]["mlp3x512"]
    experiment["regularizers"]["mlp3x512"] = asked
    assert any("dropout" in each for each in asked)
    found = with_alike(config)["smoke"]["experiments"]["regularization"]
    kept = [each for each in asked if "dropout" not in each]
    assert found["regularizers"].get("new") == (None if only_dropout else kept)
    assert ("new" in found["conditions"]) != only_dropout
    check_config(config, SCHEMA)


def test_sizes_of_its_own_are_kept_and_likeness_goes_no_further(config):
    config["models"]["new"] = {"label": "New", "module": "alexnet", "like": "resnet18"}
    own = {"seeds": 1, "block_size": 1, "recipes": CONSTANT}
    config["scales"]["smoke"]["models"]["new"] = own
    assert with_alike(config)["smoke"]["models"]["new"] == own
    config["models"]["newer"] = {"label": "N", "module": "alexnet", "like": "new"}
    assert "models.newer.like: new is like another model itself; name that one" in complaint(config)
