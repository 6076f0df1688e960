"""Recipes without a framework: learning rates, lengths and stopping."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta

Status = Literal["interpolated", "budget_ended", "diverged"]

# Zhang et al. (2017, §A.1) multiply the rate by 0.95 in every epoch, which has 391 steps there.
DECAY, DECAY_STEPS = 0.95, 391
# The one-cycle schedule (Smith & Topin, 2019): the share of steps in which the rate rises, the peak
# over the first rate, and the first rate over the last.
WARM_UP, PEAK_OVER_FIRST, FIRST_OVER_LAST = 0.3, 25.0, 1e4
# An image with a smaller loss is classified right: its label has a probability above one half.
LOSS_OF_A_CLASSIFIED_IMAGE = math.log(2)


@dataclass(frozen=True)
class Recipe:
    """A way of training networks; the schema of ``recipes`` in the config is derived from it."""

    name: str  # its key in the config, followed by the regularizers
    optimizer: Annotated[
        Literal["sgd", "adam"],
        Meta(description="SGD with momentum, or Adam (Kingma & Ba, 2015) with β₂ = 0.999."),
    ]
    batch_size: Annotated[int, Meta(ge=1, description="Images in a step.")]
    momentum: Annotated[float, Meta(ge=0, lt=1, description="The momentum of SGD, or Adam's β₁.")]
    weight_decay: Annotated[
        float,
        Meta(
            ge=0,
            description="λ of the penalty λ/2 · Σθ², over all weights and biases. Experiments with "
            "regularizers need 0.",
        ),
    ]
    schedule: Annotated[
        Literal["constant", "one_cycle", "exponential"],
        Meta(
            description="The schedule of the learning rate. one_cycle rises and falls to nothing "
            "at max_epochs; exponential is ×0.95 after every 391 steps. Times to interpolate are "
            "reported for constant only."
        ),
    ]
    scaling: Annotated[
        Literal["per_image", "per_dataset"],
        Meta(description="Whiten each image, or one affine map for the whole data set."),
    ]
    stop_at_train_accuracy: (
        Annotated[
            float,
            Meta(
                gt=0,
                le=1,
                description="A share of the training labels: a network stops after the first "
                "epoch at whose end it classifies that many right in evaluation mode, 1 being "
                "interpolation; null trains to the end.",
            ),
        ]
        | None
    )
    learning_rate: float  # the peak, if the schedule varies it
    max_epochs: int
    epoch_steps: (
        Annotated[
            int,
            Meta(
                ge=1,
                description="Steps in an epoch, which goes on through permutation after "
                "permutation of the training set; left out, one pass over the training set.",
            ),
        ]
        | None
    ) = None
    crop: int | None = None  # the side of the centre crop that networks see, in pixels
    random_crop: int = 0  # the largest random move of this window over a training image, in pixels
    flip: float = 0.0  # the probability that a training image is mirrored

    @property
    def augments(self) -> bool:
        """Whether networks see a different view of a training image each time."""
        return self.random_crop > 0 or self.flip > 0


def batches(images: int, size: int) -> list[slice]:
    """Cut the images of an epoch into batches of some size.

    A last batch of one image, which has no variance, joins the batch before it.
    """
    starts = list(range(0, images, size))
    if len(starts) > 1 and images - starts[-1] == 1:
        starts.pop()
    return [slice(*ends) for ends in pairwise([*starts, images])]


def images_in_epoch(recipe: Recipe, images: int) -> int:
    """The number of images that a network sees in an epoch, for a training set of ``images``."""
    return images if recipe.epoch_steps is None else recipe.epoch_steps * recipe.batch_size


def steps_in_epoch(recipe: Recipe, images: int) -> int:
    """The number of steps in an epoch, for a training set of ``images``."""
    return len(batches(images_in_epoch(recipe, images), recipe.batch_size))


def schedule(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of a step, counted from 0 over all epochs, of ``steps`` in the budget."""
    peak = recipe.learning_rate
    if recipe.schedule == "exponential":
        return peak * DECAY ** (step // DECAY_STEPS)
    # A cycle of one step would only have its end, with the 250,000th part of the peak rate.
    if recipe.schedule == "constant" or steps == 1:
        return peak
    first = peak / PEAK_OVER_FIRST
    top, end = WARM_UP * steps - 1, steps - 1
    if step <= top:
        return _cosine(first, peak, step / top)
    return _cosine(peak, first / FIRST_OVER_LAST, (step - top) / (end - top))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def may_have_fitted(recipe: Recipe, epoch_loss: float, last_loss: float) -> bool:
    """Whether to check a network for interpolation, which costs a pass over the images.

    A heuristic: the mean loss of the epoch, or that of its last batch, is at most ln 2. (When
    networks of the demo interpolated, the mean loss of the epoch was at most half of this.) With
    many classes a network may fit all labels at a larger loss; a later epoch then detects it. A
    recipe that stops at a training accuracy below 1 needs the check after every epoch.
    """
    if recipe.stop_at_train_accuracy is None:
        return False
    return (
        recipe.stop_at_train_accuracy < 1
        or min(epoch_loss, last_loss) <= LOSS_OF_A_CLASSIFIED_IMAGE
    )


def should_stop(
    recipe: Recipe, epoch: int, train_loss: float, test_loss: float, train_accuracy: float
) -> Status | None:
    """The reason why a network's training ends after an epoch (from 1); None if it continues.

    Losses are mean cross-entropies (nats) over the epoch's steps and on the test set at its end.
    The training accuracy is that at its end, in evaluation mode, or 0 if it was not checked.
    """
    if not (math.isfinite(train_loss) and math.isfinite(test_loss)):
        return "diverged"
    wanted = recipe.stop_at_train_accuracy
    if wanted is not None and train_accuracy >= wanted:
        return "interpolated"
    return "budget_ended" if epoch == recipe.max_epochs else None
