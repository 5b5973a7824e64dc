"""Study files: what they may say, what that makes, and what is said of mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import saddlesim as ss
from saddlesim.cli import choices, families
from saddlesim.cli.study_file import read_study
from saddlesim.cli.study_template import template
from saddlesim.study import Precision, Study

SMALL = 'landscape = "octopus"\ndims = [2, 3]\nmethods = ["gd"]\n'


def read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ValueError, match=r"study\.toml: ") as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_a_file_is_the_study_that_python_makes(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        landscape = "matrix-factorization"
        dims = [6, 4]
        methods = [
            "gd",
            {name = "pgd", step_size = 0.01, min_interval = 5},
            {class = "NoisyGradientDescent", step_size = 0.02, noise_scale = 0.1, label = "n"},
        ]
        trials = 70
        seed = 5
        block = 30
        max_steps = 500
        record = ["points"]
        dtype = "float32"
        until = {relative = 0.1, quantity = 0.9}
        initial = {class = "Ball", radius = 0.5}
        escape = {class = "GradientBelow", level = 0.125}
        set = {rank = 2}
        """,
    )

    def pgd(f: ss.Landscape) -> ss.Method:
        rule = choices.methods(["pgd"], 0.01)["PGD"](f)
        assert isinstance(rule, ss.PerturbedGradientDescent)
        return ss.PerturbedGradientDescent(0.01, rule.radius, rule.gradient_threshold, 5)

    expected = Study(
        ss.MatrixFactorization,
        dims=[4, 6],
        methods={
            "GD": choices.methods(["gd"], None)["GD"],
            "PGD": pgd,
            "n": ss.NoisyGradientDescent(step_size=0.02, noise_scale=0.1),
        },
        trials=70,
        seed=5,
        max_steps=500,
        record=["points"],
        dtype="float32",
        initial=ss.Ball(radius=0.5),
        escape=ss.GradientBelow(0.125),
        rank=2,
    )
    assert found.study.hash == expected.hash
    assert found.study.trials == range(70)
    assert found.study.block == 30
    assert found.until == Precision(0.1, quantity=0.9)


def test_other_things_vary_too(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'landscape = "octopus"\ndim = 3\nmethods = ["gd"]\nmax_steps = "none"\nuntil = 0.05\n'
        "vary = {step_size = [0.25, 0.125], L = [1.0, 2.0]}",
    )
    assert found.study.axes == {"step_size": (0.125, 0.25), "L": (1.0, 2.0)}
    assert {cell.landscape.dim for cell in found.study.cells} == {3}
    assert found.study.policy["max_steps"] is None
    assert found.until == Precision(0.05)
    assert read(tmp_path, SMALL.replace("[2, 3]", '"2:6:2"')).study.axes == {"dim": (2, 4, 6)}


@pytest.mark.parametrize("name", families.FAMILIES)
def test_the_template_of_every_landscape_is_a_study(name: str, tmp_path: Path) -> None:
    text = template(name)
    found = read(tmp_path, text)
    assert {type(cell.landscape) for cell in found.study.cells} == {families.FAMILIES[name]}
    assert len(text.splitlines()) < 80
    assert max(map(len, text.splitlines())) <= 100


