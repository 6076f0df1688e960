"""How to train, without a framework: rates, lengths and when to stop."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta

Status = Literal["interpolated", "budget_ended", "diverged"]

# Zhang et al. (2017, §A.1) multiply the rate by 0.95 an epoch, which for them is 391 steps.
DECAY, DECAY_STEPS = 0.95, 391
# Of the one-cycle schedule (Smith & Topin, 2019): the share of steps in which the rate rises, the
# peak over the first rate, and the first rate over the last.
WARM_UP, PEAK_OVER_FIRST, FIRST_OVER_LAST = 0.3, 25.0, 1e4
# An image whose loss is smaller is classified right, for its label has more than half of the
# probability.
LOSS_OF_A_CLASSIFIED_IMAGE = math.log(2)


@dataclass(frozen=True)
class Recipe:
    """How to train; the schema of ``recipes`` in the config is derived from it.

    Attributes:
        name: Its key in the config, with the regularizers behind it.
        learning_rate: The peak where the schedule varies it.
        max_epochs: The budget.
        crop: Pixels a side of the centre crop that the networks see; None for whole images.
        random_crop: Pixels by which the window moves at random over a training image.
        flip: The probability that a training image is mirrored.
    """

    name: str
    optimizer: Annotated[
        Literal["sgd", "adam"],
        Meta(description="SGD with momentum, or Adam (Kingma & Ba, 2015) with β₂ = 0.999."),
    ]
    batch_size: Annotated[int, Meta(ge=1, description="Images in a step.")]
    momentum: Annotated[float, Meta(ge=0, lt=1, description="Of SGD; Adam's β₁.")]
    weight_decay: Annotated[
        float,
        Meta(
            ge=0,
            description="λ of the penalty λ/2 · Σθ², over all weights and biases. Experiments with "
            "regularizers want 0 here.",
        ),
    ]
    schedule: Annotated[
        Literal["constant", "one_cycle", "exponential"],
        Meta(
            description="Of the learning rate. one_cycle rises and falls to nothing at max_epochs; "
            "exponential is ×0.95 after every 391 steps. Times to interpolate are reported under "
            "constant only."
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
    learning_rate: float
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
    crop: int | None = None
    random_crop: int = 0
    flip: float = 0.0

    @property
    def augments(self) -> bool:
        """Whether networks see another view of a training image each time."""
        return self.random_crop > 0 or self.flip > 0


def batches(images: int, size: int) -> list[slice]:
    """Cut images into batches; a last batch of one image, without variance, joins the one before.

    Args:
        images: The number of images of an epoch.
        size: The number of images in a batch.
    """
    starts = list(range(0, images, size))
    if len(starts) > 1 and images - starts[-1] == 1:
        starts.pop()
    return [slice(*ends) for ends in pairwise([*starts, images])]


def images_in_epoch(recipe: Recipe, images: int) -> int:
    """The images that a network sees in an epoch, of a training set of ``images``."""
    return images if recipe.epoch_steps is None else recipe.epoch_steps * recipe.batch_size


def steps_in_epoch(recipe: Recipe, images: int) -> int:
    """The steps of an epoch, with a training set of ``images``."""
    return len(batches(images_in_epoch(recipe, images), recipe.batch_size))


def schedule(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of a step.

    Args:
        recipe: Says which schedule.
        step: Counted from 0 over all epochs.
        steps: Of the whole budget.
    """
    peak = recipe.learning_rate
    if recipe.schedule == "exponential":
        return peak * DECAY ** (step // DECAY_STEPS)
    # A cycle of one step would be its end only, where the rate is the peak's 250,000th part.
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
    """Whether a network is worth checking for interpolation, which costs a pass over the images.

    A heuristic: the mean loss of the epoch, or that of its last batch, is at most ln 2. (Where
    networks of the demo interpolated, the mean loss of the epoch was at most half of that.) With
    many classes a network may fit all labels at a larger loss; it is then found in a later epoch.

    Args:
        recipe: Says at which training accuracy networks stop; below 1, every epoch is checked.
        epoch_loss: Mean cross-entropy (nats) over the epoch's steps.
        last_loss: That of the last batch.
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
    """Why a network's training ends after an epoch; None if it goes on.

    Args:
        recipe: How it is trained.
        epoch: Counted from 1.
        train_loss: Mean cross-entropy (nats) over the epoch's steps.
        test_loss: On the test set at the epoch's end.
        train_accuracy: Share of training labels at the epoch's end, in evaluation mode; 0 where it
            was not checked.
    """
    if not (math.isfinite(train_loss) and math.isfinite(test_loss)):
        return "diverged"
    wanted = recipe.stop_at_train_accuracy
    if wanted is not None and train_accuracy >= wanted:
        return "interpolated"
    return "budget_ended" if epoch == recipe.max_epochs else None
