"""The plot of the load figures; it needs matplotlib, of the dependency group ``bench``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = {
    "cpu": "CPU time per response in µs",
    "rate": "requests per second",
    "p50": "time of a response in ms: median, and 99 %",
}
_COLORS = ("#0b3d91", "#4f7fd0", "#9dbcf0", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#9a9a9a")


def draw(figures: Mapping[str, Any], folder: Path) -> None:
    """Write figures.svg and figures.png into a folder: processor time, rate and latency."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        print("no plots: they need matplotlib, pip install matplotlib", file=sys.stderr)
        return
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "", "font.size": 9})
    figure = Figure(figsize=(8, 10), layout="constrained")
    panels = figure.subplots(len(_PANELS), 1)
    for axes, (name, title) in zip(panels, _PANELS.items(), strict=True):
        _draw_panel(axes, figures, name)
        axes.set_title(title, loc="left")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    for kind in ("svg", "png"):
        metadata = {"Date": None} if kind == "svg" else {}
        figure.savefig(folder / f"figures.{kind}", metadata=metadata, dpi=100)


def _draw_panel(axes: Axes, figures: Mapping[str, Any], name: str) -> None:
    """Draw a group of bars for each size, and a bar for each server."""
    sizes = figures["load"]
    width = 0.8 / len(figures["versions"])
    for number, (server, color) in enumerate(zip(figures["versions"], _COLORS, strict=False)):
        places, heights, more = [], [], []
        for group, size in enumerate(sizes.values()):
            if measured := size["servers"].get(server):
                places.append(group + width * (number + 0.5) - 0.4)
                heights.append(median(measured[name]))
                more.append(median(measured["p99"]) - heights[-1])
        axes.bar(places, heights, width * 0.9, label=server, color=color)
        if name == "p50":
            none = [0.0] * len(more)
            axes.errorbar(places, heights, [none, more], fmt="none", ecolor="#333333", capsize=2)
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_xticks(range(len(sizes)), [f"{each['bytes']:,} bytes" for each in sizes.values()])
    axes.grid(axis="y", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
