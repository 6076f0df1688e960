"""The operator norm of a linear layer."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, svds
from torch import Tensor
from torch.func import vjp

from rethinking.measures.helpers.metric import Function

# With fewer outputs or inputs the matrix is computed: Lanczos needs room for its basis.
SMALL = 32
# The tolerance of the residual. svds squares it, so the singular value is right to float32. With a
# smaller one, svds fails if many singular values are equal.
TOLERANCE = 1e-3


def operator_norm(linear: Function, shape: tuple[int, ...], device: torch.device) -> float:
    """The largest singular value of a linear map of 1×shape inputs, with its padding and stride.

    It needs products with the map and, by automatic differentiation, with its transpose only
    (Scaman & Virmaux, 2018, §3). They go to the Lanczos iteration of ARPACK, which converges where
    their power iteration stalls at close singular values. The singular values of the kernel as a
    matrix are other numbers; the FFT of Sedghi et al. (2019) holds for circular padding only.
    """
    zero = torch.zeros(1, *shape, device=device)
    image, transposed, *_ = vjp(linear, zero)
    inputs, outputs = zero.numel(), image.numel()
    noise = torch.randn(zero.shape, generator=torch.Generator().manual_seed(0)).to(device)
    if not linear(noise).any():
        return 0.0
    if min(inputs, outputs) <= SMALL:
        return _dense_norm(linear, zero, transposed, image)

    def tensor(vector: NDArray[np.float32], like: Tensor) -> Tensor:
        return torch.from_numpy(vector.astype(np.float32)).to(device).reshape(like.shape)

    def array(result: Tensor) -> NDArray[np.float32]:
        flat: NDArray[np.float32] = result.detach().flatten().cpu().numpy()
        return flat

    def product(vector: NDArray[np.float32]) -> NDArray[np.float32]:
        return array(linear(tensor(vector, zero)))

    def transposed_product(vector: NDArray[np.float32]) -> NDArray[np.float32]:
        return array(transposed(tensor(vector, image))[0])

    operator = LinearOperator(
        (outputs, inputs), matvec=product, rmatvec=transposed_product, dtype=np.float32
    )
    start = np.random.default_rng(0).standard_normal(min(inputs, outputs)).astype(np.float32)
    return float(svds(operator, k=1, v0=start, return_singular_vectors=False, tol=TOLERANCE)[0])


def _dense_norm(linear: Function, zero: Tensor, transposed: Function, image: Tensor) -> float:
    if image.numel() <= zero.numel():
        units = torch.eye(image.numel(), device=zero.device).reshape(-1, *image.shape)
        rows = torch.vmap(lambda unit: transposed(unit)[0])(units)
    else:
        units = torch.eye(zero.numel(), device=zero.device).reshape(-1, *zero.shape[1:])
        rows = linear(units)
    return float(torch.linalg.matrix_norm(rows.detach().flatten(start_dim=1), ord=2))
