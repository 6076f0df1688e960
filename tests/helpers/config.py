"""The shipped config, changed for a test, and what is said of it."""

import copy
from pathlib import Path

import pytest
import yaml

from rethinking.errors import InputError
from rethinking.study.check import check_config

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "workflow/schemas"
SHIPPED = yaml.safe_load((ROOT / "config.yaml").read_text())
# Where things stand in it.
DEMO = ["scales", "demo"]
CONSTANT = {"constant": {"learning_rate": 1, "max_epochs": 1}}


def shipped(*, path=(), value=None):
    """A copy of the shipped config, with another value at a path where one is given."""
    config = copy.deepcopy(SHIPPED)
    if path:
        place = config
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
    return config


def complaint(config):
    """The one line with which a config is refused."""
    with pytest.raises(InputError) as caught:
        check_config(config, SCHEMAS)
    message = str(caught.value)
    assert "\n" not in message
    return message
