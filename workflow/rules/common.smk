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
    # The folder of another workflow has neither the schemas nor the sources of the paper.
    if not workflow.modifier.is_main_snakefile():
        raise InputError(
            "module: this workflow works in its own folder only, and cannot be imported; run it "
            "there, and let yours read its results"
        )
    check_folder(workflow.basedir)
    forget_looks()
    SCHEMAS = Path(workflow.basedir) / "workflow/schemas"
    # Of duplicate keys, Snakemake keeps the last one without a warning; read_yaml refuses them.
    for path in workflow.configfiles:
        read_yaml(Path(path))
    config.update(with_paths(config))
    check_config(config, SCHEMAS)
    config["scales"] = with_alike(config)
    check_claims(config, SCHEMAS / "claims.schema.yaml")
except InputError as error:
    raise SystemExit(f"error: {error}")

# Snakemake keeps its objects for thousands of jobs. Python's default of searching them for garbage
# takes a tenth of the time of a plan.
gc.set_threshold(100_000, 50, 50)

# Jobs find the package by this path where it is not installed.
os.environ.update(PYTHONPATH=search_path(Path(workflow.basedir) / "src", os.environ))
# Snakemake pastes this path into the shell line of a step without quotes (its issue 2645), and the
# name of the folder may have spaces.
sys.executable = shlex.quote(sys.executable)

NEEDS = read_yaml(Path(workflow.basedir) / "workflow/resources.yaml")
# Without a cache, Snakemake would print a warning for each rule that has the cache enabled.
CACHED = "SNAKEMAKE_OUTPUT_CACHE" in os.environ
DEVICE = machine.device_kind(config)
RESULTS = config["results_dir"]
if not Path(RESULTS).resolve().is_relative_to(Path.cwd()):
    logger.info(f"results_dir: results go to {Path(RESULTS).resolve()}")
# Each kind of experiment adds functions of scale and experiment, under its name. TABLES has the
# tables that every such experiment has, MADE a file of each block of its results.
TABLES, MADE = {}, {}


onstart:
    if workflow.cores == 0:
        raise SystemExit(
            "error: --cores 0 would never start a step; give 1 or more"
        )
    if workflow.non_local_exec:
        # Each job reads the config again, on another machine than this one.
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
    """A pattern of the names that `of` finds at any scale; of "none" if there are none."""
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
    """Memory and time of the jobs of a rule; they grow with each attempt."""
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
    """Hashes for a spec: of the files of a job by role, and of the contents of its sources.

    A source is a file that no step makes.
    """
    inputs = {}
    for role, given in workflow.get_rule(rule).input.items():
        found = given(wildcards) if callable(given) else given
        files = [found] if isinstance(found, str) else found
        inputs[role] = [
            file if callable(given) else file.apply_wildcards(wildcards)
            for file in files
        ]
    # Data of the user's own may be large, and the spec already has its fingerprint or checksums.
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
    """Everything that distinguishes a job and can make its result stale.

    Snakemake compares the representations of params as a set, without their names, and only those
    of builtins that follow from the wildcards alone. It compares one param correctly: a dict of
    builtins with sorted keys.

    Args:
        wildcards: Of the job.
        rule: The name of the rule.
        call: The function that does the job, `module:function` below `rethinking`.
        settings: The function's `spec`, a dataclass or the dict of one.
        modules: The modules that the function loads by name.
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
    # dict() refuses a setting that has the name of one of these keys.
    return dict(sorted(dict(**builtins, **reached).items()))


def table(scale, experiment, name):
    """The file of a table of an experiment."""
    return f"{RESULTS}/{scale}/tables/{experiment}/{name}.csv"


def records_of(*tables):
    """The records of tables of an experiment."""
    return [path.removesuffix(".csv") + ".provenance.json" for path in tables]


def unique(paths):
    """Paths in the order of their first appearance."""
    return list(dict.fromkeys(paths))


def figures(scale, *outputs):
    """Files of all figures of a scale, by name."""
    return expand(outputs, scale=scale, figure=sorted(paper.figures(config, scale)))


def tables(scale):
    """The tables of a scale: those of each kind, and those that figures draw."""
    drawn = paper.figures(config, scale).values()
    return unique(
        [
            *(
                path
                for name, kind in study.experiments(config, scale).items()
                for path in TABLES[kind](scale, name)
            ),
            *(table(scale, figure["experiment"], figure["table"]) for figure in drawn),
        ]
    )


def published(scale):
    """The files that a scale publishes beside its paper."""
    return [
        rules.values.output.values.format(scale=scale),
        rules.claims.output.claims.format(scale=scale),
        *tables(scale),
        *figures(scale, rules.figure.output.pdf, rules.figure.output.png),
        *expand(
            [
                rules.pages.output.claims_html,
                rules.pages.output.networks_html,
                rules.pages.output.summaries_html,
            ],
            scale=scale,
        ),
    ]
