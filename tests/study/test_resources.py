"""The resources of steps on a cluster, and the profile that requests them."""

import re
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake.cli import parse_args
from snakemake.exceptions import WorkflowError
from snakemake_executor_plugin_slurm.utils import set_gres_string

from rethinking.commands.queue import NAME
from tests.helpers.rules import rules

ROOT = Path(__file__).parents[2]
NEEDS = yaml.safe_load((ROOT / "workflow/resources.yaml").read_text())
PROFILE = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def test_the_resources_of_every_rule_are_in_one_file():
    assert set(NEEDS["rules"]) == set(rules())
    assert set(NEEDS["scales"]) <= set(CONFIG["scales"])
    for name, body in rules().items():
        given = re.findall(rf'(\*\*)?needs\("{name}"\)(?:\["(\w+)"\])?', body)
        assert given == [("**", "")] or {one for _, one in given} == {"mem_mb", "runtime"}, name
        assert re.findall(r'needs\("(\w+)"\)', body) == [name] * len(given)
        for column in ("digits", "images"):
            amounts = NEEDS["rules"][name][column]
            assert set(amounts) == {"mem_mb", "runtime"}, name
            assert all(isinstance(value, int) and value > 0 for value in amounts.values()), name


def test_the_profile_sends_all_rules_with_a_gpu_to_the_nodes_with_gpus():
    with_gpus = {name for name, body in rules().items() if "gpu=" in body}
    assert set(PROFILE["set-resources"]) == with_gpus
    assert {entry["slurm_partition"] for entry in PROFILE["set-resources"].values()} == {"gpu"}
    assert PROFILE["default-resources"]["slurm_partition"] == "cpu"


def test_the_site_has_three_lines_to_edit():
    lines = (ROOT / "profiles/slurm/config.yaml").read_text().splitlines()
    assert [line.split(":")[0].strip() for line in lines if "# EDIT:" in line] == [
        "slurm_account",
        "slurm_partition",
        "train",
    ]


def test_keys_of_the_default_profile_win_over_a_profile_as_the_docs_say(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    (tmp_path / "config.yaml").write_text("resources: [gpu=4, mem_mb=16000]\n")

    def limits(*options):
        _, arguments = parse_args(["--dry-run", "--profile", str(tmp_path), *options])
        return {name: limit.value for name, limit in arguments.resources.items()}

    assert limits() == {"gpu": 1}
    assert limits("--resources", "gpu=4", "mem_mb=16000") == {"gpu": 4, "mem_mb": 16000}
    assert limits("--resources", "mem_mb=16000") == {"mem_mb": 16000}
    assert "--resources gpu=4 mem_mb=16000" in (ROOT / "docs/running.md").read_text()
    # What a profile of the user's is for.
    default = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
    assert not {"cores", "jobs", "executor"} & set(default)


def requested_of_slurm(**resources):
    """What the plugin adds to ``sbatch`` for a job with these resources."""
    job = SimpleNamespace(get=resources.get, **resources)
    return set_gres_string(SimpleNamespace(resources=job))


def test_gpus_are_requested_of_slurm_as_the_docs_say():
    assert requested_of_slurm(gpu=1) == " --gpus=1"
    assert requested_of_slurm(gpu=1, gres="gpu:a100:1") == " --gres=gpu:a100:1 --gpus=1"
    assert requested_of_slurm(gpu=1, gpu_model="a100") == " --gpus=a100:1"
    assert requested_of_slurm(gpu=0, gres="gpu:a100:1") == " --gres=gpu:a100:1"
    for name in ({"gpu_model": "nvidia-a100"}, {"gres": "gpu:nvidia-a100:1"}):
        with pytest.raises(WorkflowError, match="nvidia-a100"):
            requested_of_slurm(gpu=1, **name)
    docs = (ROOT / "docs/cluster.md").read_text()
    for said in ("`gpu_model: a100`", "`gres: gpu:a100:1` and `gpu: 0`", "`constraint: a100`"):
        assert said in docs


def test_short_steps_share_queue_entries():
    groups = dict(entry.split("=") for entry in PROFILE["groups"])
    # The first runs where Snakemake was started; of the others there are few.
    assert set(rules()) - set(groups) == {"download", "dataset", "metrics", "curves"}
    sizes = dict(entry.split("=") for entry in PROFILE["group-components"])
    assert set(sizes) == set(groups.values())
    assert all(int(size) > 1 for size in sizes.values())


def test_the_names_of_jobs_are_those_that_a_run_looks_for():
    prefix = PROFILE["slurm-jobname-prefix"]
    assert NAME.fullmatch(f"{prefix}_{uuid.uuid4()}")
    assert not NAME.fullmatch(f"{prefix}_driver")


def test_nothing_is_left_to_the_machine_that_submits():
    (file,) = PROFILE["configfile"]
    chosen = yaml.safe_load((ROOT / file).read_text())
    assert chosen == {"device": "cuda", "precision": "float32"}


@pytest.mark.parametrize("key", ["cores", "jobs", "executor"])
def test_the_profile_that_is_always_read_overrides_nothing_of_a_cluster(key):
    assert key not in yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
