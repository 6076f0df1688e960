# Helpers of all rules: the checked config, paths, and the one param that a rule carries.
import gc
import json
import os
import shlex
import sys
from pathlib import Path

from snakemake.io import is_flagged
from snakemake.logging import logger

from rethinking.constructions import study as constructions
from rethinking.networks import study
from rethinking.transfers import study as transfers
from rethinking.step.code import code_hashes, library_versions
from rethinking.commands import queue
from rethinking.commands.account import check_folder, forget_looks, search_path
from rethinking.study.alike import with_alike
from rethinking.study.check import check_config
from rethinking.study.claims import check_claims
from rethinking.study.entries import EXPERIMENTS
from rethinking.study.images import archives_of
from rethinking.study.paths import with_paths
from rethinking.study.read import read_yaml
from rethinking.names.condition import KINDS, UNTRAINED, data_condition
from rethinking.errors import InputError
from rethinking.step.hashes import input_hash, source_hashes
from rethinking.step.provenance import record_of
from rethinking.names.recipe import REGULARIZERS, base_of

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
    # Of a key that stands twice, Snakemake takes the last without a word.
    for path in workflow.configfiles:
        read_yaml(Path(path))
    config.update(with_paths(config))
    check_config(config, SCHEMAS / "config.schema.yaml")
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
COLUMNS = sorted({"images", *NEEDS["scales"].values()})
RESULTS = config["results_dir"]
if not Path(RESULTS).resolve().is_relative_to(Path.cwd()):
    logger.info(f"results_dir: results go to {Path(RESULTS).resolve()}")


onstart:
    if workflow.cores == 0:
        raise SystemExit(
            "error: --cores 0 would never start a step; give 1 or more"
        )
    if workflow.non_local_exec:
        # Each job reads the config anew, and would see another machine than this one.
        if study.looks_at_the_machine(config):
            raise SystemExit(f"error: {study.LEFT_TO_THE_MACHINE}")
        queue.note_host()
    there = Path(RESULTS).resolve()
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        raise SystemExit(
            f"error: results_dir: {RESULTS} cannot be written to; mend that or choose another"
        )


DEVICE = study.device_kind(config)


def names(of):
    """A pattern for the names of something, over all scales."""
    return "|".join(
        sorted({name for scale in config["scales"].values() for name in of(scale)})
    )


wildcard_constraints:
    scale="|".join(config["scales"]),
    experiment=names(lambda scale: scale["experiments"]),
    transfer=names(lambda scale: scale.get("transfers", {})) or "none",
    construction=names(lambda scale: scale.get("constructions", {})) or "none",
    images="|".join(KINDS),
    student_images="|".join(KINDS),
    n1="[0-9]+",
    source=names(lambda scale: [d["source"] for d in scale["datasets"].values()]),
    archive="[a-z0-9][a-z0-9.-]*",
    dataset=names(lambda scale: scale["datasets"]),
    model="|".join(config["models"]),
    recipe=f"({'|'.join(config['recipes'])})(-({'|'.join(REGULARIZERS)}))*",
    measure=names(
        lambda scale: [m for e in scale["experiments"].values() for m in e["measures"]]
    ),
    table="[a-z]+",
    figure="|".join(config["figures"]["drawn"]),
    part="all|[a-z][a-z0-9_]*(-[0-9]+[.][0-9]{2})?",
    condition="[a-z][a-z0-9_]*(-[0-9]+[.][0-9]{2})?",
    seed="[0-9]+",
    block="[0-9]+",


def needs(resource, rule):
    """What the jobs of a rule ask for, more with each attempt."""

    try:
        amounts = {name: NEEDS["rules"][rule][name][resource] for name in COLUMNS}
    except (KeyError, TypeError):
        raise SystemExit(
            f"error: workflow/resources.yaml: {rule} needs {resource} for {' and '.join(COLUMNS)}"
        )

    def asked(wildcards, attempt):
        column = NEEDS["scales"].get(wildcards.get("scale"), "images")
        return attempt * amounts[column]

    return asked


def read_by(wildcards, rule):
    """What a job reads: which file is which, and the content of those that no step makes."""
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


def spec(wildcards, script, modules=(), **job):
    """All that distinguishes a job and can make its result stale.

    Snakemake compares params as an unnamed set of their representations, and those alone that are
    builtins and follow from wildcards alone. One param, a dict of builtins with sorted keys, is
    what it compares rightly. It has the name of a rule and its script the same.
    """
    path = Path(workflow.basedir) / "workflow/scripts" / script
    settings = json.loads(json.dumps(job, sort_keys=True))
    reached = {
        "code": code_hashes(path, modules),
        "versions": library_versions(path, modules),
        **read_by(wildcards, path.stem),
    }
    # A setting may not have the name of one of these.
    return dict(sorted(dict(**settings, **reached).items()))


