"""Draws curves of cost against size, as SVG for the documents."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

# The same figures make the same file, with text that stays text.
mpl.rcParams |= {
    "svg.hashsalt": "osmtalk",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
}

Curve = Sequence[tuple[float, float]]


def draw(
    path: Path, title: str, axes: tuple[str, str], curves: Mapping[str, Curve]
) -> None:
    """Save a log-log plot of ``curves``, each a list of (size, cost), as SVG.

    ``axes`` are the labels of x and y.
    """
    figure, plot = plt.subplots(figsize=(7.2, 4.0), layout="constrained")
    for label, points in curves.items():
        plot.plot(*zip(*points, strict=True), marker="o", markersize=4, label=label)
    plot.set(xscale="log", yscale="log", title=title, xlabel=axes[0], ylabel=axes[1])
    plot.grid(visible=True, which="major", alpha=0.35)
    plot.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
