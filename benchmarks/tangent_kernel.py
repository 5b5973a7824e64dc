"""What the neural tangent kernel foretells, and where it is wrong.

Two-layer rectifier networks on inputs that are uniform on the unit sphere, labelled by the side of
a random hyperplane ("true") or by fair coins ("random"). Gradient descent takes steps of
1 / (largest eigenvalue of the kernel). Errors are relative, means over four starts.

    python benchmarks/tangent_kernel.py
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

import saddlesim as ss
from saddlesim.tables import text_table

STARTS = 4


def widths() -> Iterator[list[str]]:
    yield ["width", "error of H(0)", "error times sqrt(width)"]
    for width in (256, 1024, 4096, 16_384):
        f = ss.TwoLayerReLU.random(20, samples=50, width=width)
        H = f.infinite_width_gram()
        starts = ss.Gaussian(1.0).sample(f, trials=STARTS)
        error = np.mean([np.linalg.norm(f.gram(x) - H) for x in starts]) / np.linalg.norm(H)
        yield [f"{width:,}", f"{error:.4f}", f"{error * math.sqrt(width):.2f}"]


def starts() -> Iterator[list[str]]:
    counts = (10, 30, 100)
    yield ["width", "scale of the start", *(f"error after {k} steps" for k in counts)]
    for width in (1000, 4000, 16_000):
        f = ss.TwoLayerReLU.random(20, samples=50, width=width, labels="teacher")
        step = 1 / np.linalg.norm(f.infinite_width_gram(), 2)
        for scale in (1.0, 0.1, 0.01):
            start = ss.SymmetrizedGaussian(scale)
            foretold = [
                ss.kernel.predicted_residual(f.gram(x), f.predictions(x), f.y, counts, step)
                for x in start.sample(f, trials=STARTS)
            ]
            errors = []
            for at, k in enumerate(counts):
                run = ss.escape_times(
                    f,
                    ss.GradientDescent(step),
                    initial=start,
                    escape=ss.ValueBelow(1e-300),
                    trials=STARTS,
                    max_steps=k,
                    record=("points",),
                )
                pairs = zip(run.points, foretold, strict=True)
                lost = [
                    np.linalg.norm(f.predictions(x) - f.y - r[at]) / np.linalg.norm(r[at])
                    for x, r in pairs
                ]
                errors.append(f"{np.mean(lost):.3f}")
            yield [f"{width:,}", f"{scale:g}", *errors]


def labels() -> Iterator[list[str]]:
    yield ["labels", "complexity", "deviations below chance", "f falls to", "foretold", "taken"]
    for kind in ("teacher", "random"):
        f = ss.TwoLayerReLU.random(10, samples=200, width=8000, labels=kind)
        H = f.infinite_width_gram()
        step = 1 / np.linalg.norm(H, 2)
        complexity, law = ss.kernel.label_complexity(H, f.y), ss.kernel.random_label_law(H)
        deviations = (law.mean - complexity**2 * len(f.y) / 2) / math.sqrt(law.variance)
        for share in (0.5, 0.1, 0.01):
            level = share * (f.y @ f.y) / 2
            times = ss.escape_times(
                f, ss.GradientDescent(step), escape=ss.ValueBelow(level), trials=STARTS
            )
            yield [
                "true" if kind == "teacher" else kind,
                f"{complexity:.2f}",
                f"{deviations:.1f}",
                f"{share:.0%}",
                f"{ss.kernel.steps_to(H, 0 * f.y, f.y, level, step):,}",
                f"{times.median().value:,.0f}",
            ]


def main() -> None:
    for title, rows in (
        ("The Gram matrix at N(0, 1) weights against infinite width", widths()),
        ("Outputs against (I - step H(0))^k, true labels", starts()),
        ("Steps to a level, n = 200, d = 10, width 8,000", labels()),
    ):
        print(f"{title}\n\n{text_table(list(rows))}\n")


if __name__ == "__main__":
    main()
