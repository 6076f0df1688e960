"""Snakemake's plan, and the causes of stale steps."""

import contextlib
import io
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake import cli, exceptions
from snakemake.api import SnakemakeApi
from snakemake.common.configfile import load_configfile
from snakemake.logging import logger
from snakemake.settings import types
from snakemake_interface_common.exceptions import ApiError
from yaml import YAMLError

from rethinking.errors import InputError
from rethinking.step.call import NO_SETTINGS
from rethinking.step.provenance import DamagedError, read_record, record_of
from rethinking.study.machine import LEFT_TO_THE_MACHINE, looks_at_the_machine


@dataclass(frozen=True)
class Step:
    """A job of the workflow."""

    rule: str
    outputs: list[Path]
    logs: list[Path]
    spec: Mapping[str, Any]
    stale: bool  # whether it must run
    causes: list[str]  # why it is stale, a line each; empty if it is fresh
    reads: list[int]  # the indices, in the plan, of the steps whose files it reads
    # Whether Snakemake considers the outputs fresh without a memory of them: somebody removed
    # ``.snakemake``, or replaced the outputs.
    forgotten: bool


@dataclass(frozen=True)
class Plan:
    """All steps that the targets need."""

    steps: list[Step]  # in the order of the work
    config: Mapping[str, Any]  # after all files and options are merged
    config_options: list[str]  # the options of Snakemake that choose the config
    cores: int | None  # None if no option sets them
    limits: Mapping[str, int]  # the amounts of resources, such as ``gpu``


def plan(arguments: Sequence[str], takes_targets: bool = True) -> Plan:
    """Get the plan of ``snakemake --dry-run``.

    Args:
        arguments: Targets and options of Snakemake.
        takes_targets: Whether targets are allowed.

    Raises:
        InputError: Snakemake cannot make a plan, for instance for an unknown target.
    """
    with contextlib.redirect_stderr(io.StringIO()) as output:
        try:
            _, options = cli.parse_args(["--dry-run", *arguments])
        except SystemExit as error:
            if not error.code:  # --version, --help
                raise
            last = output.getvalue().strip().rpartition("\n")[2]
            raise InputError(last.partition("error: ")[2] or last) from error
        except (exceptions.CliException, OSError, ValueError) as error:
            raise InputError(_one_line(error)) from error
    if options.directory is not None:
        raise InputError("--directory is not for this command; go to that folder instead")
    if options.targets and not takes_targets:
        raise InputError(f"this command takes no targets, but got {' '.join(options.targets)}")
    for path in ["config.yaml", *(options.configfile or [])]:
        _check_config_file(Path(path))
    executable = sys.executable
    with SnakemakeApi(types.OutputSettings(dryrun=True, quiet={types.Quietness.ALL})) as api:
        logger.setLevel(logging.ERROR)
        try:
            return _plan(api, options)
        except (
            ApiError,
            OSError,
            exceptions.RuleException,
            ValueError,
            exceptions.WorkflowError,
        ) as error:
            raise InputError(_one_line(error)) from error
        finally:
            # The workflow quotes the path for Snakemake's shell commands.
            sys.executable = executable


def _plan(api: SnakemakeApi, options: Any) -> Plan:
    loaded = api.workflow(
        resource_settings=types.ResourceSettings(cores=1),
        config_settings=types.ConfigSettings(
            config=cli.parse_config(options.config),
            configfiles=options.configfile,
            config_args=options.config,
        ),
        storage_settings=types.StorageSettings(),
        snakefile=options.snakefile,
    )
    loaded.dag(
        types.DAGSettings(
            targets=options.targets,
            forcetargets=options.force,
            forceall=options.forceall,
            forcerun=options.forcerun,
            until=options.until,
            omit_from=options.omit_from,
            force_incomplete=True,
            rerun_triggers=options.rerun_triggers,
        )
    )
    # Snakemake has no public function for a plan that is not printed.
    workflow = loaded._workflow
    workflow._prepare_dag(forceall=options.forceall, ignore_incomplete=True, lock_warn_only=True)
    workflow._build_dag()
    config = workflow.globals["config"]
    if options.executor not in (None, "local") and looks_at_the_machine(config):
        raise InputError(LEFT_TO_THE_MACHINE)
    dag = workflow.dag
    planned = set(dag.needrun_jobs())
    steps: list[Step] = []
    indices: dict[Any, int] = {}
    for level in dag.toposorted():
        for job in sorted(level, key=lambda job: (job.rule.name, list(job.output))):
            if job.rule.norun:
                continue
            known = workflow.persistence.has_metadata(job)
            causes = own_causes(job, dag.reason(job), known)
            forgotten = job not in planned and bool(causes or not known)
            reads = sorted(indices[other] for other in dag.dependencies[job] if other in indices)
            if not causes and (job in planned or forgotten):
                causes = _inherited(steps[index] for index in reads)
            indices[job] = len(steps)
            step = Step(
                rule=job.rule.name,
                outputs=[Path(path) for path in job.output],
                logs=[Path(path) for path in job.log],
                spec=job.params.spec,
                stale=job in planned or bool(causes),
                causes=causes,
                reads=reads,
                forgotten=forgotten,
            )
            steps.append(step)
    config_options = ["--configfile", *map(str, options.configfile)] if options.configfile else []
    if options.config:
        config_options += ["--config", *options.config]
    limits = {name: int(limit.value) for name, limit in options.resources.items()}
    return Plan(steps, config, config_options, options.cores, limits)


