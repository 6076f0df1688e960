"""Train networks until they interpolate: the training loop of all experiments."""

import logging
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver
from rethinking.training.curve import Epoch, epoch_rows
from rethinking.training.data import TrainingData
from rethinking.training.members import Members, can_stack
from rethinking.training.order import image_moves, image_order
from rethinking.training.recipe import (
    Recipe,
    batches,
    may_have_fitted,
    schedule,
    should_stop,
    steps_in_epoch,
)
from rethinking.training.run import Trained, TrainingRun, restore, state_of
from rethinking.training.steps import evaluate, optimizer_of, train_step

log = logging.getLogger(__name__)

# Called after each epoch with its rows.
Watch = Callable[[Sequence[Epoch]], None]


def fit_members(
    networks: Sequence[nn.Module],
    data: Callable[[slice], TrainingData],
    recipe: Recipe,
    member_ids: Sequence[int],
    seeds: Sequence[int],
    saver: Saver,
    name: str = "part",
    precision: torch.dtype = torch.float32,
    compiled: bool = False,
    watch: Watch | None = None,
) -> tuple[list[Trained], list[Epoch]]:
    """Train all networks: perceptrons together, others one after the other, by :func:`fit`.

    ``data`` returns the training data of a slice of the networks, and is called once per batched
    program. ``name`` is that of the states, before the number of each program. The results are the
    trained networks in order, and the learning curves of each program, by epoch.
    """
    together = can_stack(networks[0])
    programs = [slice(None)] if together else [slice(i, i + 1) for i in range(len(networks))]
    trained: list[Trained] = []
    epochs: list[Epoch] = []
    for number, part in enumerate(programs):
        # For layers that draw at random in training.
        torch.manual_seed(derive_seed(seeds[part][0], "training"))
        ended, curve = fit(
            networks[part],
            data(part),
            recipe,
            member_ids[part],
            seeds[part],
            saver,
            f"{name}-{number}",
            precision,
            compiled,
            watch,
        )
        for member in ended:
            log.info("%d: %s after %d epochs", member.seed, member.status, member.epochs)
        trained += ended
        epochs += curve
    return trained, epochs


def fit(
    networks: Sequence[nn.Module],
    data: TrainingData,
    recipe: Recipe,
    member_ids: Sequence[int],
    seeds: Sequence[int],
    saver: Saver,
    name: str,
    precision: torch.dtype = torch.float32,
    compiled: bool = False,
    watch: Watch | None = None,
) -> tuple[list[Trained], list[Epoch]]:
    """Train networks of one architecture together, each until it interpolates.

    Each member sees its own labels in its own order. It leaves the batch once it interpolates or
    diverges, so that its result is that of training it alone, up to rounding (and up to dropout,
    whose draws depend on the other members).

    Args:
        networks: Networks on the device of the data.
        data: Images and labels.
        recipe: The recipe.
        member_ids: The label of each member in curves and results.
        seeds: The seed of each member, for its order of images and its augmentation.
        saver: Saves the state from time to time. Training continues from the last state, and ends
            with the same bits as without an interruption.
        name: The name of the state.
        precision: The type of activations and products in a step. Weights, loss, momentum and
            evaluations are always float32.
        compiled: Whether steps are compiled; see ``rethinking.training.members.Members``.
        watch: Called after each epoch with its rows.

    Returns:
        The trained members in the order of ``member_ids``, and the learning curve, by epoch.
    """
    members = Members(networks, compiled)
    optimizer = optimizer_of(members.parameters(), recipe)
    run = TrainingRun(members, optimizer, list(range(len(networks))))
    device = data.train_images.device
    images = max(data.size_of(member) for member in run.training)
    steps = steps_in_epoch(recipe, images)
    # The time of earlier programs does not count.
    began, skipped = saver.seconds, 0
    saved = saver.load(name)
    if saved is not None:
        restore(run, saved, member_ids, device)
        log.info("going on from epoch %d, step %d", run.epoch, run.step)
        began, skipped = saver.seconds, run.epoch - 1
    while run.training:
        if run.step == 0:
            run.begin_epoch(device)
        order, moves = _draw_epoch(run, data, recipe, seeds)
        image_rows, label_rows = data.rows(run.training, order)
        run.members.train(True)
        for part in batches(order.shape[1], recipe.batch_size)[run.step :]:
            moved = None if moves is None else moves[:, part]
            batch = data.batch(image_rows[:, part], label_rows[:, part], moved)
            rate = schedule(recipe, (run.epoch - 1) * steps + run.step, steps * recipe.max_epochs)
            run.count(*train_step(run.members, run.optimizer, *batch, rate, precision))
            if saver.due():
                saver.save(name, state_of(run))
        seconds = (saver.seconds - began) / (run.epoch - skipped)
        rows = _end_epoch(run, data, recipe, member_ids, order.shape[1], seconds)
        if watch is not None:
            watch(rows)
    saver.save(name, state_of(run))
    return [run.trained[i] for i in range(len(networks))], run.curve


def _draw_epoch(
    run: TrainingRun, data: TrainingData, recipe: Recipe, seeds: Sequence[int]
) -> tuple[Tensor, Tensor | None]:
    """The order of the images, members×images, and, if the recipe augments, their moves."""
    device = data.train_images.device

    def drawn(draw: Callable[[Recipe, int, int, int], np.ndarray]) -> Tensor:
        rows = [draw(recipe, data.size_of(i), seeds[i], run.epoch) for i in run.training]
        return torch.from_numpy(np.stack(rows)).to(device)

    return drawn(image_order), drawn(image_moves) if recipe.augments else None


def _end_epoch(
    run: TrainingRun,
    data: TrainingData,
    recipe: Recipe,
    member_ids: Sequence[int],
    seen: int,
    seconds: float,
) -> list[Epoch]:
    """Evaluate, add the rows of an epoch of ``seen`` images, and drop members that have ended.

    ``seconds`` is the mean time of an epoch so far, for the log.
    """
    members, training = run.members, run.training
    train_loss, train_accuracy = (run.losses / seen).cpu(), (run.right / seen).cpu()
    first = training[0]
    # With running statistics, the first evaluation would lag behind the weights.
    members.refresh_batch_norm(data.train_images[data.set_of(first), : data.size_of(first)])
    members.train(False)
    test_loss, test_accuracy = evaluate(members, data, training, "test")
    fitted = torch.zeros(len(training))
    losses = zip(train_loss.tolist(), run.last_loss.tolist(), strict=True)
    if any(may_have_fitted(recipe, *pair) for pair in losses):
        _, fitted = evaluate(members, data, training, "train")
    columns = [values.tolist() for values in (train_loss, train_accuracy, test_loss, test_accuracy)]
    rows = epoch_rows([member_ids[i] for i in training], run.epoch, *columns)
    staying = []
    for index, (i, row) in enumerate(zip(training, rows, strict=True)):
        status = should_stop(recipe, run.epoch, row.train_loss, row.test_loss, float(fitted[index]))
        if status is None:
            staying.append(index)
        else:
            run.trained[i] = Trained(row.seed, status, run.epoch, members.state(index))
    log.info(
        "epoch %d/%d: loss %.4f, training accuracy %.4f (means over seeds), "
        "%d still training, at most %.0f s left",
        run.epoch,
        recipe.max_epochs,
        train_loss.mean(),
        train_accuracy.mean(),
        len(staying),
        seconds * (recipe.max_epochs - run.epoch),
    )
    if 0 < len(staying) < len(training):
        members.keep(staying, run.optimizer)
    run.curve += rows
    run.training = [training[index] for index in staying]
    run.epoch, run.step = run.epoch + 1, 0
    return rows
