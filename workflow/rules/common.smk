# Helpers of all rules: the checked config, paths, and the one param that a rule carries.
import gc
import json
import os
import shlex
import sys
from pathlib import Path

import msgspec
from snakemake.io import is_flagged
from snakemake.logging import logger

from rethinking.commands import queue
from rethinking.commands.account import check_folder, forget_looks, search_path
from rethinking.errors import InputError
from rethinking.names.kinds import kinds, load_kind
from rethinking.step.code import code_hashes, library_versions
from rethinking.step.hashes import input_hash, source_hashes
from rethinking.study import kinds as study
from rethinking.study import machine, paper, specs
from rethinking.study.alike import with_alike
from rethinking.study.check import check_config
from rethinking.study.claims import check_claims
from rethinking.study.paths import with_paths
from rethinking.study.read import read_yaml

try:
    # Another workflow's folder has neither the schemas nor the sources of the paper.
    if not workflow.modifier.is_main_snakefile():
        raise InputError(
            "module: this workflow works in its own folder only, and cannot be imported; run it "
            "there, and let yours read its results"
        )
    check_folder(workflow.basedir)
    forget_looks()
    SCHEMAS = Path(workflow.basedir) / "workflow/schemas"
    # Snakemake silently keeps the last of duplicate keys.
    for path in workflow.configfiles:
        read_yaml(Path(path))
    config.update(with_paths(config))
    check_config(config, SCHEMAS)
    config["scales"] = with_alike(config)
    check_claims(config, SCHEMAS / "claims.schema.yaml")
except InputError as error:
    raise SystemExit(f"error: {error}")

# What Snakemake makes of thousands of jobs stays: to look for garbage in it as often as Python does
# by default takes a tenth of a plan's time.
gc.set_threshold(100_000, 50, 50)

# Jobs find the package here, wherever it is not installed.
os.environ.update(PYTHONPATH=search_path(Path(workflow.basedir) / "src", os.environ))
# Snakemake pastes it into the shell line of a step as it is (its issue 2645), and the folder's name
# may have spaces.
sys.executable = shlex.quote(sys.executable)

NEEDS = read_yaml(Path(workflow.basedir) / "workflow/resources.yaml")
# Of rules that could be cached and are not, Snakemake warns each time.
CACHED = "SNAKEMAKE_OUTPUT_CACHE" in os.environ
DEVICE = machine.device_kind(config)
RESULTS = config["results_dir"]
if not Path(RESULTS).resolve().is_relative_to(Path.cwd()):
    logger.info(f"results_dir: results go to {Path(RESULTS).resolve()}")
# Added by the rule file of each kind of experiment, by the kind's name: the tables of an experiment
# (scale, name) that are always made, and a file of each block of its results.
TABLES, MADE = {}, {}


onstart:
    if workflow.cores == 0:
        raise SystemExit(
            "error: --cores 0 would never start a step; give 1 or more"
        )
    if workflow.non_local_exec:
        # Each job reads the config anew, and would see another machine than this one.
        if machine.looks_at_the_machine(config):
            raise SystemExit(f"error: {machine.LEFT_TO_THE_MACHINE}")
        queue.note_host()
    folder = Path(RESULTS).resolve()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        raise SystemExit(
            f"error: results_dir: {RESULTS} cannot be written to; fix that or choose another"
        )


def names(of):
    """A pattern for some names of all scales; one that matches nothing if there are none."""
    found = {name for scale in config["scales"].values() for name in of(scale)}
    return "|".join(sorted(found)) or "none"


wildcard_constraints:
    scale="|".join(config["scales"]),
    source=names(lambda scale: [d["source"] for d in scale["datasets"].values()]),
    archive="[a-z0-9][a-z0-9.-]*",
    dataset=names(lambda scale: scale["datasets"]),
    model="|".join(config["models"]),
    figure="|".join(config["figures"]["drawn"]),
    condition="[a-z][a-z0-9_]*(-[0-9]+[.][0-9]{2})?",
    block="[0-9]+",


def needs(rule):
    """The memory and time of the jobs of a rule, more with each attempt."""
    columns = sorted({"images", *NEEDS["scales"].values()})

    def of(resource):
        try:
            amounts = {name: NEEDS["rules"][rule][name][resource] for name in columns}
        except (KeyError, TypeError):
            raise SystemExit(
                f"error: workflow/resources.yaml: {rule} needs {resource} for {' and '.join(columns)}"
            )
        return lambda wildcards, attempt: (
            attempt * amounts[NEEDS["scales"].get(wildcards.get("scale"), "images")]
        )

    return {resource: of(resource) for resource in ("mem_mb", "runtime")}


def read_by(wildcards, rule):
    """The files of a job by role, and the content of those that no step makes."""
    inputs = {}
    for role, given in workflow.get_rule(rule).input.items():
        found = given(wildcards) if callable(given) else given
        files = [found] if isinstance(found, str) else found
        inputs[role] = [
            file if callable(given) else file.apply_wildcards(wildcards)
            for file in files
        ]
    # The user's own data has a fingerprint or checksums in the spec already, and may be large.
    sources = [
        str(path)
        for files in inputs.values()
        for path in files
        if not path.startswith(f"{RESULTS}/") and not is_flagged(path, "ancient")
    ]

    def name(path):
        made = path.removeprefix(f"{RESULTS}/").removeprefix(f"{wildcards.scale}/")
        return os.path.basename(path) if os.path.isabs(made) else made

    named = {role: [name(path) for path in files] for role, files in inputs.items()}
    return {"inputs": input_hash(named), "source_files": source_hashes(sources)}


def spec(wildcards, rule, call, settings=None, modules=()):
    """All that distinguishes a job and can make its result stale.

    Snakemake compares params as an unnamed set of their representations, and those alone that are
    builtins and follow from wildcards alone. One param, a dict of builtins with sorted keys, is
    compared correctly.

    Args:
        wildcards: Of the job.
        rule: The name of the rule.
        call: The function that does the job, `module:function` below `rethinking`.
        settings: The function's `spec`, a dataclass or the dict of one.
        modules: Those that the function loads by name.
    """
    entries = [f"rethinking.{call.partition(':')[0]}", *modules]
    builtins = json.loads(
        json.dumps(msgspec.to_builtins(settings or {}), sort_keys=True)
    )
    reached = {
        "call": f"rethinking.{call}",
        "code": code_hashes(entries),
        "versions": library_versions(entries),
        **read_by(wildcards, rule),
    }
    # A setting may not have the name of one of these.
    return dict(sorted(dict(**builtins, **reached).items()))


def table(scale, experiment, name):
    """A table of an experiment of any kind."""
    return f"{RESULTS}/{scale}/tables/{experiment}/{name}.csv"


def records_of(*tables):
    """The records of the tables of an experiment, of whatever wildcard its kind has."""
    return [path.removesuffix(".csv") + ".provenance.json" for path in tables]


def unique(paths):
    """Paths in the order of their first appearance."""
    return list(dict.fromkeys(paths))