def data_modules(scale, dataset, conditions):
    """The modules that made data under some conditions."""
    source = config["scales"][scale]["datasets"][dataset]["source"]
    return [
        "rethinking.data.read",
        "rethinking.data.corrupt",
        f"rethinking.data.sources.{source}",
        *{
            f"rethinking.data.corruptions.{condition.partition('-')[0]}"
            for condition in conditions
        },
    ]


def network_modules(wildcards, conditions):
    """The modules that made networks and the data under the conditions they were trained in."""
    return [
        *data_modules(wildcards.scale, wildcards.dataset, conditions),
        f"rethinking.models.{config['models'][wildcards.model]['module']}",
    ]


def network_spec(wildcards):
    """What determines networks, but for their conditions, their seeds and the code."""
    return {
        "dataset": study.dataset_spec(config, wildcards.scale, wildcards.dataset),
        "model": study.model_spec(
            config, wildcards.scale, wildcards.model, wildcards.recipe
        ),
        "recipe": study.recipe_spec(
            config, wildcards.scale, wildcards.model, wildcards.recipe
        ),
        "device": DEVICE,
        "threads": config["threads"],
        "precision": study.precision(config, wildcards.scale, wildcards.model),
        "compile": config["compile"],
    }


# Large files are ancient() to their readers: a time stamp says nothing, and to compare contents
# takes long. Small ones from the same job go beside them, which change whenever it runs again.
def data_records(scale, dataset, conditions, seeds):
    """The records of a data set and of what some conditions made of it."""
    keys = {"scale": scale, "dataset": dataset}
    return [
        rules.dataset.output.provenance.format(**keys),
        *(
            rules.corrupted.output.provenance.format(
                **keys, condition=condition, seed=seed
            )
            for condition in conditions
            for seed in seeds
        ),
    ]


def corrupted_data(scale, dataset, conditions, seeds):
    """What some conditions made of a data set, for each condition and in it for each seed."""
    return [
        ancient(
            rules.corrupted.output.tensors.format(
                scale=scale, dataset=dataset, condition=condition, seed=seed
            )
        )
        for condition in conditions
        for seed in seeds
    ]


def measured_conditions(wildcards):
    """The conditions under which a model is measured."""
    if wildcards.part != "all":
        return [wildcards.part]
    keys = ("scale", "measure", "dataset", "model", "recipe")
    given = {"model": "references"} | dict(wildcards)
    return study.measured_conditions(config, *(given[key] for key in keys))


def data_conditions(wildcards):
    """The conditions of the data that networks are measured on, one for each of theirs."""
    return [data_condition(condition) for condition in measured_conditions(wildcards)]


def measured_blocks(wildcards, pattern):
    """One file of every block of trained networks that are measured."""
    return [
        pattern.format(**wildcards, condition=condition, block=block)
        for condition in measured_conditions(wildcards)
        if condition != UNTRAINED
        for block in study.blocks(config, wildcards.scale, wildcards.model)
    ]


def measured_spec(wildcards, crop):
    """What determines a measurement, but for its functions, their seeds and the code."""
    scaling = config["recipes"][base_of(wildcards.recipe)]["scaling"]
    return {
        "conditions": measured_conditions(wildcards),
        "dataset": study.dataset_spec(config, wildcards.scale, wildcards.dataset),
        "device": DEVICE,
        "measure": wildcards.measure,
        "options": study.measure_options(config, wildcards.scale, wildcards.measure),
        "recipe": {"crop": crop, "name": wildcards.recipe, "scaling": scaling},
        "threads": config["threads"],
    }


def measured(wildcards):
    """What was measured for an experiment."""
    return [
        (
            rules.measure_references.output.table
            if job["model"] == "references"
            else rules.measure.output.table
        ).format(scale=wildcards.scale, **job)
        for job in study.measure_jobs(config, wildcards.scale, wildcards.experiment)
    ]


def reference_seeds(wildcards):
    """The seeds of interpolants."""
    keys = ("scale", "measure", "dataset", "recipe")
    return study.reference_seeds(config, *(wildcards[key] for key in keys))


def settings(wildcards):
    """The settings of an experiment."""
    return study.settings(config, wildcards.scale, wildcards.experiment)


def all_blocks(wildcards, pattern):
    """One file of every block of the experiments asked for, in the order of the config."""
    scale = wildcards.scale
    experiment = wildcards.get("experiment")
    asked = [experiment] if experiment else study.experiments(config, scale)
    return unique(
        pattern.format(scale=scale, block=block, **vars(setting))
        for name in asked
        for setting in study.settings(config, scale, name)
        for block in study.blocks(config, scale, setting.model)
    )


def cell_of(wildcards, student_images=None):
    """The cell of a transfer that a file belongs to; of teachers, any of those that share them."""
    return transfers.Cell(
        wildcards.transfer,
        wildcards.model,
        wildcards.images,
        int(wildcards.n1),
        student_images or wildcards.images,
    )


def transfer_data(wildcards, pattern):
    """A file of the data set of a transfer."""
    dataset = transfers.asked(config, wildcards.scale, wildcards.transfer)["dataset"]
    return pattern.format(scale=wildcards.scale, dataset=dataset)


