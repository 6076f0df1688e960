"""Networks of one architecture that train together as one batched program."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import stack_module_state

from rethinking.training.networks import has_convolutions, refresh_batch_norm

# Layers of perceptrons, which stacked members compute one after the other.
PLAIN_LAYERS = (nn.Flatten, nn.Linear, nn.ReLU, nn.Dropout)


def can_stack(network: nn.Module) -> bool:
    """Whether networks of this architecture train together: perceptrons, whose products batch.

    Stacked convolutions would be grouped ones, which take as long as one network after the other
    (on a CPU, up to half as long again).
    """
    return isinstance(network, nn.Sequential) and all(
        isinstance(layer, PLAIN_LAYERS) for layer in network
    )


class Members:
    """Networks of one architecture that compute as one batched program.

    Several members, which must be perceptrons, are stacked along a new first axis of every weight
    and computed layer by layer. A single member runs as it is, so that its BatchNorm works and its
    convolutions stay fast; these compute in ``channels_last``, which was the faster layout in most
    trials on a CPU.

    Args:
        networks: At least one; several only where :func:`can_stack` says so.
        compiled: Whether training steps are compiled, for the shape of the first one; others,
            which are few (the last batch of an epoch, and all after a member has left), are not.
            On a GPU each then is one CUDA graph forwards and one backwards.
    """

    def __init__(self, networks: Sequence[nn.Module], compiled: bool = False) -> None:
        self._network = networks[0]
        self._stacked = len(networks) > 1
        self._layout = torch.contiguous_format
        if not self._stacked and has_convolutions(self._network):
            self._layout = torch.channels_last
            self._network.to(memory_format=self._layout)
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
        self._shape: torch.Size | None = None
        self._compiled: Callable[[Tensor], Tensor] | None = None
        if compiled:
            # Torch compiles a function for few networks only, and keeps the memory of all of them;
            # those before this one are done. What it has compiled once it finds again on disk.
            torch.compiler.reset()
            self._compiled = torch.compile(self._forward, dynamic=False, mode="reduce-overhead")

    def __call__(self, images: Tensor) -> Tensor:
        """Map members×N×C×H×W to logits, members×N×classes."""
        if self._compiled is None or not self._network.training:
            return self._forward(images)
        self._shape = self._shape or images.shape
        if images.shape != self._shape:
            return self._forward(images)
        torch.compiler.cudagraph_mark_step_begin()
        logits: Tensor = self._compiled(images)
        return logits

    def _forward(self, images: Tensor) -> Tensor:
        if not self._stacked:
            logits: Tensor = self._network(images[0].contiguous(memory_format=self._layout))
            return logits[None]
        hidden = images.flatten(start_dim=2)
        for name, layer in self._network.named_children():
            if isinstance(layer, nn.Linear):
                weights, bias = (self._parameters[f"{name}.{of}"] for of in ("weight", "bias"))
                hidden = torch.baddbmm(bias[:, None], hidden, weights)
            elif not isinstance(layer, nn.Flatten):
                hidden = layer(hidden)
        return hidden

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
            saved = tensors[name].to(tensor.device)
            # Not the memory of the file: rounding can depend on how memory lies and is aligned.
            own = tensor if tensor.shape == saved.shape else saved  # some members have left
            tensor.data = torch.empty_like(own).copy_(saved)

    def keep(self, members: Sequence[int], optimizer: torch.optim.Optimizer) -> None:
        """Drop all other members, here and in the optimiser's state, in place."""
        for values in self._parameters.values():
            chosen = torch.tensor(members, device=values.device)
            for key, kept in optimizer.state[values].items():
                if isinstance(kept, Tensor) and kept.shape == values.shape:
                    optimizer.state[values][key] = kept[chosen]
            values.grad = None
            values.data = values.data[chosen]

    def refresh_batch_norm(self, images: Tensor) -> None:
        """Recompute BatchNorm's running statistics over images N×C×H×W, where there are any."""
        refresh_batch_norm(self._network, images, self._layout)


def _transposed(stacked: Tensor) -> Tensor:
    return stacked.mT if stacked.dim() == 3 else stacked
