"""Components that are wrong on purpose are caught, each by its rule, in words that name the cause."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.contracts import data, documentation, losses, metrics, models, optimizers, trainings, tricks
from bench.contracts.base import Check, Finding, Subject, findings, rule_of
from bench.contracts.verify import CHECKS, on_trial, rules, verify
from bench.new import write
from bench.plugins import KINDS

NOISE = "x + value(self.sigma, at.t) * at.rng.normal(x.shape)"
D_LOSS = "F.relu(self.margin - real_B).mean() + F.relu(self.margin + fake_B).mean()"
TARGETS = "targets = property(lambda self: (0.0, 1.0))"
STEP = "parameters_P - lr * velocity"
TO_BITS = "return Samples((made.x > 0).float(), made.priors, made.centres, made.sigma)"
UPDATE = "def update(self, players: object, log: object, batch: object, at: At) -> object:"
SCORE = "float(2.0 * between - within)"


def spoiled(folder: Path, kind: str, *changes: tuple[str, str]) -> Path:
    """The component that `ganbench new` writes, with these replacements in its source."""
    file, _ = write(kind, "spoiled", folder)
    text = file.read_text()
    for before, after in changes:
        assert text.count(before) == 1, f"{before!r} is there {text.count(before)} times"
        text = text.replace(before, after)
    file.write_text(text)
    return file


def found(file: Path, check: Check) -> Finding:
    with on_trial(file) as subject:
        (finding,) = findings(subject, [check])
    return finding


IMPORT = ("from torch import Tensor\n", "import torch\nfrom torch import Tensor\n")
BROKEN_TRICKS = {
    "not a number": (
        tricks.trains,
        "NaN or infinite in step 1; it acts at: inputs",
        [(NOISE, "x / 0.0 - x / 0.0")],
    ),
    "another shape": (
        tricks.trains,
        r"RuntimeError: .* shapes .*; it acts at: inputs; each point returns what it is given, in the same "
        r"shape \(gan/tricks/base.py\)$",
        [(NOISE, "x[:, :1]")],
    ),
    "another type": (
        tricks.trains,
        "Error: .*; it acts at: update; each point returns what it is given",
        [
            ("def inputs(self, x: Tensor, at: At) -> Tensor:", UPDATE),
            (f"return {NOISE}", "return players"),
        ],
    ),
    "not a number with a loss": (
        tricks.works_with_every_loss_on_points,
        "with the loss hinge its numbers are NaN or infinite in step 1",
        [(NOISE, "x / 0.0 - x / 0.0")],
    ),
    "its own randomness": (
        tricks.is_repeatable,
        "two trainings of the same run with the same seed end .* never from torch.randn",
        [IMPORT, (NOISE, "x + self.sigma * torch.randn(x.shape)")],
    ),
    "its own randomness in a cohort": (
        tricks.same_in_a_cohort,
        r"spoiled.py:\d+: it draws random numbers of its own, .* never from torch.randn",
        [IMPORT, (NOISE, "x + self.sigma * torch.randn(x.shape)")],
    ),
    "memory outside": (
        tricks.is_repeatable,
        "keep nothing outside `at.memory`",
        [
            ("@tree", "CALLS: list[int] = []\n\n\n@tree"),
            (NOISE, "x + self.sigma * (CALLS.append(1) or len(CALLS))"),
        ],
    ),
    "an if": (
        tricks.same_in_a_cohort,
        r"spoiled.py:\d+: an `if`.* choose with torch.where",
        [(NOISE, "x + self.sigma if x.mean() > 0 else x")],
    ),
    "a Python number": (
        tricks.same_in_a_cohort,
        r"spoiled.py:\d+: an `if`.* or `.item\(\)` asks for the value of a tensor",
        [(NOISE, "x + self.sigma * x.mean().item()")],
    ),
    "a loop over replicas": (
        tricks.is_vectorised,
        "has no batching rule",
        [IMPORT, (NOISE, "x + self.sigma * torch.bincount((x[:, 0] > 0).long(), minlength=2)[0]")],
    ),
    "not neutral": (
        tricks.neutral_knobs_do_nothing,
        "at sigma = 0.0 the weights are .* away from those without it",
        [("value(self.sigma, at.t) *", "(value(self.sigma, at.t) + 0.01) *")],
    ),
    "a no-op": (
        tricks.changes_something,
        "bit for bit those without it, .* what it does at inputs has no effect",
        [(NOISE, "x")],
    ),
    "nothing overridden": (
        tricks.changes_something,
        "it overrides no point of a step",
        [("def inputs(", "def input(")],
    ),
    "a curt refusal": (
        tricks.works_with_every_loss_on_points,
        "with the loss hinge it is declined with 'spoiled: no', which does not say what to change",
        [
            (
                "    def inputs(",
                "    def fits(self, setup: object) -> str | None:\n"
                '        return None if setup.loss.targets else "no"\n\n    def inputs(',
            )
        ],
    ),
    "fits nowhere": (
        tricks.trains,
        "`fits` declines every setup there is, with the reason: spoiled: no",
        [
            (
                "    def inputs(",
                '    def fits(self, setup: object) -> str | None:\n        return "no"\n\n    def inputs(',
            )
        ],
    ),
    "no reference": (
        documentation.has_a_reference,
        "no paragraph .* `Reference: `",
        [("Reference: ", "See ")],
    ),
    "no year": (documentation.has_a_reference, "has no year", [("Bottou 2017", "Bottou")]),
    "no number": (
        documentation.has_a_reference,
        "neither an arXiv number",
        [("arXiv:1701.04862", "in a book")],
    ),
    "no equation": (documentation.has_an_equation, "no indented line", [("    D(x)", "D(x)")]),
    "no sentence": (
        documentation.summary_is_a_sentence,
        "is no sentence",
        [("Gaussian noise of", "gaussian noise of")],
    ),
    "no range": (documentation.knobs_are_explained, "sigma has no smallest value", [("low=0.0, ", "")]),
    "no end": (documentation.knobs_are_explained, "sigma has no largest value", [(", high=2.0", "")]),
    "out of range": (
        documentation.knobs_are_explained,
        "default 0.1 is not within 0.5",
        [("low=0.0", "low=0.5")],
    ),
    "no unit": (documentation.knobs_are_explained, "sigma has no unit", [('"data units"', '""')]),
    "no meaning": (documentation.knobs_are_explained, "no sentence", [("from -1 to 1.", "from -1 to 1")]),
    "raises on import": (
        documentation.source_says_what_the_class_is,
        r"spoiled.py:\d+: ZeroDivisionError: division by zero",
        [("@tree", "1 / 0\n\n\n@tree")],
    ),
}
BROKEN = {
    "loss": {
        "wrong sign": (
            losses.pulls_to_the_right_side,
            "generator's loss moves generated samples' logits down or nowhere .* a sign is wrong",
            [("return -fake_B.mean()", "return fake_B.mean()")],
        ),
        "a sum": (
            losses.is_a_mean,
            "take the mean over the batch",
            [("return -fake_B.mean()", "return -fake_B.sum()")],
        ),
        "infinite far out": (
            losses.finite_far_out,
            "of the discriminator at logits of .* is inf; use softplus",
            [(D_LOSS, "(fake_B - real_B).exp().mean()")],
        ),
        "not one number": (losses.finite_far_out, r"has the shape \(4,\)", [("-fake_B.mean()", "-fake_B")]),
        "its own randomness": (
            losses.same_in_a_cohort,
            "it draws random numbers of its own",
            [IMPORT, ("-fake_B.mean()", "-(fake_B * torch.rand(fake_B.shape)).mean()")],
        ),
        "a place in the batch": (
            losses.is_blind_to_order,
            "generator's loss is .* of the same batch in another order",
            [("-fake_B.mean()", "-fake_B[0]")],
        ),
        "targets the wrong way round": (
            losses.targets_are_fixed,
            "its targets are 0.0 on real and 1.0 on generated samples",
            [("    def generator(", f"    {TARGETS}\n\n    def generator(")],
        ),
        "an if": (
            losses.knobs_differ_in_a_cohort,
            "choose with torch.where",
            [("-fake_B.mean()", "-fake_B.mean() if self.margin > 0 else fake_B.mean()")],
        ),
    },
    "optimizer": {
        "ascends": (optimizers.descends, "½ Σ c θ² goes from", [(STEP, "parameters_P + lr * velocity")]),
        "in place": (
            optimizers.keeps_shapes_and_types,
            "update changes parameters in place",
            [(STEP, "parameters_P.sub_(lr * velocity)")],
        ),
        "another type": (
            optimizers.keeps_shapes_and_types,
            "become .* torch.float64",
            [(STEP, "(parameters_P - lr * velocity).double()")],
        ),
        "its own rate": (
            optimizers.learning_rate_zero_moves_nothing,
            "parameters move by 0.1",
            [(STEP, "parameters_P - 0.01 * velocity")],
        ),
        "zero by zero": (
            optimizers.zero_gradients_are_finite,
            "is something divided by 0",
            [(STEP, "parameters_P - lr * velocity / velocity.norm()")],
        ),
    },
    "model": {
        "beyond the range": (
            models.makes_and_judges,
            "they end in tanh",
            [("torch.tanh(x) if", "x * 50 if")],
        ),
        "a weight that rests": (
            models.makes_and_judges,
            "takes no part",
            [("self.shape = shape\n", "self.shape = shape\n        self.idle = nn.Linear(2, 2)\n")],
        ),
        "mixes in secret": (
            models.says_whether_it_mixes_samples,
            "mixes_samples is False, but other neighbours change",
            [("[:, 0]\n", "[:, 0] + h.mean()\n")],
        ),
        "not the seed's": (
            models.weights_are_the_seeds,
            "the same seed gives first.weight two initial values",
            [("return torch_default(name, parameter, network, rng)", "return torch.randn(parameter.shape)")],
        ),
        "a head that bends": (
            models.features_are_those_of_an_affine_head,
            "with the features that first hands over doubled, the logits are not",
            [("self.last(h)[:, 0]", "self.last(h * h)[:, 0]")],
        ),
        "a way around the features": (
            models.features_are_those_of_an_affine_head,
            "set to zero, the logits still depend on the samples",
            [("self.last(h)[:, 0]", "self.last(h)[:, 0] + x.flatten(1)[:, 0]")],
        ),
        "its own randomness": (
            models.learns_together_as_alone,
            "draws random numbers of its own",
            [("self.last(h)[:, 0]", "self.last(h)[:, 0] + torch.rand(len(h))")],
        ),
        "deaf": (
            models.hidden_activations_can_be_changed,
            "call it once a layer",
            [
                (
                    'h = hidden(torch.tanh(self.first(x.flatten(1))), "first")',
                    "h = torch.tanh(self.first(x.flatten(1)))",
                )
            ],
        ),
    },
    "data": {
        "new each time": (
            data.loading_is_repeatable,
            "loaded twice, the samples differ",
            [
                (
                    "return mixture(centres, self.sigma, self.size, seed=0)",
                    "return mixture(centres, self.sigma, self.size, seed=int(torch.randint(9999, ())))",
                )
            ],
        ),
        "another shape": (
            data.is_as_described,
            r"`shape` is \(3,\), but what is loaded has \(2,\)",
            [("return (2,)", "return (3,)")],
        ),
        "no centres": (
            data.modes_are_around_their_centres,
            "points need `centres`",
            [
                ("return mixture(", "made = mixture("),
                ("seed=0)", "seed=0)\n        return Samples(made.x, made.priors)"),
            ],
        ),
        "bits without an alphabet": (
            data.discrete_samples_are_symbols,
            "samples are zeros and ones; say of how many symbols",
            [("return mixture(", "made = mixture("), ("seed=0)", "seed=0)\n        " + TO_BITS)],
        ),
        "too far": (data.finite_at_both_ends, "narrow the range", [("high=1e6", "high=1e38")]),
    },
    "metric": {
        "order": (
            metrics.is_blind_to_order,
            "of the same samples in another order",
            [(SCORE, "float(fake[0].square().sum())")],
        ),
        "wrong way": (metrics.sees_collapse, "though higher is said to be better", [('"lower"', '"higher"')]),
        "another name": (
            metrics.returns_its_outputs,
            "and `outputs` names",
            [('{"spoiled": ', '{"spoilt": ')],
        ),
        "not a number": (metrics.returns_its_outputs, "is nan", [(SCORE, 'float("nan")')]),
        "new each time": (metrics.is_repeatable, "score .* then", [(SCORE, "float(torch.rand(()))")]),
        "in place": (
            metrics.changes_nothing_that_it_is_given,
            "changes the samples in place",
            [("fake = ", "bank.parts.train.zero_()\n        fake = ")],
        ),
    },
}
CASES = [
    pytest.param(kind, *case, id=f"{kind}: {name}")
    for kind, cases in {"trick": BROKEN_TRICKS, **BROKEN}.items()
    for name, case in cases.items()
]


@pytest.mark.parametrize(("kind", "check", "words", "changes"), CASES)
def test_what_is_wrong_is_named(
    kind: str, check: Check, words: str, changes: list[tuple[str, str]], tmp_path: Path
) -> None:
    """The rule that is broken says so, in one line that names the cause."""
    finding = found(spoiled(tmp_path, kind, *changes), check)
    assert finding.held is False
    assert re.search(words, finding.reason), finding.reason
    assert "\n" not in finding.reason and "Traceback" not in finding.reason


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("trick", "instance_noise"),
        ("loss", "hinge"),
        ("optimizer", "adam"),
        ("model", "mlp"),
        ("data", "ring"),
        ("metric", "modes"),
    ],
)
def test_ganbenchs_own_keep_every_rule(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of each kind, named by its file like any other; for a few steps, since all are asked elsewhere."""
    monkeypatch.setattr(trainings, "STEPS", 8)
    monkeypatch.setattr(tricks, "LONG", 3)
    with on_trial(KINDS[kind].folder / f"{name}.py") as subject:
        assert [finding for finding in verify(subject) if not finding.held] == []


