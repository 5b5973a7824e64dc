r"""
Exit time from a quadratic saddle
=================================

**Claim.** At a quadratic saddle with eigenvalue :math:`-\gamma` the escaping coordinate grows by
:math:`a = 1 + \eta\gamma` a step. From a uniform start in :math:`[-1, 1]^d` the exit time has the
law :math:`P(T > t) = a^{-t}`, whatever the dimension. From a kick, uniform in a ball of radius
:math:`\rho` about the saddle, dimension enters by half its logarithm:

.. math:: T \approx \frac{\ln(r / \rho) + \frac12 \ln d}{\ln a}.

**Source.** The kick is that of Jin, Ge, Netrapalli, Kakade and Jordan, *How to escape saddle points
efficiently*, ICML 2017; the laws follow from the linear dynamics at the saddle, exactly.

In full: ``saddlesim reproduce exit_law``.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import beta

import saddlesim as ss


def exact(d):  # the square of a coordinate of a uniform point in a ball has a beta law
    return np.ceil(np.log(10 / np.sqrt(beta.median(1 / 2, (d + 1) / 2))) / np.log(1.1))


setting = {"methods": {"kick of radius 0.1": ss.GradientDescent(0.1)}, "rotated": False}
result = ss.escape_time_vs_dimension(
    ss.QuadraticSaddle, dims=(2, 10, 100, 1_000, 10_000), initial=ss.Ball(0.1), **setting
)
result.plot(expected=exact).set_yscale("linear")
plt.show()

# %%
# Medians, exact and measured, and beside them the mean from a cube, :math:`a / (a - 1)`. Intervals
# hold 99.9 %.

from saddlesim.reproduce import Claim, Finding

f, start = ss.QuadraticSaddle([-1.0] + 9 * [1.0]), ss.Uniform(-1, 1)
cube = ss.escape_times(f, ss.GradientDescent(0.1), initial=start, trials=20_000)
findings = [
    Finding(f"median after a kick, d = {d:,}", exact(d), times.median(confidence=0.999))
    for (_, d), times in result.cells.items()
]
findings.append(Finding("mean from a cube, d = 10", 1.1 / 0.1, cube.mean(confidence=0.999)))
Claim("Exit times are those of the linear dynamics", "the laws above", findings)

# %%
# From the cube the whole law is a straight line on a logarithmic axis:

cube.plot(expected=lambda t: 1.1**-t, label="measured, 20,000 trajectories")
plt.gca().set(xscale="linear", yscale="log", xlim=(0, 99), ylim=(1e-4, 1.2))
plt.show()
