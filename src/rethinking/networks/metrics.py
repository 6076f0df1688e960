"""Apply a measure to one network.

The training step measures accuracy, so this module imports no other measure and no reference.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from torch import nn

from rethinking.measures.helpers.metric import Function, Metric, Subject
from rethinking.training.data import TrainingData
from rethinking.training.networks import refresh_batch_norm
from rethinking.training.run import Trained

Measure = Callable[[Subject], Iterable[Metric]]


def metrics_of_network(
    network: nn.Module, trained: Trained | None, data: TrainingData, seed: int, measure: Measure
) -> list[Metric]:
    """Measure a network; one that diverged has the names of the metrics, with NaN and a note.

    The network, as it was initialised, is changed in place. Without ``trained``, the same network
    after training, it is measured untrained, with the BatchNorm statistics of the data.
    """
    if trained is not None and trained.status != "diverged":
        network.load_state_dict(trained.state)
        return list(measure(subject(network.train(False), data, seed)))
    refresh_batch_norm(network, data.train_images[0])
    metrics = measure(subject(network.train(False), data, seed))
    if trained is None:
        return list(metrics)
    # There is no function to measure, but its metrics need names.
    return [
        replace(metric, value=math.nan, note=metric.note or "diverged" * math.isnan(metric.x))
        for metric in metrics
    ]


def subject(
    function: Function, data: TrainingData, seed: int, differentiable: bool = True
) -> Subject:
    """The argument of a measure: a function with the data of one member."""
    return Subject(
        function,
        differentiable,
        data.train_images[0],
        data.train_labels[0],
        data.test_images[0],
        data.test_labels[0],
        seed,
    )
