"""The radial spectra of functions on planes through three training images."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.profiles import draw_profiles
from rethinking.figures.helpers.style import Style
from rethinking.figures.path_spectra import on_frequencies


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw energy density in two dimensions against frequency, with 95 % bands over seeds.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        style: Sizes.
        labels: What to call models and references.
    """
    figure, panels = draw_profiles(table, "plane_spectrum", 1, style, labels)
    on_frequencies(figure, panels[0], style)
    figure.supylabel("energy density (logit variance / frequency$^2$)", fontsize=style.font_size)
    return figure
