"""The schema of the config: what dataclasses and signatures declare, and what it refuses."""

import ast
from dataclasses import MISSING, fields

import jsonschema
import pytest

from rethinking.constructions.specs import Kernel
from rethinking.names.kinds import kinds, load_kind
from rethinking.step.code import function_of, plugins_of
from rethinking.study.entries import ARGUMENTS
from rethinking.study.schema import arguments_in, config_schema, dataclass_schema, options_schema
from rethinking.training.recipe import Recipe
from tests.helpers.config import DEMO, SCHEMAS, complaint, shipped

PACKAGES = {
    "models": "build",
    "data.sources": "load",
    "measures": "measure",
    "constructions": "construct",
    "figures": "draw",
    "paper.tables": "tabulate",
}
OPTIONS = [
    (package, module, function)
    for package, function in PACKAGES.items()
    for module in plugins_of(f"rethinking.{package}", function)
]
RECIPE = ["recipes", "constant"]
FREQUENCY = [*DEMO, "measures", "frequency"]
KERNEL = [*DEMO, "constructions", "implicit", "kernels", "pixels_gaussian"]
DRAWN, TABLES = ["figures", "drawn"], ["tables", "results_corruption"]
# From Recipe, from signatures, and from Kernel.
MISTAKES = [
    ([*RECIPE, "momentun"], 0.9, "constant.momentun: unknown key; did you mean 'momentum'?"),
    ([*RECIPE, "learning_rate"], 0.1, "constant.learning_rate: unknown key; known: batch_size, "),
    ([*RECIPE, "crop"], 4, "constant.crop: unknown key"),
    ([*RECIPE, "momentum"], 1.0, "constant.momentum: 1.0 is greater than or equal to the maximum"),
    ([*RECIPE, "momentum"], "high", "constant.momentum: 'high' is not of type 'number'; write a n"),
    ([*RECIPE, "momentum"], None, "constant.momentum: None is not of type 'number'; nothing stand"),
    ([*RECIPE, "schedule"], "cosine", "constant.schedule: 'cosine' is not one of ['constant', 'ex"),
    ([*RECIPE, "batch_size"], 0, "constant.batch_size: 0 is less than the minimum of 1"),
    ([*RECIPE, "batch_size"], 0.5, "constant.batch_size: 0.5 is not of type 'integer'; write a wh"),
    ([*RECIPE, "stop_at_train_accuracy"], 1.5, "stop_at_train_accuracy: 1.5 is greater than the"),
    ([*RECIPE, "epoch_steps"], None, "constant.epoch_steps: None is not of type 'integer'; nothin"),
    (RECIPE, {}, "recipes.constant: 'batch_size' is missing; add it"),
    (["models", "mlp3x512", "hidden"], 512, "hidden: 512 is not of type 'array'; write a list"),
    (["models", "mlp3x512", "hidden"], [0], "hidden.0: 0 is less than the minimum of 1"),
    (["models", "mlp3x512", "dropout"], 1, "mlp3x512.dropout: 1 is greater than or equal to"),
    ([*DEMO, "models", "vgg11", "options", "width_factor"], 0, "width_factor: 0 is less than or e"),
    ([*DEMO, "datasets", "digits", "train_images"], "all", "train_images: 'all' is not of type 'i"),
    ([*FREQUENCY, "path_points"], 7, "frequency.path_points: 7 is less than the minimum of 8"),
    ([*FREQUENCY, "together"], "no", "together: 'no' is not of type 'boolean'; write True or Fals"),
    ([*DEMO, "constructions", "implicit", "images"], [1], "images.0: 1 is less than the minimum"),
    ([*DEMO, "constructions", "implicit", "images"], [5, 5], "images: [5, 5] has non-unique"),
    ([*KERNEL, "gamma"], 0, "pixels_gaussian.gamma: 0 is less than or equal to the minimum of 0"),
    ([*KERNEL, "gama"], 1, "pixels_gaussian.gama: unknown key; did you mean 'gamma'?"),
    (KERNEL, {"kernel": "linear"}, "pixels_gaussian: 'representation' is missing; add it"),
    ([*DRAWN, "flip_rate", "along"], "time", "along: 'time' is not one of ['distance', 'frequency"),
    ([*DRAWN, "flip_rate", "percent"], "yes", "percent: 'yes' is not of type 'boolean'; write Tru"),
    ([*TABLES, "columns"], 5, "columns: 5 is not of type 'object'; write keys with values"),
    ([*TABLES, "columns"], {"epochs": 5}, "columns.epochs: 5 is not of type 'string'; YAML reads"),
    (["tables", "transfer_walks", "without_interval"], "x", "'x' is not of type 'array'; write a"),
]  # fmt: skip


