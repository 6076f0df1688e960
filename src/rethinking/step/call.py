"""From a job of Snakemake's to the function of the package that its rule names."""

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from rethinking.files import digest

# The parts of a spec that are no settings of the job.
NO_SETTINGS = ("call", "code", "inputs", "source_files", "versions")


def call(snakemake: Any) -> Mapping[str, Any]:
    """Call the function that ``spec["call"]`` names, as ``module:function``.

    It is given, by name, what its parameters ask for: named inputs and outputs as a Path or a list
    of Paths; ``spec``, the settings of the job as the dataclass of its annotation; ``resume``, the
    folder for the states of this very training; and ``place``, the folder of a data set of the
    user's own, which is no setting, because only what lies there changes results.

    Args:
        snakemake: The object that a script is given.

    Returns:
        What the function returns for the record, if anything.
    """
    spec = snakemake.params.spec
    module, _, name = spec["call"].partition(":")
    function = getattr(importlib.import_module(module), name)
    known: dict[str, Any] = {
        role: Path(files) if isinstance(files, str) else [Path(path) for path in files]
        for named in (snakemake.input, snakemake.output)
        for role, files in named.items()
    }
    wanted = inspect.signature(function).parameters
    if "spec" in wanted:
        # Not in the environment that builds the PDF.
        import msgspec

        settings = {key: value for key, value in spec.items() if key not in NO_SETTINGS}
        known["spec"] = msgspec.convert(settings, get_type_hints(function)["spec"])
    if "resume" in wanted:
        results = Path(snakemake.config["results_dir"], snakemake.wildcards.scale)
        known["resume"] = results / ".resume" / digest(spec)[:16]
    if "place" in wanted:
        datasets = snakemake.config["scales"][snakemake.wildcards.scale]["datasets"]
        place = datasets[snakemake.wildcards.dataset].get("path")
        known["place"] = None if place is None else Path(place)
    return function(**{name: known[name] for name in wanted}) or {}
