"""Call the function of the package that does a job of Snakemake."""

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from rethinking.files import digest

# The entries of a spec that are not settings of the job.
NO_SETTINGS = ("call", "code", "inputs", "source_files", "versions")


def call(snakemake: Any) -> Mapping[str, Any]:
    """Call the function ``spec["call"]``, given as ``module:function``.

    The function gets, by the names of its parameters: the named inputs and outputs of the rule, as
    a Path or a list of Paths; ``spec``, the settings of the job as the dataclass of its annotation;
    ``resume``, the folder for the states of this training; and ``place``, the path of a data set of
    the user's own. The place is not a setting, because only the files there change results. The
    function may return further entries of the job's record.
    """
    spec = snakemake.params.spec
    module, _, name = spec["call"].partition(":")
    function = getattr(importlib.import_module(module), name)
    arguments: dict[str, Any] = {
        role: Path(files) if isinstance(files, str) else [Path(path) for path in files]
        for named in (snakemake.input, snakemake.output)
        for role, files in named.items()
    }
    parameters = inspect.signature(function).parameters
    if "spec" in parameters:
        # The environment that builds the PDF has no msgspec.
        import msgspec

        settings = {key: value for key, value in spec.items() if key not in NO_SETTINGS}
        arguments["spec"] = msgspec.convert(settings, get_type_hints(function)["spec"])
    if "resume" in parameters:
        results = Path(snakemake.config["results_dir"], snakemake.wildcards.scale)
        arguments["resume"] = results / ".resume" / digest(spec)[:16]
    if "place" in parameters:
        datasets = snakemake.config["scales"][snakemake.wildcards.scale]["datasets"]
        path = datasets[snakemake.wildcards.dataset].get("path")
        arguments["place"] = None if path is None else Path(path)
    return function(**{name: arguments[name] for name in parameters}) or {}
