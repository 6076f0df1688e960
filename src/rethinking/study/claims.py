"""Check the ledger of claims before anything runs."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from rethinking.errors import InputError
from rethinking.names.condition import UNTRAINED, parse_condition
from rethinking.names.recipe import NONE
from rethinking.study.entries import EXPERIMENTS, Config, check_finite, suggest
from rethinking.study.printed import check_printed
from rethinking.study.read import read_yaml

LEDGER = Path("paper/claims.yaml")
REFERENCES = Path("paper/references.bib")
ANY_SCALE = "any"
# Whose answers a student learns, where the config does not say so.
TRAINED = "trained"
PREVIOUS = "previous"
# What stands among kernels without being asked for.
SGD = ("sgd_from_zero", "sgd_from_elsewhere")


def check_claims(
    config: Config, schema: Path, ledger: Path = LEDGER, references: Path = REFERENCES
) -> None:
    """Refuse a ledger that names what no scale of the config has.

    Metrics, and columns that the config does not fill, are checked when the tables are there.

    Args:
        config: The merged config, already checked.
        schema: The JSON schema of a ledger, as YAML.
        ledger: ``paper/claims.yaml``.
        references: The bibliography, which has the sources.

    Raises:
        InputError: The first mistake in it, in one line.
    """
    content = read_yaml(ledger)
    validator = jsonschema.Draft202012Validator(read_yaml(schema))
    errors = sorted(validator.iter_errors(content), key=lambda error: list(map(str, error.path)))
    if errors:
        raise InputError(f"{ledger}: {_told(errors[0])}")
    check_finite(content["claims"], f"{ledger}: ")
    check_printed(content["claims"], f"{ledger}: ")
    bibliography = references.read_text("utf-8")
    for name, claim in content["claims"].items():
        where = f"{ledger}: {name}"
        if claim["source"] != "rebuttal" and f"{{{claim['source']}," not in bibliography:
            raise InputError(
                f"{where}: source {claim['source']!r} is not in {references}; add it, or write "
                "rebuttal"
            )
        if claim["scale"] not in (ANY_SCALE, *config["scales"]):
            known = suggest(claim["scale"], [ANY_SCALE, *config["scales"]])
            raise InputError(f"{where}: there is no scale {claim['scale']!r}; {known}")
        for verdict, sentence in claim.get("says", {}).items():
            _check_sentence(f"{where}: says {verdict}", sentence)
        for criterion, entry in claim["criteria"].items():
            _check_criterion(config, f"{where}: criterion {criterion}", entry)


def _told(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path))
    if error.validator in ("oneOf", "allOf", "if", "not", "dependentRequired"):
        return (
            f"{where}: write one of at_least, at_most, above, below, within, and around with a "
            "margin; and against, order, reach, above_chance only for the estimators that take them"
        )
    said = (error.context or [error])[0].message
    return f"{where or 'top level'}: {said}; see the head of the file"


def _check_sentence(where: str, sentence: str) -> None:
    if re.search(r"(?<!\\)%", sentence):
        raise InputError(f"{where}: a bare % hides what follows from LaTeX; write \\%")
    braces = re.sub(r"\\[{}]", "", sentence)
    if braces.count("{") != braces.count("}"):
        raise InputError(f"{where}: braces do not match; close each that is open")


def _check_criterion(config: Config, where: str, criterion: Mapping[str, Any]) -> None:
    name = criterion["experiment"]
    found = [
        scale[kind][name]
        for scale in config["scales"].values()
        for kind in EXPERIMENTS
        if name in scale.get(kind, {})
    ]
    if not found:
        known = {
            one
            for scale in config["scales"].values()
            for kind in EXPERIMENTS
            for one in scale.get(kind, {})
        }
        raise InputError(f"{where}: no scale has an experiment {name!r}; {suggest(name, known)}")
    low, high = criterion.get("within", (0, 1))
    if not isinstance(low, str) and not isinstance(high, str) and low > high:
        raise InputError(f"{where}: within: [{low}, {high}] holds nothing; put the lower end first")
    margins = criterion.get("margin", 0)
    for scale in margins if isinstance(margins, Mapping) else ():
        if scale not in ("default", *config["scales"]):
            known_scales = suggest(scale, ["default", *config["scales"]])
            raise InputError(f"{where}: margin: there is no scale {scale!r}; {known_scales}")
    vocabulary = _vocabulary(found)
    for filters in (criterion["where"], criterion.get("against", {})):
        for column, asked in filters.items():
            if column not in vocabulary:
                continue
            for value in _values(asked):
                if value not in vocabulary[column]:
                    raise InputError(
                        f"{where}: no scale has {name} with {column} {value!r}; "
                        f"{suggest(str(value), map(str, vocabulary[column]))}"
                    )


def _values(asked: Any) -> list[Any]:
    """The values that a filter names."""
    if isinstance(asked, Mapping):
        asked = asked.get("not", [])
    values = asked if isinstance(asked, list) else [asked]
    return [value for value in values if value not in ("most", "least", PREVIOUS)]


def _vocabulary(entries: Iterable[Mapping[str, Any]]) -> dict[str, set[Any]]:
    """What the entries of an experiment, one a scale, put into columns of its table."""
    found: dict[str, set[Any]] = {}

    def add(column: str, values: Iterable[Any]) -> None:
        found.setdefault(column, set()).update(values)

    for entry in entries:
        if "teachers" in entry:
            groups = [group for model in entry["teachers"].values() for group in model.items()]
            add("model", entry["teachers"])
            add("images", [images for images, _ in groups])
            add("student_images", [kind for _, group in groups for kind in group["students"]])
            add("n1", [n1 for _, group in groups for n1 in group["images"]])
            sizes = [sizes for _, group in groups for sizes in group["students"].values()]
            add("n2", [n2 for listed in sizes for n2 in listed])
            add("source", [TRAINED, *entry["sources"]])
            continue
        conditions = entry["conditions"]
        if "module" in entry:
            add("images", entry["images"])
            add("l2", entry.get("l2", []))
            add("function", [*entry.get("kernels", {}), *(SGD if "kernels" in entry else [])])
            add("function", [f"depth-{depth}" for depth in entry.get("depths", [])])
        else:
            references = entry.get("references", [])
            add("model", [*conditions, *(set(references) - {UNTRAINED})])
            add("regularization", [NONE])
            for regularizations in entry.get("regularizers", {}).values():
                add("regularization", regularizations)
            add("condition", [UNTRAINED] if UNTRAINED in references else [])
            conditions = [one for listed in conditions.values() for one in listed]
        add("condition", conditions)
        levels = [parse_condition(condition).label_noise for condition in conditions]
        add("label_noise", [level for level in levels if level is not None])
    return found
