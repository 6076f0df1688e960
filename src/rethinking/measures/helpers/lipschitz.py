"""An upper bound of a network's Lipschitz constant, from the spectral norms of its layers."""

import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call
from torch.nn.functional import conv_transpose2d

from rethinking.measures.helpers.metric import NotDefinedError
from rethinking.measures.helpers.operator_norm import operator_norm

# 1-Lipschitz layers.
NON_EXPANSIVE = (nn.ReLU, nn.Flatten, nn.Identity, nn.Dropout)


class Bound(NamedTuple):
    """A value in a network and its dependence on the input."""

    example: Tensor  # the value for some image; only its shape matters
    lipschitz: float  # a bound of its Lipschitz constant, in ℓ2


class _Bounds(fx.Interpreter):
    """Propagates a bound through the graph of a network, layer by layer."""

    def __init__(self, network: fx.GraphModule) -> None:
        super().__init__(network)
        self.extra_traceback = False  # it would be added to the messages
        self.spectral_norms: dict[str, float] = {}

    def call_module(self, target: Any, args: Any, _kwargs: Any) -> Bound:
        layer = self.fetch_attr(target)
        before: Bound = args[0]
        if isinstance(layer, nn.Linear | nn.Conv2d):
            gain = self.spectral_norms[str(target)] = layer_norm(layer, before.example)
        elif isinstance(layer, nn.AvgPool2d | nn.AdaptiveAvgPool2d):
            gain = _norm_at(layer, before.example)
        elif isinstance(layer, nn.MaxPool2d):
            gain = max_pool_gain(layer, before.example)
        elif isinstance(layer, nn.LocalResponseNorm):
            gain = local_response_norm_gain(layer)
        elif isinstance(layer, NON_EXPANSIVE):
            gain = 1.0
        else:
            raise NotDefinedError(f"no bound is known through {type(layer).__name__}")
        return Bound(layer(before.example), gain * before.lipschitz)

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Bound:
        if target in (operator.add, operator.iadd, torch.add) and all(
            isinstance(part, Bound) for part in args
        ):
            first, second = args
            return Bound(first.example + second.example, first.lipschitz + second.lipschitz)
        if target is torch.cat:
            parts: Sequence[Bound] = args[0]
            joined = torch.cat([part.example for part in parts], *args[1:], **kwargs)
            return Bound(joined, math.hypot(*(part.lipschitz for part in parts)))
        if target in (torch.flatten, torch.relu, nn.functional.relu):
            before: Bound = args[0]
            return Bound(target(before.example, *args[1:], **kwargs), before.lipschitz)
        raise NotDefinedError(f"no bound is known through {target.__name__}")

    def call_method(self, target: Any, _args: Any, _kwargs: Any) -> Bound:
        raise NotDefinedError(f"no bound is known through {target}")


@torch.no_grad()
def lipschitz_upper_bound(network: fx.GraphModule, image: Tensor) -> tuple[float, dict[str, float]]:
    """A number that no ratio ‖f(x) − f(y)‖/‖x − y‖ exceeds, and the norms of the layers.

    The bound is the product of the layers' gains (Szegedy et al., 2014, §4.3), carried through the
    graph (Scaman & Virmaux, 2018, "AutoLip"): a sum of branches has the sum of their bounds, so
    that a residual block has L_main + L_shortcut, and their concatenation has √ΣL². The bound can
    exceed the true constant by orders of magnitude.

    Args:
        network: A network with batch normalisation folded into its layers.
        image: 1×C×H×W: the bound is for images of this size.

    Returns:
        The bound, and the operator norm of each convolution and linear layer by name, in order.

    Raises:
        NotDefinedError: No bound is known for one of the layers.
    """
    bounds = _Bounds(network)
    output: Bound = bounds.run(Bound(image, 1.0))
    return output.lipschitz, bounds.spectral_norms


def layer_norm(layer: nn.Linear | nn.Conv2d, before: Tensor) -> float:
    """The operator norm of a convolution or linear layer for the size of its input."""
    if isinstance(layer, nn.Linear):
        return float(torch.linalg.matrix_norm(layer.weight, ord=2))
    return _norm_at(layer, before)


def _norm_at(layer: nn.Module, before: Tensor) -> float:
    """The operator norm of a layer without its bias."""
    no_bias = {
        name: torch.zeros_like(bias) for name, bias in layer.named_parameters() if name == "bias"
    }
    with torch.enable_grad():
        return operator_norm(
            lambda images: functional_call(layer, no_bias, (images,)),
            tuple(before.shape[1:]),
            before.device,
        )


def max_pool_gain(layer: nn.MaxPool2d, before: Tensor) -> float:
    """√(the largest number of windows with the same pixel): 2 for 3×3 windows of stride 2.

    ‖max-pool(x) − max-pool(y)‖² ≤ Σ over windows Σ in a window (x − y)², in which each pixel
    appears once for each window that contains it. A single hot pixel attains the bound.
    """
    if layer.ceil_mode or layer.dilation not in (1, (1, 1)):
        raise NotDefinedError("no bound is known through MaxPool2d with ceil_mode or dilation")
    outputs, window = layer(before[:1, :1]), before.new_ones(1, 1, *pair(layer.kernel_size))
    windows = conv_transpose2d(
        torch.ones_like(outputs), window, stride=pair(layer.stride), padding=pair(layer.padding)
    )
    return math.sqrt(float(windows.max()))


def local_response_norm_gain(layer: nn.LocalResponseNorm) -> float:
    """A bound of the Lipschitz constant of local response normalisation.

    y_i = x_i S_i^(−β), S_i = k + a Σ_{j∈W_i} x_j² over a window of n channels, a = α/n. Its
    Jacobian is diag(S_i^(−β)), at most k^(−β), minus M with rows 2βa x_i x_W S_i^(−β−1). With
    t = a‖x_W‖², a row has norm at most 2βt(k + t)^(−β−1) ≤ 2k^(−β)(1 + 1/β)^(−β−1), and as each
    channel is in at most n windows, ‖M‖₂ is at most √n times that. (Derived here.)
    """
    beta = layer.beta
    row = 2 / (1 + 1 / beta) ** (beta + 1)
    return float(layer.k**-beta * (1 + math.sqrt(layer.size) * row))


def pair(size: Any) -> tuple[int, int]:
    """Height and width from a size that torch takes as one number or two."""
    return tuple(size) if isinstance(size, tuple) else (size, size)
