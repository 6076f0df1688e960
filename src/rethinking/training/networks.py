"""Make networks by name, and run several of one architecture as one program."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.modules.batchnorm import _BatchNorm

from rethinking.seeds import derive_seed


def build_network(
    module: str,
    options: Mapping[str, Any],
    shape: tuple[int, int, int],
    classes: int,
    seed: int,
) -> nn.Module:
    """Make ``rethinking.models.<module>`` with the initial weights of a seed.

    Args:
        module: The architecture's module.
        options: What its ``build`` takes beside shape and classes.
        shape: Channels, height and width of an image.
        classes: The number of logits.
        seed: The experiment's seed; the global random state is left as it was.
    """
    architecture = importlib.import_module(f"rethinking.models.{module}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initialisation"))
        network: nn.Module = architecture.build(shape, classes, **options)
    return network


def has_batch_norm(network: nn.Module) -> bool:
    """Whether a network keeps running statistics of its activations."""
    return any(isinstance(module, _BatchNorm) for module in network.modules())


def can_stack(network: nn.Module) -> bool:
    """Whether networks of this architecture can be stacked: they keep nothing but parameters."""
    return next(network.buffers(), None) is None


class Members:
    """Networks of one architecture that compute as one batched program.

    Several members are stacked along a new first axis of every weight and run under ``vmap``; a
    single member runs as it is, so that its BatchNorm works and its convolutions stay fast.

    Args:
        networks: At least one; several only where :func:`can_stack` says so.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        self._network = networks[0]
        self._stacked = len(networks) > 1
        if not self._stacked:
            self._parameters = dict(self._network.named_parameters())
        else:
            weights, _ = stack_module_state(list(networks))
            # Stacked matrices are kept transposed, as the gradient of a batched product comes:
            # otherwise every step would copy each gradient, which takes a third of its time.
            self._parameters = {
                name: nn.Parameter(_transposed(values.detach()).contiguous())
                for name, values in weights.items()
            }
        self._forward_all = vmap(self._forward_one, randomness="different")

    def _forward_one(self, weights: dict[str, Tensor], images: Tensor) -> Tensor:
        logits: Tensor = functional_call(self._network, weights, (images,))
        return logits

    def __call__(self, images: Tensor) -> Tensor:
        """Map members×N×C×H×W to logits, members×N×classes."""
        if not self._stacked:
            logits: Tensor = self._network(images[0])
            return logits[None]
        weights = {name: _transposed(values) for name, values in self._parameters.items()}
        return self._forward_all(weights, images)

    def parameters(self) -> list[nn.Parameter]:
        """What an optimiser updates; elementwise updates treat the members apart."""
        return list(self._parameters.values())

    def train(self, mode: bool) -> None:
        """Switch between training and evaluation mode."""
        self._network.train(mode)

    def state(self, member: int) -> dict[str, Tensor]:
        """One member's weights and buffers, copied, by name."""
        if not self._stacked:
            return {name: w.detach().clone() for name, w in self._network.state_dict().items()}
        return {
            name: _transposed(values.detach())[member].clone()
            for name, values in self._parameters.items()
        }

    def tensors(self) -> dict[str, Tensor]:
        """Weights and buffers of all members as they lie here, by name, not copied."""
        return dict(self._parameters) | dict(self._network.named_buffers())

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what :meth:`tensors` gave, of all members or of those that were left."""
        for name, tensor in self.tensors().items():
            # Not the memory of the file: rounding can depend on how memory is aligned.
            tensor.data = tensors[name].to(tensor.device, copy=True)

    def keep(self, members: Sequence[int], optimizer: torch.optim.Optimizer) -> None:
        """Drop all other members, here and in the optimiser's momentum, in place."""
        for values in self._parameters.values():
            chosen = torch.tensor(members, device=values.device)
            momentum = optimizer.state[values].get("momentum_buffer")
            if momentum is not None:
                optimizer.state[values]["momentum_buffer"] = momentum[chosen]
            values.grad = None
            values.data = values.data[chosen]

    def refresh_batch_norm(self, batches: Sequence[Tensor]) -> None:
        """Recompute running statistics over these images; nothing where there are none.

        Args:
            batches: Images, each N×C×H×W.
        """
        if has_batch_norm(self._network):
            torch.optim.swa_utils.update_bn(batches, self._network)


def _transposed(stacked: Tensor) -> Tensor:
    return stacked.mT if stacked.dim() == 3 else stacked
