"""Accuracy and loss of a network on its training and test labels."""

from torch.nn.functional import cross_entropy

from rethinking.measures.helpers.logits import evaluate
from rethinking.measures.helpers.metric import Metric, Subject


def measure(subject: Subject) -> list[Metric]:
    """Accuracy (share of images, in [0, 1]) and mean cross-entropy (nats).

    ``train_accuracy`` and ``train_loss`` refer to the labels that the network was trained on, with
    corrupted ones; ``test_accuracy`` and ``test_loss`` refer to the labels of the test set, which
    are true except for synthetic images.
    """
    metrics = []
    for split, images, labels in (
        ("train", subject.train_images, subject.train_labels),
        ("test", subject.test_images, subject.test_labels),
    ):
        logits = evaluate(subject.function, images)
        right = (logits.argmax(dim=1) == labels).double().mean()
        # The training images are a whole population; the test images are a sample.
        points = len(labels) if split == "test" else None
        metrics.append(Metric(f"{split}_accuracy", float(right), "share", points))
        metrics.append(Metric(f"{split}_loss", float(cross_entropy(logits, labels))))
    return metrics
