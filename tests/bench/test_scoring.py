"""`ganbench score`: the same numbers as a run's, and a plain word about everything that is not in order."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import random_networks
import torch
from png_folder import save_pngs
from torch import Tensor

from bench.features.labelled import Labelled
from bench.features.pixels import to_float, to_uint8
from bench.features.train_own import train_own, write
from bench.fitting import default_metrics
from bench.metrics._split import split
from bench.metrics.scorer import Scorer
from bench.problems import StudyError, UserError
from bench.registries import METRICS
from bench.score_table import protocol_lines
from bench.scoring import ScoreReport, ScoreRequest, as_plain, score
from gan.data.digits import Digits, load_digits
from gan.data.ring import Ring
from gan.recipe import Choice


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes samples to an .npy file."""

    def write_array(x: Tensor, name: str = "samples.npy") -> Path:
        np.save(tmp_path / name, x.numpy())
        return tmp_path / name

    return write_array


def _noisy(n: int) -> Tensor:
    """Digits under noise: neither perfect nor broken."""
    images, _ = load_digits()
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(images[:n].shape, generator=generator)
    return (images[:n] + 0.3 * noise).clamp(-1.0, 1.0)


def _metrics(*names: str) -> list[Choice]:
    return [Choice.of(METRICS, name) for name in names]


def test_the_numbers_are_those_of_a_run(save: Callable[..., Path], tmp_path: Path) -> None:
    """As floats, as bytes, as PNGs: what a study's scorer gives for the same samples, to the last bit."""
    x = _noisy(300)
    scorer = Scorer.of(Digits(), Digits().load(tmp_path), _metrics("modes", "fid"), 300)
    expected, oracle = scorer.score(x), scorer.oracle()
    for path in (
        save(x),
        save(to_uint8(x), "bytes.npy"),
        save_pngs(tmp_path / "pngs", to_uint8(x).numpy()[:, 0]),
    ):
        found = score(ScoreRequest(path, "digits", "modes,fid"))
        assert found.scores == expected
        assert found.oracle == oracle
        assert found.n == 300
        assert found.notes == ()
        assert {name: found.protocol[name] for name in scorer.protocol()} == scorer.protocol()


def test_points_are_scored_with_the_options_of_the_data(save: Callable[..., Path], tmp_path: Path) -> None:
    """Seven modes against seven and against eight: the options reach the data."""
    seven = Ring(modes=7, sigma=0.02)
    x = seven.load(tmp_path).x[:1000].double()
    found = score(ScoreRequest(save(x), "{ring: {modes: 7, sigma: 0.02}}", "modes"))
    assert found.data == "ring(modes=7, sigma=0.02)"
    assert found.scores["modes_10pct"] == 7.0
    assert found.verdict == "healthy"
    other = score(ScoreRequest(save(x), "{ring: {modes: 8, sigma: 0.02}}", "modes"))
    assert other.scores["modes_10pct"] < 7.0 < other.oracle["modes_10pct"]
    assert other.verdict != "healthy"


def test_the_default_metrics_are_a_studys(save: Callable[..., Path]) -> None:
    """Those that fit the data, and every output of theirs has a score and an oracle."""
    for name, data, x in (("digits", Digits(), _noisy(60)), ("ring", Ring(), torch.randn(60, 2))):
        found = score(ScoreRequest(save(x), name))
        chosen = default_metrics(data)
        assert set(found.protocol["metrics"]) == {choice.name for choice in chosen}
        names = [output.name for output in found.outputs]
        assert set(names) == set(found.scores) == set(found.oracle)
        assert all(value is not None and math.isfinite(value) for value in found.scores.values())


def test_more_samples_than_are_scored_are_thinned_out_and_that_is_said(save: Callable[..., Path]) -> None:
    """By --samples, or by how many real ones are held out; at random, whatever the order of the file."""
    images, labels = load_digits()
    x = images[labels.argsort()]
    found = score(ScoreRequest(save(x), "digits", "modes", most=500))
    assert (found.n, found.protocol["samples_given"]) == (500, 1797)
    assert found.notes == ("1,797 samples were given; a random 500 of them are scored, as --samples says",)
    assert found.scores["modes"] == 10.0, "the first 500 by label are three digits"
    again = score(ScoreRequest(save(x), "digits", "modes", most=500))
    assert again.scores == found.scores
    most = score(ScoreRequest(save(x), "digits", "modes"))
    assert most.n == 898
    assert "a random 898 of them are scored, as many as there are held-out real ones" in most.notes[0]
    assert most.protocol["subset_seed"] is not None
    assert score(ScoreRequest(save(x[:500]), "digits", "modes", most=500)).protocol["subset_seed"] is None


def test_images_in_0_to_1_have_the_scores_of_the_same_images(save: Callable[..., Path]) -> None:
    """Once somebody says so; the record holds what was said."""
    x = to_float(to_uint8(_noisy(100)))
    half = save((x + 1.0) / 2.0, "half.npy")
    found = score(ScoreRequest(half, "digits", "modes,fid", pixels="zero-to-one"))
    assert found.scores == score(ScoreRequest(save(x), "digits", "modes,fid")).scores
    assert found.protocol["pixels"] == "zero-to-one"
    with pytest.raises(UserError, match="look like images in"):
        score(ScoreRequest(half, "digits", "modes,fid"))