def transfer_modules(wildcards, *cells):
    """The modules that made the images, networks and data of some cells."""
    dataset = transfers.asked(config, wildcards.scale, wildcards.transfer)["dataset"]
    return [
        *data_modules(wildcards.scale, dataset, []),
        *unique(module for cell in cells for module in transfers.data_modules(cell)),
        f"rethinking.models.{config['models'][wildcards.model]['module']}",
    ]


def construction_data(wildcards, pattern):
    """A file of the data set of a construction."""
    dataset = constructions.asked(config, wildcards.scale, wildcards.construction)[
        "dataset"
    ]
    return pattern.format(scale=wildcards.scale, dataset=dataset)


def constructed(scale, construction):
    """What was measured of every block of a construction."""
    return [
        rules.measure_construction.output.table.format(
            scale=scale, construction=construction, block=block
        )
        for block in constructions.blocks(config, scale, construction)
    ]


def judged(scale):
    """The experiments of a scale that claims may be about: name and data set."""
    sizes = config["scales"][scale]
    entries = {
        name: entry
        for kind in EXPERIMENTS
        for name, entry in sizes.get(kind, {}).items()
    }
    return {name: entries[name]["dataset"] for name in sorted(entries)}


def transfer_table(scale, table):
    """One table of every transfer."""
    return [
        f"{RESULTS}/{scale}/tables/{transfer}/{table}.csv"
        for transfer in transfers.transfers(config, scale)
    ]


def all_cells(scale, transfer, model, pattern):
    """One file of every block of every cell of a model in a transfer."""
    return [
        pattern.format(scale=scale, block=block, **vars(cell))
        for cell in transfers.cells(config, scale, transfer, model)
        for block in study.blocks(config, scale, model)
    ]


def unique(paths):
    """Paths in the order of their first appearance."""
    return list(dict.fromkeys(paths))


def figures(scale):
    """The figures of a scale."""
    output = rules.figure.output
    return expand(
        [output.pdf, output.png], scale=scale, figure=study.figures(config, scale)
    )


def summaries(scale):
    """The means over seeds of all experiments, constructions and transfers of a scale."""
    return [
        *expand(
            rules.metrics.output.summary,
            scale=scale,
            experiment=study.experiments(config, scale),
        ),
        *expand(
            rules.construction_tables.output.summary,
            scale=scale,
            construction=constructions.constructions(config, scale),
        ),
        *transfer_table(scale, "summary"),
    ]


def tables(scale):
    """The tables of a scale."""
    drawn = [config["figures"]["drawn"][name] for name in study.figures(config, scale)]
    return unique(
        [
            *expand(
                [rules.metrics.output.runs, rules.metrics.output.summary],
                scale=scale,
                experiment=study.experiments(config, scale),
            ),
            *expand(
                rules.curves.output.table,
                scale=scale,
                experiment=study.training_experiments(config, scale),
            ),
            *expand(
                [
                    rules.construction_tables.output.runs,
                    rules.construction_tables.output.summary,
                ],
                scale=scale,
                construction=constructions.constructions(config, scale),
            ),
            *expand(
                list(rules.transfer_tables.output.tables),
                scale=scale,
                transfer=transfers.transfers(config, scale),
            ),
            *(
                f"{RESULTS}/{scale}/tables/{figure['experiment']}/{figure['table']}.csv"
                for figure in drawn
            ),
        ]
    )


def published(scale):
    """What a scale publishes beside its paper."""
    return [
        rules.values.output.values.format(scale=scale),
        rules.claims.output.claims.format(scale=scale),
        *tables(scale),
        *figures(scale),
        *(
            rules.pages.output[page].format(scale=scale)
            for page in ("claims", "networks", "summaries")
        ),
    ]


def paper_tables(wildcards):
    """What is generated for the paper but for figures and the register."""
    scale = wildcards.scale
    asked = study.experiments(config, scale)
    return [
        rules.macros.output.macros.format(scale=scale),
        rules.networks_table.output.table.format(scale=scale),
        rules.published_table.output.table.format(scale=scale),
        *expand(rules.claims_tables.output.tables, scale=scale),
        *expand(
            rules.results_table.output.table,
            scale=scale,
            experiment=["randomization", "corruption"],
        ),
        *(
            rules.measured_table.output.table.format(scale=scale, table=table)
            for table, experiment in MEASURED_TABLES.items()
            if experiment in asked
        ),
        *(
            rules.regularization_table.output.table.format(scale=scale)
            for experiment in asked
            if experiment == "regularization"
        ),
        *(
            rules.construction_table.output.table.format(
                scale=scale, construction=construction
            )
            for construction in constructions.constructions(config, scale)
            if construction in CONSTRUCTION_TABLES
        ),
        *(
            rules.transfer_table.output.table.format(scale=scale, table=table)
            for table, (transfer, _) in TRANSFER_TABLES.items()
            if transfer in transfers.transfers(config, scale)
        ),
    ]
