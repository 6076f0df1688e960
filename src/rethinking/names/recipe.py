"""Names of recipes: a base and what it is regularised with, as in ``fixed_length-dropout-flip``."""

# What a base may be regularised with: fields of ``rethinking.training.fit.Recipe``, or ``dropout``,
# an option of the network.
REGULARIZERS = ("dropout", "flip", "random_crop", "weight_decay")
# How a base by itself is called where regularisation is asked for.
NONE = "none"


def recipe_name(base: str, regularization: str) -> str:
    """The name of a regularised recipe; that of its base if the regularisation is ``none``."""
    return base if regularization == NONE else f"{base}-{regularization}"


def base_of(recipe: str) -> str:
    """The recipe that is regularised."""
    return recipe.partition("-")[0]


def regularization_of(recipe: str) -> str:
    """What it is regularised with, joined by hyphens; ``none`` if it is not."""
    return recipe.partition("-")[2] or NONE


def regularizers_of(recipe: str) -> list[str]:
    """The same one by one."""
    return recipe.split("-")[1:]
