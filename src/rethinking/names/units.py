"""What kind of number a metric is."""

# A share is in [0, 1] and printed in percent; ``seeds`` is an outcome that a seed has or not; a
# ratio is positive, and so is a size, of any magnitude; a signed number is of any magnitude too; a
# coefficient is in [-1, 1]; a change is a difference of two shares, printed in percentage points;
# rounding is a size that may be nothing but rounding, and another on each machine.
UNITS = {
    "train_accuracy": "share",
    "test_accuracy": "share",
    "interpolated": "seeds",
    "epochs": "epochs",
    "epochs_to_interpolate": "epochs",
    "best_test_accuracy": "share",
    "best_epoch": "epochs",
    "early_stopping_gain": "change",
    "train_accuracy_change": "change",
    "test_accuracy_change": "change",
    "relative_epochs": "ratio",
    "test_error_at_interpolation": "share",
    "margin_gradient": "size",
    "margin_gradient_tail": "size",
    "loss_gradient": "size",
    "loss_gradient_tail": "size",
    "jacobian_frobenius": "size",
    "jacobian_frobenius_tail": "size",
    "jacobian_spectral": "size",
    "jacobian_spectral_tail": "size",
    "lipschitz_lower": "size",
    "lipschitz_upper": "size",
    "path_norm_1": "size",
    "path_norm_2": "size",
    "spectral_norm": "size",
    "local_variation": "size",
    "flip_rate": "share",
    "neighbour_distance": "size",
    **{
        f"{kind}_energy_below_{cut_off}": "share"
        for kind in ("path", "plane")
        for cut_off in (1, 2, 4)
    },
    **{f"{kind}_centroid": "size" for kind in ("path", "plane", "image")},
    "path_spectrum": "size",
    "plane_spectrum": "size",
    "path_slope": "signed",
    "plane_slope": "signed",
    "margin": "signed",
    "margin_over_lipschitz_lower": "signed",
    "margin_over_lipschitz_upper": "signed",
    "margin_over_path_norm_1": "signed",
    "margin_over_path_norm_2": "signed",
    "plane_anisotropy": "share",
    "image_sensitivity": "size",
    "agreement": "share",
    "macro_recall": "share",
    "majority_rate": "share",
    "unmatched": "share",
    "kappa": "coefficient",
    "logit_correlation": "coefficient",
    "logit_distance": "size",
    "entropy": "size",
    "forced_lipschitz": "size",
    "steps": "size",
    "steps_to_fit": "size",
    "fit_error": "rounding",
    "gap": "size",
    "lipschitz": "size",
    "norm": "size",
    "residual": "rounding",
    "condition": "size",
    "iterations": "size",
    "distance_to_min_norm": "size",
    "final_distance_to_min_norm": "size",
}


def unit_of(metric: str) -> str:
    """A unit of :data:`UNITS`, or else ``number``."""
    return UNITS.get(metric, "number")
