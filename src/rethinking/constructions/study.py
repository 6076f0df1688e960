"""What a config asks for in constructions: functions that fit labels without training networks."""

from typing import Any

from rethinking.networks import study
from rethinking.networks.study import Spec
from rethinking.study.entries import CONSTRUCTION_KEYS, Config


def constructions(config: Config, scale: str) -> list[str]:
    """The experiments of a scale that construct functions, by name."""
    return sorted(config["scales"][scale].get("constructions", {}))


def asked(config: Config, scale: str, construction: str) -> dict[str, Any]:
    """What the config says of a construction."""
    entry: dict[str, Any] = config["scales"][scale]["constructions"][construction]
    return entry


def seeds(config: Config, scale: str, construction: str) -> list[int]:
    """The seeds that tables and figures use."""
    return list(range(asked(config, scale, construction)["seeds"]))


def blocks(config: Config, scale: str, construction: str) -> list[int]:
    """The blocks that hold all seeds in use."""
    entry = asked(config, scale, construction)
    return list(range(-(-entry["seeds"] // entry["block_size"])))


def block_seeds(config: Config, scale: str, construction: str, block: int) -> list[int]:
    """The seeds of a block, whether all of them are used or not."""
    size = asked(config, scale, construction)["block_size"]
    return list(range(block * size, (block + 1) * size))


def construction_spec(config: Config, scale: str, construction: str, block: int) -> Spec:
    """What determines the functions of a block of seeds, but for code and versions."""
    entry = asked(config, scale, construction)
    return {
        "conditions": entry["conditions"],
        "construction": entry["module"],
        "dataset": study.dataset_spec(config, scale, entry["dataset"]),
        "device": study.device_kind(config),
        "options": options(entry),
        "seeds": block_seeds(config, scale, construction, block),
        "threads": config["threads"],
    }


def options(entry: Config) -> dict[str, Any]:
    """What an entry says beside what all constructions have."""
    return {key: value for key, value in entry.items() if key not in CONSTRUCTION_KEYS}


def facts(config: Config, scale: str) -> dict[str, Any]:
    """The settings of constructions that the paper may print, and 1 for ``experiments/<name>``.

    ``<name>/seeds``, ``<name>/largest``, the largest number of images, and what else is a number.
    """
    found: dict[str, Any] = {}
    for name in constructions(config, scale):
        entry = asked(config, scale, name)
        found[f"experiments/{name}"] = 1
        found[f"{name}/seeds"] = entry["seeds"]
        found[f"{name}/largest"] = max(entry["images"])
        for key, value in options(entry).items():
            if isinstance(value, int | float):
                found[f"{name}/{key}"] = value
    return found


def matrices_mb(config: Config, scale: str, construction: str) -> int:
    """What the matrices of n × n take that ``rethinking.constructions.implicit`` states, in MB."""
    entry = asked(config, scale, construction)
    direct_up_to = entry.get("direct_up_to", 0)
    held = (images**2 * (40 if images <= direct_up_to else 8) for images in entry["images"])
    return int(max(held) // 10**6)
