"""Labels of logarithmic axes: plain numbers where these are short, powers of ten elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import LogFormatterSciNotation

if TYPE_CHECKING:
    from matplotlib.axis import Axis

__all__ = ["PlainLogFormatter", "label_plainly"]

_SMALLEST, _LARGEST = 0.01, 1e7


class PlainLogFormatter(LogFormatterSciNotation):
    """Write 30 and 1,000 in the place of 3 x 10^1 and 10^3, if all that the axis shows is short."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label, which is empty where matplotlib would leave the tick without one."""
        text = super().__call__(x, pos)
        low, high = sorted(self.axis.get_view_interval()) if self.axis is not None else (x, x)
        return f"{x:,.9g}" if text and low >= _SMALLEST and high < _LARGEST else text


def label_plainly(*axes: Axis) -> None:
    """Write plain numbers along logarithmic axes, and between powers of ten if these are few."""
    for axis in axes:
        axis.set_major_formatter(PlainLogFormatter())
        axis.set_minor_formatter(PlainLogFormatter(minor_thresholds=(1, 0.4)))