@pytest.fixture(scope="module")
def schema():
    return config_schema(SCHEMAS)


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES, ids=lambda v: str(v)[-40:])
def test_a_value_that_its_declaration_does_not_allow_is_named_in_one_line(path, value, said):
    message = complaint(shipped(path=path, value=value))
    assert said in message
    assert message.startswith("config: ")


def test_recipes_have_the_fields_of_the_dataclass_but_for_those_of_scales(schema):
    recipe = schema["properties"]["recipes"]["additionalProperties"]
    elsewhere = {"name", "learning_rate", "max_epochs", "crop", "random_crop", "flip"}
    assert set(recipe["properties"]) == {field.name for field in fields(Recipe)} - elsewhere
    assert set(recipe["required"]) == set(recipe["properties"]) - {"epoch_steps"}
    assert not recipe["additionalProperties"]
    momentum = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
    assert recipe["properties"]["momentum"].items() >= momentum.items()
    # Null is a value where the field has no default, and else the same as leaving it out.
    assert recipe["properties"]["stop_at_train_accuracy"]["type"] == ["number", "null"]
    assert recipe["properties"]["epoch_steps"]["type"] == "integer"


def test_kernels_have_the_fields_of_the_dataclass(schema):
    scale = schema["properties"]["scales"]["additionalProperties"]["properties"]
    constructions = scale["constructions"]["additionalProperties"]["properties"]
    kernel = constructions["kernels"]["additionalProperties"]
    assert kernel == dataclass_schema(Kernel)
    assert set(kernel["properties"]) == {field.name for field in fields(Kernel)}
    assert kernel["required"] == ["kernel", "representation"]


@pytest.mark.parametrize(("package", "module", "function"), OPTIONS)
def test_options_of_plugins_are_described_and_have_a_default_that_fits(package, module, function):
    declared = options_schema(package, function)
    node = function_of(f"rethinking.{package}.{module}", function)
    described = arguments_in(ast.get_docstring(node))
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        assert described[argument.arg].strip(), argument.arg
        entry = declared[argument.arg]
        assert set(entry) - {"description"}, f"{argument.arg}: not a type of names/options.py"
        if default is not None and (value := ast.literal_eval(default)) is not None:
            # As YAML has it: there are no tuples.
            value = list(value) if isinstance(value, tuple) else value
            jsonschema.validate(value, entry)


def test_fields_with_a_default_are_declared_so_that_it_fits():
    for of in (Recipe, Kernel):
        declared = dataclass_schema(of)["properties"]
        for field in fields(of):
            if field.default not in (MISSING, None):
                jsonschema.validate(field.default, declared[field.name])


def test_options_of_all_plugins_but_corruptions_are_in_the_schema():
    # A corruption has its level in the name of a condition.
    assert set(PACKAGES.values()) == set(ARGUMENTS) - {"corrupt"}


def test_an_option_that_modules_declare_differently_fits_any_of_them():
    columns = options_schema("paper.tables", "tabulate")["columns"]
    for given in ({"epochs": "epochs"}, {"test": {"metric": "test_accuracy"}}):
        jsonschema.validate(given, columns)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"epochs": [1]}, columns)


def within(schema, path=""):
    """All parts of a schema with their paths."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from within(value, f"{path}/{key}")


def test_only_what_is_checked_against_a_function_takes_other_keys(schema):
    takes_any = {
        path
        for path, part in within(schema)
        if part.get("type") == "object" and part.get("additionalProperties", {}) == {}
    }
    scale = "/properties/scales/additionalProperties/properties"
    assert takes_any == {
        "/properties/models/additionalProperties",
        "/properties/figures/properties/drawn/additionalProperties",
        "/properties/tables/additionalProperties",
        f"{scale}/datasets/additionalProperties",
        f"{scale}/measures/additionalProperties",
        f"{scale}/constructions/additionalProperties",
        f"{scale}/models/additionalProperties/properties/options",
    }


def test_each_kind_of_experiment_has_its_section(schema):
    scale = schema["properties"]["scales"]["additionalProperties"]["properties"]
    for kind in kinds():
        assert scale[load_kind(kind).SECTION]["description"], kind


def test_arguments_are_read_from_docstrings():
    text = "One.\n\nArgs:\n    a: First,\n        and more.\n    b_c: Second: of two."
    assert arguments_in(text) == {"a": "First, and more.", "b_c": "Second: of two."}
    assert arguments_in(f"{text}\n\nRaises:\n    Error: Never.") == arguments_in(text)
    assert arguments_in("One.") == {}
