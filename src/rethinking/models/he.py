"""He initialisation (He et al., 2015, "Delving deep into rectifiers", equation 10)."""

from torch import nn


def he_initialise(network: nn.Module) -> nn.Module:
    """Draw all weights from N(0, 2 / fan-in) and set all biases to 0, in place; return the network.

    This keeps the variance of the activations from layer to layer. Otherwise deep networks without
    normalisation do not start to learn.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network
