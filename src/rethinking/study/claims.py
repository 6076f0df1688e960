"""Check the ledger of claims before anything runs."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from rethinking.errors import InputError
from rethinking.names.ledger import ANY_SCALE, LEDGER, PREVIOUS
from rethinking.study.entries import Config, check_finite, first_error, suggest
from rethinking.study.kinds import all_names, entry_of, experiments, study_of
from rethinking.study.printed import check_printed
from rethinking.study.read import read_yaml

REFERENCES = Path("paper/references.bib")


def check_claims(
    config: Config, schema: Path, ledger: Path = Path(LEDGER), references: Path = REFERENCES
) -> None:
    """Raise InputError if a ledger names something that is undefined at every scale of the config.

    Metrics, and columns that the config does not fill, are checked once the tables exist. The
    bibliography has the sources of the claims.
    """
    content = read_yaml(ledger)
    error = first_error(content, read_yaml(schema))
    if error is not None:
        raise InputError(f"{ledger}: {_one_line(error)}")
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


def _one_line(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path))
    if error.validator in ("oneOf", "allOf", "if", "not", "dependentRequired"):
        return (
            f"{where}: write one of at_least, at_most, above, below, within, and around with a "
            "margin; and against, order, reach, above_chance only for the estimators that take them"
        )
    message = (error.context or [error])[0].message
    return f"{where or 'top level'}: {message}; see the head of the file"


def _check_sentence(where: str, sentence: str) -> None:
    if re.search(r"(?<!\\)%", sentence):
        raise InputError(f"{where}: a bare % hides what follows from LaTeX; write \\%")
    braces = re.sub(r"\\[{}]", "", sentence)
    if braces.count("{") != braces.count("}"):
        raise InputError(f"{where}: braces do not match; close each that is open")


def _check_criterion(config: Config, where: str, criterion: Mapping[str, Any]) -> None:
    name = criterion["experiment"]
    scales = [scale for scale in config["scales"] if name in experiments(config, scale)]
    if not scales:
        known = suggest(name, all_names(config))
        raise InputError(f"{where}: no scale has an experiment {name!r}; {known}")
    low, high = criterion.get("within", (0, 1))
    if not isinstance(low, str) and not isinstance(high, str) and low > high:
        raise InputError(f"{where}: within: [{low}, {high}] holds nothing; put the lower end first")
    margins = criterion.get("margin", 0)
    for scale in margins if isinstance(margins, Mapping) else ():
        if scale not in ("default", *config["scales"]):
            known_scales = suggest(scale, ["default", *config["scales"]])
            raise InputError(f"{where}: margin: there is no scale {scale!r}; {known_scales}")
    known_values = _known_values(config, scales, name)
    for filters in (criterion["where"], criterion.get("against", {})):
        for column, wanted in filters.items():
            for value in _values(wanted) if column in known_values else ():
                if value not in known_values[column]:
                    raise InputError(
                        f"{where}: no scale has {name} with {column} {value!r}; "
                        f"{suggest(str(value), map(str, known_values[column]))}"
                    )


def _known_values(config: Config, scales: Iterable[str], experiment: str) -> dict[str, set[Any]]:
    """The values of columns in the tables of an experiment at any of some scales, by column."""
    known: dict[str, set[Any]] = {}
    for scale in scales:
        kind = experiments(config, scale)[experiment]
        columns = study_of(kind).columns(entry_of(config, scale, experiment))
        for column, values in columns.items():
            known.setdefault(column, set()).update(values)
    return known


def _values(wanted: Any) -> list[Any]:
    """The values that a filter names."""
    if isinstance(wanted, Mapping):
        wanted = wanted.get("not", [])
    values = wanted if isinstance(wanted, list) else [wanted]
    return [value for value in values if value not in ("most", "least", PREVIOUS)]
