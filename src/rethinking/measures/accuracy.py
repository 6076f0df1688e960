"""How well a network fits its training labels and predicts the test labels."""

from torch.nn.functional import cross_entropy

from rethinking.measures.helpers.logits import evaluate
from rethinking.measures.helpers.metric import Metric, Subject


def measure(subject: Subject) -> list[Metric]:
    """Accuracy (share of images, in [0, 1]) and mean cross-entropy (nats).

    ``train_accuracy`` and ``train_loss`` are against the labels that the network was trained on,
    corrupted ones included; ``test_accuracy`` and ``test_loss`` against those of the test set,
    which are true but for synthetic images.
    """
    metrics = []
    for split, images, labels in (
        ("train", subject.train_images, subject.train_labels),
        ("test", subject.test_images, subject.test_labels),
    ):
        logits = evaluate(subject.function, images)
        right = (logits.argmax(dim=1) == labels).double().mean()
        # The training images are all there are; the test images are a sample.
        points = len(labels) if split == "test" else None
        metrics.append(Metric(f"{split}_accuracy", float(right), "share", points))
        metrics.append(Metric(f"{split}_loss", float(cross_entropy(logits, labels))))
    return metrics
