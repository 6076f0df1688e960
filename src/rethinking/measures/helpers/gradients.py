"""Derivatives of logits with respect to the input."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from rethinking.measures.helpers.logits import chunk_of, evaluate
from rethinking.measures.helpers.metric import Function


@dataclass(frozen=True)
class GradientNorms:
    """Norms of derivatives at N images, N each, in units of the logits per unit of the input."""

    margin: Tensor  # ‖∇(top logit − runner-up)‖₂
    loss: Tensor  # ‖∇ cross-entropy‖₂, in nats per unit of the input
    frobenius: Tensor  # ‖J‖_F
    spectral: Tensor  # ‖J‖₂, the largest factor by which an infinitesimal step changes the logits


def jacobians(function: Function, images: Tensor) -> tuple[Tensor, Tensor]:
    """Logits, N×classes, and their derivatives by the input, N×classes×(C·H·W).

    Each class takes one product with the transposed Jacobian for all images at once, because the
    logits of an image depend on no other image.
    """
    inputs = images.detach().clone().requires_grad_()
    logits = function(inputs)
    classes = logits.shape[1]
    rows = [
        torch.autograd.grad(logits[:, label].sum(), inputs, retain_graph=label < classes - 1)[0]
        for label in range(classes)
    ]
    return logits.detach(), torch.stack(rows, dim=1).flatten(start_dim=2)


def gradient_norms(function: Function, images: Tensor, labels: Tensor) -> GradientNorms:
    """The norms of the gradients of margin and loss, and of the Jacobian, exactly.

    All four come from the full Jacobian: the margin's gradient is the difference of two of its
    rows, the loss's is Jᵀ(softmax − one-hot label), and ‖J‖₂ is its largest singular value, where
    a random direction would give ‖J‖_F/√(C·H·W) (Novak et al., 2018, use ‖J‖_F). The N×C×H×W images
    are taken in chunks. Logits should be standardised if functions are compared.
    """
    parts = []
    # With more than ten classes, Jacobians take more memory than activations.
    classes = evaluate(function, images[:1]).shape[1]
    size = max(1, 10 * chunk_of(images) // max(10, classes))
    for chunk, right in zip(images.split(size), labels.split(size), strict=True):
        logits, rows = jacobians(function, chunk)
        first, second = logits.topk(2, dim=1).indices.T
        index = torch.arange(len(chunk), device=chunk.device)
        slope = logits.softmax(dim=1) - one_hot(right, logits.shape[1])
        norms = [
            (rows[index, first] - rows[index, second]).norm(dim=1),
            (slope[:, None] @ rows).squeeze(1).norm(dim=1),
            rows.flatten(start_dim=1).norm(dim=1),
            torch.linalg.matrix_norm(rows, ord=2),
        ]
        parts.append(torch.stack(norms))
    return GradientNorms(*torch.cat(parts, dim=1))