def own_causes(job: Any, reason: Any, known: bool) -> list[str]:
    """The causes that make a step stale, apart from stale steps before it.

    Args:
        job: A job of Snakemake.
        reason: Snakemake's reason to run the job.
        known: Whether Snakemake has a memory of its outputs.
    """
    causes = [f"{path} is missing" for path in sorted(reason.missing_output)]
    causes += [f"{path} is incomplete" for path in sorted(reason.incomplete_output)]
    causes += [f"{path} changed" for path in sorted(reason.updated_input)]
    if reason.forced:
        causes.append("forced")
    if reason.software_stack_changed:
        causes.append(f"its environment, {job.conda_env.file.get_path_or_uri()}, changed")
    # Snakemake does not compare the settings of a step after another stale step.
    record = record_of(Path(job.output[0]))
    try:
        causes += spec_changes(read_record(record)["spec"], job.params.spec)
    except DamagedError:
        if not causes and (reason.params_changed or not known):
            causes.append(f"{record} does not say by which settings and code it was made")
    if not causes and reason.input_changed:
        causes.append("it reads other files than before")
    # A source that is also newer occurs twice.
    return list(dict.fromkeys(causes))


def _inherited(upstream: Iterable[Step]) -> list[str]:
    """The causes of a step that follows stale steps."""
    return sorted(
        {
            cause if cause.startswith("after ") else f"after {step.rule}: {cause}"
            for step in upstream
            for cause in step.causes
        }
    )


def spec_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The differences between two specs of a job, a line each."""
    changes = [
        *_file_changes(_by_file(old.get("code", {})), _by_file(new.get("code", {}))),
        *_file_changes(old.get("source_files", {}), new.get("source_files", {})),
        *_version_changes(old.get("versions", {}), new.get("versions", {})),
        *_setting_changes("", old, new),
    ]
    # Inputs usually follow from the settings, so they count only if no setting differs.
    if not changes and old.get("inputs") != new.get("inputs"):
        changes.append("it reads other files than before, or the same in another order")
    return changes


def _file_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    words = {(True, True): "changed", (False, True): "is new to it", (True, False): "left it"}
    return [
        f"{path} {words[path in old, path in new]}"
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def _version_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [
        f"{name} {old.get(name, 'unused')} → {new.get(name, 'unused')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _setting_changes(where: str, old: Any, new: Any) -> list[str]:
    if old == new:
        return []
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        lines = []
        for key in sorted({*old, *new} - (set(NO_SETTINGS) if not where else set())):
            path = f"{where}.{key}" if where else key
            lines += _setting_changes(path, old.get(key, "none"), new.get(key, "none"))
        return lines
    if isinstance(old, list) and isinstance(new, list):
        removed = [f"−{item}" for item in old if item not in new]
        changes = [*removed, *(f"+{item}" for item in new if item not in old)]
        return [f"{where}: {', '.join(changes) or 'another order'}"]
    return [f"{where}: {old} → {new}"]


def _by_file(code: Mapping[str, str]) -> dict[str, str]:
    """Hashes of modules by their files, relative to the root of the project."""
    return {f"src/{module.replace('.', '/')}.py": value for module, value in code.items()}


def _check_config_file(path: Path) -> None:
    """Raise with the name and line of a faulty config, which Snakemake's own error lacks."""
    try:
        load_configfile(path)
    except OSError as error:
        raise InputError(_one_line(error)) from error
    except (UnicodeDecodeError, exceptions.WorkflowError) as error:
        reason = error.__context__ if isinstance(error.__context__, YAMLError) else error
        raise InputError(f"{path}: {' '.join(str(reason).split())}") from error


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    if isinstance(error, exceptions.InputFunctionException):
        # The error of a function in a rule follows a heading.
        return lines[1].removeprefix("InputError: ") if len(lines) > 1 else line
    if isinstance(error, exceptions.MissingInputException):
        return f"{' '.join(lines):.400}"
    if isinstance(error, exceptions.MissingRuleException):
        reason, _, _ = line.partition(" (if you use input functions")
        return f"{reason}; targets are paper, figures, tables, and the files that README.md lists"
    return line
