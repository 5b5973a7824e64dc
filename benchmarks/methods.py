"""Methods ranked by the gradients that escaping costs them, from the same starts.

The octopus, whose saddles come one after the other; matrix sensing and completion, which leave one
saddle for a minimum. Settings are those of the command line, by the scales of each landscape.
`saddlesim compare` does the same for any landscape.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import saddlesim as ss
from saddlesim.cli import choices

METHODS = ["gd", "pgd", "pagd", "ncd", "heavyball", "nesterov", "langevin", "noisy"]
LANDSCAPES = {
    "octopus-5": ss.Octopus(5),
    "octopus-20": ss.Octopus(20),
    "matrix-sensing": ss.MatrixSensing.random(20, 2, seed=0),
    "matrix-completion": ss.MatrixCompletion.random(20, 2, seed=0),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--trials", type=int, default=1000, help="starts a landscape")
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    parser.add_argument("--threads", type=int, help="threads; None is all that it may use")
    parser.add_argument(
        "--cost", default="gradient_evaluations", help="what counts; or evaluations, all together"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for pictures")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if args.output is not None:
        args.output.mkdir(parents=True, exist_ok=True)
    for name, landscape in LANDSCAPES.items():
        result = ss.compare(
            landscape,
            choices.methods(METHODS, step_size=None),
            trials=args.trials,
            seed=args.seed,
            threads=args.threads,
            cost=args.cost,
            progress=True,
        )
        print(f"{result}\n")
        if args.output is not None:
            from matplotlib.figure import Figure

            figure = Figure(figsize=(11, 4.5), layout="constrained")
            result.plot(list(figure.subplots(1, 2)))
            figure.suptitle(f"Cost of escape: {name}", fontsize="medium")
            figure.savefig(args.output / f"{name}.png", dpi=150)
            print(f"picture: {args.output / name}.png\n")


if __name__ == "__main__":
    main()
