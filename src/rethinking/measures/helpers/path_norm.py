"""The path norm of a network."""

import copy
import math
import operator
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call
from torch.nn.functional import avg_pool2d

from rethinking.measures.helpers.lipschitz import pair
from rethinking.measures.helpers.metric import NotDefinedError

# Identity on non-negative inputs, up to shape.
UNCHANGED = (nn.ReLU, nn.Flatten, nn.Identity, nn.Dropout)


class _Paths(fx.Interpreter):
    """Propagates sums over paths of ∏|w|^p through the graph of a network."""

    def __init__(self, network: fx.GraphModule, exponent: float) -> None:
        super().__init__(network)
        self.extra_traceback = False  # it would be added to the messages
        self._exponent = exponent

    def call_module(self, target: Any, args: Any, _kwargs: Any) -> Tensor:
        layer, before = self.fetch_attr(target), args[0]
        if isinstance(layer, nn.Linear | nn.Conv2d):
            powers = {k: w.abs() ** self._exponent for k, w in layer.named_parameters()}
            after: Tensor = functional_call(layer, powers, (before,))
        elif isinstance(layer, nn.MaxPool2d):
            if layer.ceil_mode or layer.dilation not in (1, (1, 1)):
                raise NotDefinedError("not defined through MaxPool2d with ceil_mode or dilation")
            after = avg_pool2d(
                before, layer.kernel_size, layer.stride, layer.padding, divisor_override=1
            )
        elif isinstance(layer, nn.AvgPool2d):
            if layer.ceil_mode or not layer.count_include_pad or layer.divisor_override:
                raise NotDefinedError("not defined through AvgPool2d with unequal weights")
            windows = (layer.kernel_size, layer.stride, layer.padding)
            pixels = math.prod(pair(layer.kernel_size))
            after = avg_pool2d(before, *windows, divisor_override=1) / pixels**self._exponent
        elif isinstance(layer, nn.AdaptiveAvgPool2d):
            if layer.output_size not in (1, (1, 1)):
                raise NotDefinedError("not defined through AdaptiveAvgPool2d to more than 1×1")
            pixels = before.shape[2] * before.shape[3]
            after = before.sum(dim=(2, 3), keepdim=True) / pixels**self._exponent
        elif isinstance(layer, UNCHANGED):
            after = layer(before)
        else:
            raise NotDefinedError(f"not defined through {type(layer).__name__}")
        return after

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        if target in (operator.add, operator.iadd, torch.add, torch.cat, torch.flatten):
            return super().call_function(target, args, kwargs)
        if target in (torch.relu, nn.functional.relu):
            return args[0]
        raise NotDefinedError(f"not defined through {target.__name__}")

    def call_method(self, target: Any, _args: Any, _kwargs: Any) -> Any:
        raise NotDefinedError(f"not defined through {target}")


@torch.no_grad()
def path_norm(network: fx.GraphModule, shape: Sequence[int], exponent: float = 1) -> float:
    """(Σ over paths ∏|w|^p)^(1/p), over all paths from inputs and biases to logits.

    It takes one pass in float64 (Gonon et al., 2024): an image of ones goes through the network,
    with |θ|^p for its weights, a sum for each maximum, and (1/k)^p for each weight of an average
    over k pixels. Rescaling a hidden unit's incoming weights by λ > 0 and its outgoing ones by 1/λ
    changes neither the function nor this number.

    Args:
        network: A network with batch normalisation folded into its layers.
        shape: Channels, height and width of an image.
        exponent: p; 1 and 2 are in use (Neyshabur et al., 2015).

    Raises:
        NotDefinedError: Paths through a layer, as local response normalisation, have no weight.
    """
    paths = _Paths(copy.deepcopy(network).double().cpu(), exponent)
    total = paths.run(torch.ones(1, *shape, dtype=torch.float64)).sum()
    return float(total ** (1 / exponent))
