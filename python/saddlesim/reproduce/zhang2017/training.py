"""A two-layer ReLU network on digits and on points of the sphere, true labels and random ones."""

from __future__ import annotations

import math

from saddlesim.reproduce.finding import CONFIDENCE, Claim, Effort, Finding, Section, within
from saddlesim.statistics import Estimate
from saddlesim.wide import against_random_labels, digits
from saddlesim.wide.data import teacher
from saddlesim.wide.plot import drawn

__all__ = ["section"]


def section(effort: Effort) -> Section:
    """Train on both labellings of both data sets."""
    width = effort.trials(4096, 2048)
    steps = effort.trials(1000, 400)
    claims, pictures, tables = [], {}, {}
    for name, (X, y) in {
        "digits": digits(effort.trials(500, 200)),
        "sphere": teacher(100, 20, effort.seed),
    }.items():
        found = against_random_labels(
            X, y, width=width, steps=steps, seed=effort.seed, threads=effort.threads
        )
        rows = {row["labels"]: row for row in found.table()}
        true, random = (rows[label]["fitted_at"] for label in ("true", "random"))
        claims.append(
            Claim(
                f"{len(y)} {name}, width {width:,}: zero training error on either labels, later on "
                "random ones, and when the Gram matrix of infinite width says",
                "Zhang et al. (2017), section 2; Arora et al. (2019), Theorem 4.1",
                (
                    *(
                        Finding(
                            f"training error, {label} labels, after {steps:,} steps",
                            (0.0, 0.0),
                            within(row["training_error"], 0.0),
                        )
                        for label, row in rows.items()
                    ),
                    Finding(
                        "steps until random labels are fitted, over those for true ones",
                        (1.5, math.inf),
                        Estimate(random / true, random / true, random / true, CONFIDENCE),
                    ),
                    *(
                        Finding(
                            f"steps until {label} labels are fitted, over those predicted",
                            (0.5, 2.0),
                            within(row["fitted_at"] / row["predicted_fitted_at"], 0.0),
                        )
                        for label, row in rows.items()
                    ),
                ),
            )
        )
        pictures[name] = drawn(found, "labels")
        tables[name] = found.table()
    return Section(claims=tuple(claims), tables=tables, pictures=pictures)
