"""Make networks by name, and run several of one architecture as one program."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.modules.batchnorm import _BatchNorm

from rethinking.errors import InputError
from rethinking.seeds import derive_seed

# Layers of perceptrons, which stacked members compute one by one.
PLAIN_LAYERS = (nn.Flatten, nn.Linear, nn.ReLU, nn.Dropout)


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
    """Whether networks of this architecture train together: where they can, and it is faster.

    They can if they keep nothing but parameters. Stacked convolutions would be grouped ones, which
    take as long as one network after the other (on a CPU, up to half as long again).
    """
    return next(network.buffers(), None) is None and not has_convolutions(network)


def has_convolutions(network: nn.Module) -> bool:
    """Whether a network looks at images through convolutions."""
    return any(isinstance(module, nn.Conv2d) for module in network.modules())


def check_network(network: Any, shape: tuple[int, int, int], classes: int, name: str) -> None:
    """Refuse a network that cannot take such images, before any is trained.

    Args:
        network: As it was built.
        shape: Channels, height and width of an image.
        classes: How many logits it must give.
        name: What to call it.

    Raises:
        InputError: It is no network, gives something else than a logit for each class, or fails on
            such images, as one does that halves them too often.
    """
    if not isinstance(network, nn.Module):
        raise InputError(f"{name}: its build gave {network!r:.60}; give a torch.nn.Module")
    mode = network.training
    try:
        with torch.no_grad():
            logits = network.train(False)(torch.zeros(2, *shape))
    except (RuntimeError, ValueError) as error:
        size = "×".join(map(str, shape))
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"{name}: cannot take images of {size} ({reason}); "
            "give it fewer layers or larger images"
        ) from error
    finally:
        network.train(mode)
    if not isinstance(logits, Tensor) or logits.shape != (2, classes):
        given = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise InputError(
            f"{name}: gives {given} for 2 images; give a logit for each class, (2, {classes})"
        )


class Members:
    """Networks of one architecture that compute as one batched program.

    Several members are stacked along a new first axis of every weight and run under ``vmap``; a
    single member runs as it is, so that its BatchNorm works and its convolutions stay fast. (Layer
    by layer where there are linear layers, ReLU and dropout only, which takes less time.)
    Convolutions compute in ``channels_last``, which was the faster layout in most trials on a
    CPU.

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
        self._forward_all = vmap(self._forward_one, randomness="different")
        self._shape: torch.Size | None = None
        self._compiled: Callable[[Tensor], Tensor] | None = None
        if compiled:
            # Torch compiles a function for few networks only, and keeps the memory of all of them;
            # those before this one are done. What it has compiled once it finds again on disk.
            torch.compiler.reset()
            self._compiled = torch.compile(self._forward, dynamic=False, mode="reduce-overhead")
        self._plain = isinstance(self._network, nn.Sequential) and all(
            isinstance(layer, PLAIN_LAYERS) for layer in self._network
        )

    def _forward_one(self, weights: dict[str, Tensor], images: Tensor) -> Tensor:
        logits: Tensor = functional_call(self._network, weights, (images,))
        return logits

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
        if self._plain:
            return self._layer_by_layer(images)
        weights = {name: _transposed(values) for name, values in self._parameters.items()}
        return self._forward_all(weights, images)

    def _layer_by_layer(self, images: Tensor) -> Tensor:
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

    def refresh_batch_norm(self, batches: Sequence[Tensor]) -> None:
        """Recompute running statistics over these images; nothing where there are none.

        Args:
            batches: Images, each N×C×H×W.
        """
        if has_batch_norm(self._network):
            laid_out = (batch.contiguous(memory_format=self._layout) for batch in batches)
            torch.optim.swa_utils.update_bn(laid_out, self._network)


def _transposed(stacked: Tensor) -> Tensor:
    return stacked.mT if stacked.dim() == 3 else stacked
