"""The cache that several workflows share."""

import inspect
import itertools
import shutil
from types import SimpleNamespace

import pytest
from PIL import Image

from rethinking.commands.plan import own_causes, plan
from rethinking.files import digest
from tests.helpers.project import (
    CONFIG,
    RESULTS,
    SRC,
    edit,
    results_of,
    rethinking,
    run,
    smoke,
    write_config,
)

CACHED = {
    *("train", "measure", "teachers", "students", "measure_transfer", "measure_construction"),
}
ONE_CONDITION = {"conditions": {"mlp3x512": ["true_labels"], "resnet18": ["true_labels"]}}
# A data file for each seed, so that a block of networks reads two.
SMALLER = smoke(
    datasets={"digits": {"block_size": 1}},
    experiments=dict.fromkeys(
        ("randomization", "corruption", "smoothness", "frequency"), ONE_CONDITION
    ),
)


@pytest.fixture
def clones(built, tmp_path):
    """Two copies without results, and the folder of a cache."""
    (tmp_path / "cache").mkdir()
    for name in ("one", "two"):
        ignored = shutil.ignore_patterns(".snakemake", "smoke")
        shutil.copytree(built, tmp_path / name, symlinks=True, ignore=ignored)
    return tmp_path / "one", tmp_path / "two", tmp_path / "cache"


def test_a_second_clone_builds_tables_without_training(built, clones, tmp_path):
    one, two, cache = clones
    options = ["--cache", "--configfile", write_config(tmp_path / "smaller.yaml", SMALLER), "--"]
    variables = {"SNAKEMAKE_OUTPUT_CACHE": str(cache)}
    for folder in (one, two):
        code, output = run(folder, *options, f"{RESULTS}/tables/frequency/runs.csv", **variables)
        assert code == 0, output
        logs = (folder / RESULTS / "logs/runs").rglob("*.log")
        trained = [path for path in logs if "epoch" in path.read_text()]
        assert len(trained) == (2 if folder == one else 0)
    assert results_of(one) == results_of(two)
    whole = results_of(built)
    same = [name for name in results_of(two) if name.startswith("runs/")]
    assert len(same) == 2 * 3
    assert all(results_of(two)[name] == whole[name] for name in same)
    # In both clones the commit and the date of a network are those of the run that trained it.
    records = [list(clone.glob(f"{RESULTS}/runs/**/run.provenance.json")) for clone in (one, two)]
    assert len(records[0]) == 2
    texts = [sorted(path.read_text() for path in paths) for paths in records]
    assert texts[0] == texts[1]
    # Two inputs change places: the set of them, by which Snakemake caches, is the same.
    seeds = "[condition], specs.block_seeds(config, scale, model, int(block))"
    edit(two / f"{SRC}/networks/study.py", seeds, f"{seeds}[::-1]")
    weights = f"{RESULTS}/runs/digits/true_labels/mlp3x512/constant/block-0/run.safetensors"
    shutil.rmtree(two / RESULTS / "runs")
    code, output = run(two, *options, weights, **variables)
    assert code == 0, output
    logs = (two / RESULTS / "logs/runs").rglob("*.log")
    assert sum("epoch" in path.read_text() for path in logs) == 1


def test_other_seeds_and_settings_do_not_meet_in_the_cache(clones, tmp_path):
    one, _, cache = clones
    # Blocks of one seed: they differ in nothing but the seed.
    model = {"seeds": 2, "block_size": 1}
    blocks = [f"{RESULTS}/runs/digits/true_labels/mlp3x512/one_cycle/block-{b}" for b in (0, 1)]
    targets = [f"{block}/run.json" for block in blocks]
    described = []
    for rate in (0.05, 0.04):
        recipes = {"one_cycle": {"learning_rate": rate, "max_epochs": 1}}
        changes = smoke(models={"mlp3x512": model | {"recipes": recipes}})
        config = write_config(tmp_path / f"{rate}.yaml", changes)
        arguments = ["--cache", "--configfile", config, "--", *targets]
        code, output = run(one, *arguments, SNAKEMAKE_OUTPUT_CACHE=str(cache))
        assert code == 0, output
        described += [(one / target).read_text() for target in targets]
    weights = [path.read_bytes() for path in cache.glob("*.safetensors")]
    assert len(weights) == len(set(weights)) == 4
    assert len(set(described)) == 4


