"""Networks of every architecture: module of `rethinking.models`, options, shape of an image."""

CASES = [
    ("mlp", {"hidden": [512, 512, 512]}, (1, 8, 8)),
    ("mlp", {"hidden": [7]}, (3, 5, 4)),
    ("inception", {"width_factor": 0.125}, (1, 8, 8)),
    ("inception", {"width_factor": 0.25, "batch_norm": False}, (3, 28, 28)),
    ("alexnet", {"width_factor": 0.25}, (1, 8, 8)),
    ("alexnet", {}, (3, 28, 28)),
    ("vgg11", {"width_factor": 0.125, "pools": 2}, (1, 8, 8)),
    ("vgg11", {"width_factor": 0.25, "pools": 5, "batch_norm": True}, (3, 32, 32)),
    ("resnet18", {"width_factor": 0.125}, (1, 8, 8)),
    ("resnet18", {"width_factor": 0.25}, (3, 32, 32)),
]
