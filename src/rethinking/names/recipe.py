"""Names of recipes: a base and its regularisers, as in ``fixed_length-dropout-flip``."""

# The regularisers: fields of ``rethinking.training.recipe.Recipe``, or ``dropout``, an option of
# the network.
REGULARIZERS = ("dropout", "flip", "random_crop", "weight_decay")
# The regularisation of a base recipe without regularisers.
NONE = "none"


def recipe_name(base: str, regularization: str) -> str:
    """The name of a regularised recipe; the name of its base for the regularisation ``none``."""
    return base if regularization == NONE else f"{base}-{regularization}"


def base_of(recipe: str) -> str:
    """The base of a recipe."""
    return recipe.partition("-")[0]


def regularization_of(recipe: str) -> str:
    """The regularisers of a recipe, joined by hyphens; ``none`` without any."""
    return recipe.partition("-")[2] or NONE


def regularizers_of(recipe: str) -> list[str]:
    """The list of a recipe's regularisers."""
    return recipe.split("-")[1:]