def test_a_data_set_in_its_own_order_is_not_its_own_reference(save: Callable[..., Path]) -> None:
    """If the subset were drawn as the split is, real data would be scored against itself, with FID 0."""
    images, _ = load_digits()
    found = score(ScoreRequest(save(images), "digits", "fid"))
    floor = found.oracle["fid"]
    assert found.scores["fid"] is not None
    assert found.scores["fid"] > 0.2 * floor > 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_samples_that_are_not_finite_are_a_result(value: float, save: Callable[..., Path]) -> None:
    """One bad sample of 1,797 is found, though only 100 are scored; no number is given, and the oracle is."""
    x = load_digits()[0].clone()
    x[1234, 0, 3, 3] = value
    found = score(ScoreRequest(save(x), "digits", "modes,fid", most=100))
    assert found.verdict == "diverged"
    assert found.reason == "1 of 1797 samples are not finite"
    assert set(found.scores.values()) == {None}
    assert found.oracle["modes"] == 10.0


def test_scores_that_overflow_are_a_result(save: Callable[..., Path]) -> None:
    """Finite points may be farther away than float64 can square: that, too, is no number but an outcome."""
    found = score(ScoreRequest(save(torch.full((50, 2), 1e200, dtype=torch.float64)), "ring", "fid"))
    assert found.verdict == "diverged"
    assert found.reason and set(found.scores.values()) == {None}


def test_cautions_say_which_metric_they_are_about(save: Callable[..., Path]) -> None:
    """The metrics' own sentences, the first metric being the one that conclusions rest on."""
    x = torch.rand(200, 3, 8, 8) * 2 - 1
    found = score(ScoreRequest(save(x), "stacked_digits", "modes"))
    assert any(line.startswith("modes: the data has 1,000 modes") for line in found.cautions)


@pytest.mark.parametrize(
    ("against", "line"),
    [
        ("digts", "--against:1:1: unknown data 'digts'; did you mean 'digits'?"),
        ("{ring: {mods: 8}}", "--against:1:9: unknown knob of data ring: 'mods'; did you mean 'modes'?"),
        ("{ring: {sigma: 1e200}}", "--against:1:16: `sigma` must be at most 1e+06, not 1e+200"),
        ("{ring: {modes: 0}}", "--against:1:16: `modes` must be at least 1, not 0"),
        ("", "--against:1:1: `data` must be a name or {name: {knob: value}}, not nothing"),
        ("[ring]", "--against:1:1: `data` must be a name or {name: {knob: value}}, not a list"),
        ("{}", "--against:1:1: `data` must be a name or {name: {knob: value}}, not a mapping without a name"),
        (
            "{ring: {}, grid: {}}",
            "--against:1:1: `data` must be a name or {name: {knob: value}}, "
            "not a mapping of 2 names: 'ring', 'grid'",
        ),
    ],
)
def test_mistakes_in_the_data_are_those_of_a_study(
    against: str, line: str, save: Callable[..., Path]
) -> None:
    """What, where, and the nearest name."""
    with pytest.raises(StudyError) as caught:
        score(ScoreRequest(save(torch.zeros(5, 2)), against))
    assert str(caught.value) == line


@pytest.mark.parametrize("against", ["{ring: {modes: 8}", "'ring", "\t", "&a ring", "a: *b"])
def test_what_is_no_yaml_is_a_mistake_too(against: str, save: Callable[..., Path]) -> None:
    """Lines, and no traceback."""
    with pytest.raises(StudyError, match=r"--against:1:\d+: "):
        score(ScoreRequest(save(torch.zeros(5, 2)), against))


@pytest.mark.parametrize(
    ("metrics", "lines"),
    [
        ("fd", ["--metrics:1:1: unknown metric 'fd'; did you mean 'fid'?"]),
        ("modes, fd", ["--metrics:1:8: unknown metric 'fd'; did you mean 'fid'?"]),
        ("[modes, fd]", ["--metrics:1:9: unknown metric 'fd'; did you mean 'fid'?"]),
        ("modes,modes", ["--metrics:1:7: metric 'modes' is there twice"]),
        (
            "{kid: {substs: 3}}, fd",
            [
                "--metrics:1:8: unknown knob of metric kid: 'substs'; did you mean 'subsets'?",
                "--metrics:1:21: unknown metric 'fd'; did you mean 'fid'?",
            ],
        ),
        ("", ["--metrics:1:1: name at least one metric"]),
        ("[]", ["--metrics:1:1: name at least one metric"]),
        (
            "{ssim_diversity: {pairs: 10000000000000}}",
            ["--metrics:1:26: `pairs` must be at most 100000, not 10000000000000"],
        ),
    ],
)
def test_mistakes_in_the_metrics_are_found_where_they_stand(
    metrics: str, lines: list[str], save: Callable[..., Path]
) -> None:
    """All of them at once, with the columns of what was typed, with or without brackets."""
    with pytest.raises(StudyError) as caught:
        score(ScoreRequest(save(torch.zeros(5, 1, 8, 8)), "digits", metrics))
    assert str(caught.value).splitlines() == lines