def test_a_damaged_file_in_the_cache_is_named_and_made_again(clones):
    one, _, cache = clones
    target = f"{RESULTS}/measures/smoothness/digits/mlp3x512/constant/true_labels.csv"
    variables = {"SNAKEMAKE_OUTPUT_CACHE": str(cache)}
    config = write_config(one.parent / "smaller.yaml", SMALLER)
    options = ["--cores", "2", "--cache", "--configfile", config]
    assert run(one, *options, "--", target, **variables)[0] == 0
    before = (one / target).read_bytes()
    weights = min(cache.glob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    for path in cache.iterdir():  # what was measured would be taken from the cache as well
        if not path.name.startswith(weights.stem):
            path.unlink()
    for made in ("runs", "measures"):
        shutil.rmtree(one / RESULTS / made)
    code, output = rethinking(one, "run", *options, "--", target, **variables)
    assert code == 0, output
    assert "run.safetensors was damaged; making it again" in output
    assert (one / target).read_bytes() == before


def is_builtin(value):
    """Whether a value is what Snakemake compares by ``repr``, all through."""
    if isinstance(value, dict):
        return type(value) is dict and all(map(is_builtin, [*value, *value.values()]))
    if isinstance(value, list):
        return type(value) is list and all(map(is_builtin, value))
    return type(value) in (str, int, float, bool, type(None))


def test_what_snakemake_compares_and_caches_by_is_all_that_tells_jobs_apart(built, monkeypatch):
    jobs = []

    def noted(job, *arguments):
        jobs.append(job)
        return own_causes(job, *arguments)

    monkeypatch.chdir(built)
    monkeypatch.setattr("rethinking.commands.plan.own_causes", noted)
    steps = plan([*CONFIG]).steps
    # Of a param that takes more than wildcards, or is no builtin, Snakemake sees no change.
    rules = [rule for rule in jobs[0].rule.workflow.rules if not rule.norun]
    assert {job.rule for job in jobs} == {rule for rule in rules if rule.name != "download"}
    for rule in rules:
        assert list(rule.params.keys()) == ["spec"], rule
        assert len(inspect.signature(rule.params.spec).parameters) == 1, rule
        # The spec says by their names which input is which.
        assert all(name is not None for name, _ in rule.input._allitems()), rule
    (download,) = (rule for rule in rules if rule.name == "download")
    image = SimpleNamespace(source="mnist", archive="train-images-idx3-ubyte")
    assert is_builtin(download.params.spec(image))
    for job in jobs:
        assert job.non_derived_params == [job.params.spec]
        assert is_builtin(job.params.spec), job
    # Inputs go into the key of the cache as a set: what tells jobs apart must be in the spec.
    cached = [step for step in steps if step.rule in CACHED]
    assert {step.rule for step in cached} == CACHED
    specs = [digest({"rule": step.rule, "spec": dict(step.spec)}) for step in cached]
    assert len(set(specs)) == len(specs)


def test_pictures_of_ones_own_can_be_cached(clones, tmp_path):
    _, two, cache = clones
    pictures = tmp_path / "pictures"
    for split, (number, name) in itertools.product(("train", "test"), enumerate(("cat", "dog"))):
        (pictures / split / name).mkdir(parents=True)
        Image.new("RGB", (8, 8), (9, 100 * number, 90)).save(pictures / split / name / "1.png")
    digits = {
        "label": "P",
        "source": "image_folder",
        "path": str(pictures),
        "train_images": 2,
        "test_images": 2,
    }
    few = {"expressivity": {"images": [2], "depths": [1]}, "implicit": {"images": [2]}}
    changes = smoke(datasets={"digits": digits}, constructions=few)
    config = write_config(tmp_path / "mine.yaml", changes)
    target = f"{RESULTS}/runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.csv"
    arguments = ["--cache", "--configfile", config, "--", target]
    code, output = run(two, *arguments, SNAKEMAKE_OUTPUT_CACHE=str(cache))
    assert code == 0, output
    assert len(list(cache.glob("*.safetensors"))) == 1