REFERENCE = """Arjovsky and Bottou 2017, "Towards principled methods for training generative
adversarial networks", arXiv:1701.04862."""


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("none", True),
        ("none.", True),
        ("None: an idea of ours.", True),
        ("own work 2026", True),
        ("Own work, 2026, not published.", True),
        ("own work", False),
        ("nonetheless", False),
    ],
)
def test_an_invention_of_ones_own_has_no_paper(said: str, held: bool, tmp_path: Path) -> None:
    """A plug-in may say so, and a refusal says how; ganbench's own have a source."""
    finding = found(spoiled(tmp_path, "trick", (REFERENCE, said)), documentation.has_a_reference)
    assert finding.held is held
    assert held or finding.reason.endswith("say `Reference: none` or `Reference: own work 2026`")


def test_ganbenchs_own_are_nobodys_invention(monkeypatch: pytest.MonkeyPatch) -> None:
    """A component of the package without a paper breaks the rule, and is not told otherwise."""
    subject = Subject(KINDS["trick"], "r1")
    doc = subject.spec.doc.partition("Reference: ")[0] + "Reference: own work 2026"
    monkeypatch.setattr(Subject, "spec", replace(subject.spec, doc=doc))
    (finding,) = findings(subject, [documentation.has_a_reference])
    assert finding.held is False and finding.reason.endswith("nor a DOI (doi:10....)")


def test_a_rule_on_a_broken_one_is_not_tried(tmp_path: Path) -> None:
    """One cause is said once: what cannot be imported is not trained."""
    with on_trial(spoiled(tmp_path, "trick", ("@tree", "1 / 0\n\n\n@tree"))) as subject:
        first, *others = verify(subject)
    assert first.held is False
    assert {finding.held for finding in others} == {None}


def test_data_in_files_that_are_missing_are_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither kept nor broken: the reason says what is missing."""
    monkeypatch.chdir(tmp_path)
    with on_trial(KINDS["data"].folder / "mnist.py") as subject:
        (finding,) = findings(subject, [data.is_as_described])
    assert finding.held is None and "--data-root" in finding.reason


def test_every_rule_is_a_sentence_of_its_own() -> None:
    """It is what `ganbench verify` prints."""
    for kind in CHECKS:
        said = [rule_of(check) for check in rules(kind)]
        assert len(set(said)) == len(said), kind
        assert all(rule.endswith(".") for rule in said)