def test_what_the_template_has_in_comments_may_be_set(tmp_path: Path) -> None:
    # Each commented line with a key, one at a time, in the place of whatever else has that key.
    lines = template("octopus").splitlines()
    tried = set()
    for number, line in enumerate(lines):
        shown = re.fullmatch(r"# (\w+) = (.*)", line)
        if shown is not None:
            changed = [*lines[:number], line.removeprefix("# "), *lines[number + 1 :]]
            read(tmp_path, "\n".join(changed))
            tried.add(shown[1])
    known = {"until", "max_steps", "block", "arithmetic", "dtype", "record", "initial", "escape"}
    assert tried == known | {"L", "gamma", "tau", "step_size"}
    methods = re.findall(r"\{[^{}]*\}", "\n".join(lines).split("methods = ")[0])
    assert len(methods) == 2
    read(tmp_path, SMALL.replace('"gd"', ", ".join(['"gd"', *methods])))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("landscape = octopus", "it is no TOML: "),
        ("dims = [2]", 'it has no landscape; add landscape = ..., a name that `saddlesim landsc'),
        ('landscape = "octopus"\ndims = [2]', 'it has no methods; add methods = ..., a list such'),
        (SMALL + "trails = 5", "got 'trails'; did you mean 'trials'?"),
        (SMALL + 'trials = "many"', "trials must be a whole number, such as 1000, got 'many'"),
        (SMALL + "trials = true", "trials must be a whole number, such as 1000, got True"),
        (SMALL + "trials = 0", "trials must be"),
        (SMALL + 'max_steps = "never"', "max_steps must be one of 'auto', 'none', got 'never'"),
        (SMALL + 'arithmetic = "exactly"', "did you mean 'exact'?"),
        (SMALL + 'record = ["point"]', "got 'point'; did you mean 'points'?"),
        (SMALL + 'dtype = "float16"', "dtype must be one of 'float64', 'float32', got 'float16'"),
        (SMALL + "until = {relativ = 0.1}", "a key of until must be one of 'relative', 'quant"),
        (SMALL + "until = {most = 7}", "until has no relative, got {'most': 7}; add rel"),
        (SMALL + "until = -1", "relative must be a positive number and finite, got -1"),
        (SMALL + "set = {l = 1}", "set has l = 1, which is no parameter of octopus: it has L"),
        (SMALL + "dim = 3", "dim and dims must not both be there, got 3 and [2, 3]; leave out"),
        (SMALL + "vary = {width = [2]}", "vary has 'width', which is a parameter neither of the"),
        (SMALL + "vary = {L = [1.0]}\nset = {L = 1.0}", "vary has 'L', which is given as L=1.0"),
        (SMALL + "initial = {}", "initial class must be one of 'At', 'Ball', "),
        (SMALL + 'initial = {class = "Ball"}', "initial must have the radius of Ball; add radius"),
        (SMALL + 'escape = {class = "Ball"}', "escape class must be one of 'GradientBelow', "),
        (SMALL.replace("octopus", "octopuss"), "got 'octopuss'; did you mean 'octopus'?"),
        (SMALL.replace("octopus", "matrix-sensing"), "needs its rank; add for example rank = 2 to"),
        (SMALL.replace("octopus", "small-data"), "dims must be left out on small-data, which has"),
        (SMALL.replace("[2, 3]", "[2, 2]"), "dims must differ, but 2 occurs twice"),
        (SMALL.replace("[2, 3]", '"6:2"'), "dims must go up from a dimension of at least 1"),
        (SMALL.replace("dims = [2, 3]", ""), 'neither dims nor vary; add dims = "2:6"'),
        (
            SMALL.replace("dims = [2, 3]", "vary = {L = [1.0]}"),
            "it has neither dim nor dims; add dim = 6",
        ),
        (SMALL.replace('["gd"]', '"gd"'), 'methods must be a list such as ["gd", "pgd"], got'),
        (SMALL.replace('["gd"]', "[]"), 'methods must have at least one method, got []; write'),
        (SMALL.replace('"gd"', "3"), "methods entry 1 must have either a name or a class, got"),
        (SMALL.replace('"gd"', '"gd", "pdg"'), "entry 2 name must be one of 'gd', 'pgd', "),
        (SMALL.replace('"gd"', '"gd", "gd"'), "but 'GD' occurs twice; add for example la"),
        (SMALL.replace('"gd"', '{name = "gd", radius = 1}'), "entry 1 has radius = 1, which Grad"),
        (SMALL.replace('"gd"', '{name = "gd", label = 3}'), 'label must be a text such as "noi'),
        (
            SMALL.replace('"gd"', '{class = "GradientDescent"}'),
            "methods entry 1 must have the step_size of GradientDescent; add step_size = ... to",
        ),
        (
            SMALL.replace('"gd"', '{class = "GradientDescent", step_size = -1.0}'),
            "step_size must be a positive number",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named(text: str, message: str, tmp_path: Path) -> None:
    assert message in refusal(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no such file; write one with: saddlesim st"):
        read_study(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="it cannot be read: Is a directory"):
        read_study(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    with pytest.raises(ValueError, match="it is not UTF-8 text; save it as that"):
        read_study(tmp_path / "latin.toml")