def test_a_metric_that_does_not_fit_has_a_reason(save: Callable[..., Path]) -> None:
    """As in a study."""
    with pytest.raises(StudyError, match=r"--metrics:1:1: metric kid does not fit the data ring: .*points"):
        score(ScoreRequest(save(torch.zeros(5, 2)), "ring", "kid"))


def test_samples_of_other_data_are_refused(save: Callable[..., Path]) -> None:
    """Before the data is loaded: MNIST's files need not be there to say so."""
    with pytest.raises(UserError, match="5 x 2 values; this data needs images, N x 1 x 28 x 28"):
        score(ScoreRequest(save(torch.zeros(5, 2)), "mnist", data_root=Path("nowhere")))


def test_a_users_own_classifier_is_looked_through(save: Callable[..., Path], tmp_path: Path) -> None:
    """By its path; the record holds its name and its hash, and no folder."""
    images, labels = load_digits()
    trained = train_own(Labelled(to_uint8(images[:300]), labels[:300], tuple("0123456789")), epochs=1)
    path = tmp_path / "folder" / "mine.safetensors"
    write(trained, path)
    found = score(ScoreRequest(save(_noisy(100)), "digits", f"[{{fid: {{extractor: {path}}}}}]"))
    record = found.protocol["metrics"]["fid"]
    assert (record["extractor"], record["weights_sha256"]) == ("mine.safetensors", trained.sha256)
    assert str(tmp_path) not in json.dumps(as_plain(found))
    bundled = score(ScoreRequest(save(_noisy(100)), "digits", "fid"))
    assert bundled.scores["fid"] != found.scores["fid"]


def test_the_caller_is_left_alone(save: Callable[..., Path]) -> None:
    """Random numbers are drawn from generators of our own."""
    path, before = save(_noisy(100)), torch.get_rng_state()
    score(ScoreRequest(path, "digits", "modes,fid", most=50))
    assert torch.equal(before, torch.get_rng_state())


def test_json_is_what_it_says(save: Callable[..., Path]) -> None:
    """Plain values under the promised names; not a number is null."""
    x = _noisy(50)
    x[0] = math.nan
    plain = as_plain(score(ScoreRequest(save(x), "digits", "modes")))
    names = ["data", "n", "scores", "oracle", "ceilings", "verdict", "reason", "cautions", "notes"]
    assert list(plain) == [*names, "protocol"]
    assert plain["ceilings"].keys() == plain["scores"].keys()
    assert (plain["ceilings"]["modes"], plain["ceilings"]["class_kl"]) == (10.0, None), "as the table has it"
    back = json.loads(json.dumps(plain, allow_nan=False))
    assert back["verdict"] == "diverged" and back["scores"]["modes"] is None


def test_the_protocol_in_words(save: Callable[..., Path]) -> None:
    """Counts, split, extractor with its hash, versions."""
    found: ScoreReport = score(ScoreRequest(save(_noisy(50)), "digits", "fid"))
    counts, fid, versions = protocol_lines(found.protocol)
    assert counts.startswith("50 samples against 50 real ones: the first 50 training samples (899 training")
    assert (
        "extractor ganbench-digits" in fid
        and f"{found.protocol['metrics']['fid']['weights_sha256'][:12]}…" in fid
    )
    assert f"torch {torch.__version__.partition('+')[0]}" in versions


@pytest.mark.slow
def test_inception_gives_the_number_of_torch_fidelitys_command_line(tmp_path: Path) -> None:
    """The published route on two PNG folders, with weights from a file: `fidelity --fid` finds the same FID.

    Both read the same bytes through the same float32 network, in batches of the same size. What is left is
    the rounding of `fidelity`'s means, in float32, and of its eigenvalues: 16 images, 2,048 features.
    """
    weights = random_networks.inception(tmp_path / "inception.pth")
    images, _ = load_digits()
    reference = to_uint8(split(images).train[:16])
    generated = to_uint8(_noisy(16))
    sides = {"generated": generated, "real": reference}
    folders = [save_pngs(tmp_path / name, images.numpy()[:, 0]) for name, images in sides.items()]
    metrics = f"[{{fid: {{extractor: inception-v3-compat, weights: {weights}}}}}]"
    found = score(ScoreRequest(folders[0], "digits", metrics))
    words = ["--fid", "--input1", folders[0], "--input2", folders[1], "--cpu", "--json", "--silent"]
    words += ["--no-cache", "--save-cpu-ram", "--feature-extractor-weights-path", weights]
    program = [sys.executable, "-m", "torch_fidelity.fidelity", *map(str, words)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    theirs: dict[str, Any] = json.loads(done.stdout)
    assert found.scores["fid"] == pytest.approx(theirs["frechet_inception_distance"], rel=1e-5)
    assert found.protocol["metrics"]["fid"]["layer"] == "2048"
