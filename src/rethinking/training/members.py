"""Networks of one architecture that train together as one batched program."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import stack_module_state

from rethinking.training.networks import has_convolutions, refresh_batch_norm

# The layers of perceptrons, which :class:`Members` can compute for stacked weights.
PLAIN_LAYERS = (nn.Flatten, nn.Linear, nn.ReLU, nn.Dropout)


def can_stack(network: nn.Module) -> bool:
    """Whether networks of this architecture train together, as only perceptrons do.

    Stacked convolutions would be grouped convolutions, which take as long as one network after the
    other (on a CPU, up to half as long again). Stacked members have no buffers.
    """
    # A subclass of a layer may compute something else.
    return (
        type(network) is nn.Sequential
        and next(network.buffers(), None) is None
        and all(
            type(layer) in PLAIN_LAYERS and getattr(layer, "bias", layer) is not None
            for layer in network
        )
    )


class Members:
    """Networks of one architecture that compute as one batched program.

    Several members, which must be perceptrons (:func:`can_stack`), are stacked along a new first
    axis of every weight and computed layer by layer. A single member runs unchanged, so that its
    BatchNorm works and its convolutions stay fast, in the layout ``channels_last``, which was
    faster in most trials on a CPU.

    Training steps may be compiled, for the shape of the first step. Steps of other shapes, which
    are few (the last batch of an epoch, and all steps after a member has left), are not. On a GPU
    each compiled step is one CUDA graph forwards and one backwards.
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
            # Stacked matrices are stored transposed, as the gradients of batched products are:
            # otherwise every step would copy each gradient, which takes a third of its time.
            self._parameters = {
                name: nn.Parameter(_transposed(values.detach()).contiguous())
                for name, values in weights.items()
            }
        self._shape: torch.Size | None = None
        self._compiled: Callable[[Tensor], Tensor] | None = None
        if compiled:
            # Torch compiles a function for few networks only, and keeps the memory of all of them.
            # Earlier networks are done; their compiled code stays on disk.
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
        """The parameters for an optimiser, whose elementwise updates keep the members apart."""
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
        """Weights and buffers of all members, by name, not copied."""
        return dict(self._parameters) | dict(self._network.named_buffers())

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back the :meth:`tensors` of all members, or of those that were left."""
        for name, tensor in self.tensors().items():
            saved = tensors[name].to(tensor.device)
            # A copy, not the memory of the file: rounding can depend on layout and alignment.
            own = tensor if tensor.shape == saved.shape else saved  # some members have left
            tensor.data = torch.empty_like(own).copy_(saved)

    def keep(self, members: Sequence[int], optimizer: torch.optim.Optimizer) -> None:
        """Drop all other members, and their optimiser state, in place."""
        for values in self._parameters.values():
            chosen = torch.tensor(members, device=values.device)
            for key, kept in optimizer.state[values].items():
                if isinstance(kept, Tensor) and kept.shape == values.shape:
                    optimizer.state[values][key] = kept[chosen]
            values.grad = None
            values.data = values.data[chosen]

    def refresh_batch_norm(self, images: Tensor) -> None:
        """Recompute BatchNorm's running statistics, if any, over images N×C×H×W."""
        refresh_batch_norm(self._network, images, self._layout)


def _transposed(stacked: Tensor) -> Tensor:
    return stacked.mT if stacked.dim() == 3 else stacked
