"""Every mistake in a study's file is a line with the place of the mistake and what to do about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.plan import plan
from bench.study import Study, StudyError, load, parse

GOOD = """\
question: does it help
base: {data: ring}
factors:
  loss: [non_saturating, hinge]
  r1: [off, on]
seeds: 2
metrics: [modes]
"""


def mistakes(text: str, name: str = "x.yaml") -> list[str]:
    with pytest.raises(StudyError) as caught:
        parse(text, Path(name))
    return [str(problem) for problem in caught.value.problems]


def test_the_good_one_is_good() -> None:
    """What the broken ones are made of has no mistake itself."""
    assert isinstance(parse(GOOD, Path("x.yaml")), Study)


WAY = "{start: 1, end: 0}"
# Each case: the line of GOOD that is replaced, what replaces it, and the one mistake that is left.
ONE_MISTAKE = [
    (1, "question: ''", "1:11: `question` must not be blank"),
    (1, "question: 5", "1:11: `question` must be text, not 5"),
    (1, "question:", "1:10: `question` is empty"),
    (1, "qestion: x\nquestion: x", "1:1: unknown key 'qestion'; did you mean 'question'?"),
    (1, "question: x\nsteps: 5", "2:1: unknown key 'steps'; it belongs under `base` or `factors`"),
    (1, "", "2:1: `question` is missing"),
    (2, "base: ring", "2:7: `base` must be a mapping, not 'ring'"),
    (2, "base: [ring]", "2:7: `base` must be a mapping, not a list"),
    (2, "base: {steps: 5}", "2:1: `data` is missing in `base`"),
    (2, "base: {data: rnig}", "2:14: unknown data 'rnig'; did you mean 'ring'?"),
    (2, "base: {data: 5}", "2:14: `data` must be a name or {name: {knob: value}}, not 5"),
    (
        2,
        "base: {data: {a: 1, b: 2, c: 3, d: 4}}",
        "2:14: `data` must be a name or {name: {knob: value}}, not a mapping of 4 names: 'a', 'b', 'c', ...",
    ),
    (2, "base: {data: {ring: {mods: 3}}}", "2:22: unknown knob of data ring: 'mods'; did you mean 'modes'?"),
    (2, "base: {data: {ring: {modes: 0}}}", "2:29: `modes` must be at least 1, not 0"),
    (2, "base: {data: {ring: {modes: 1.5}}}", "2:29: `modes` must be a whole number, not 1.5"),
    (2, "base: {data: {ring: {modes: on}}}", "2:29: `modes` must be a whole number, not true"),
    (2, "base: {data: {ring: {modes: }}}", "2:28: `modes` must be a whole number, not nothing"),
    (2, "base: {data: {ring: {modes: auto}}}", "2:29: `modes` must be a whole number, not 'auto'"),
    (2, "base: {data: {ring: {sigma: '0.1'}}}", "2:29: `sigma` must be a number, not '0.1'"),
    (2, "base: {data: {ring: {sigma: nan}}}", "2:29: `sigma` must be a number, not nan"),
    (2, "base: {data: {ring: {sigma: inf}}}", "2:29: `sigma` must be at most 1e+06, not inf"),
    (2, "base: {data: {ring: off}}", "2:21: `ring` must be a mapping of knobs, not false"),
    (2, "base: {data: {rnig: {}}}", "2:15: unknown data 'rnig'; did you mean 'ring'?"),
    (2, "base: {data: ring, stps: 5}", "2:20: unknown setting or trick 'stps'; did you mean 'steps'?"),
    (2, "base: {data: ring, seeds: 5}", "2:20: unknown setting 'seeds'; it belongs at the top of the file"),
    (2, "base: {data: ring, steps: yes}", "2:27: `steps` must be a whole number, not true"),
    (2, "base: {data: ring, steps: 0}", "2:27: `steps` must be at least 1, not 0"),
    (2, "base: {data: ring, steps: 1e30}", "2:27: `steps` must be at most 2147483647"),
    (2, "base: {data: ring, lr: 0}", "2:24: `lr` must be greater than 0, not 0"),
    (2, "base: {data: ring, lr: inf}", "2:24: `lr` must be finite, not inf"),
    (2, "base: {data: ring, lr: 1, generator_lr: 1}", "2:27: `lr` sets `generator_lr` too"),
    (2, "base: {data: ring, precision: float16}", "2:31: `precision` must be one of float32, float64"),
    (2, "base: {data: ring, r1: hinge}", "2:24: `r1` must be off, on or a mapping of its knobs, not 'hinge'"),
    (2, "base: {data: ring, r1: }", "2:23: `r1` must be off, on or a mapping of its knobs, not nothing"),
    (2, "base: {data: ring, model: {mlp: {width: wide}}}", "2:41: `width` must be a whole number"),
    (2, "base: {data: ring, temperature: {shape: sine}}", "2:41: `shape` must be one of constant, linear"),
    (2, "base: {data: ring, data: grid}", "2:20: key 'data' is given twice; the first is on line 2"),
    (2, "base: {data: &d ring}", "2:14: anchors are not supported; remove &d"),
    (2, "base: {data: *d}", "2:14: aliases are not supported"),
    (2, "base: *d", "2:7: aliases are not supported"),
    (2, "base: {data: !!python/name:os.system ring}", "2:14: tags are not supported"),
    (2, "base:\n\tdata: ring", "3:1: not valid YAML: a tab; indent with spaces"),
    (2, "base: {data: ring", "3:8: not valid YAML: while parsing a flow mapping that begins on line 2"),
    (
        4,
        "  data: [ring, grid]",
        "4:3: `data` cannot be a factor: scores on different data cannot be compared",
    ),
    (4, "  loss: []", "4:9: factor `loss` has no levels"),
    (4, "  loss:", "4:8: factor `loss` has no levels"),
    (4, "  loss: hinge", "4:9: factor `loss` must be a list of levels"),
    (4, "  loss: [hing]", "4:10: unknown loss 'hing'; did you mean 'hinge'?"),
    (4, "  loss: [hinge, {hinge: {}}]", "4:17: level 'hinge' of `loss` is there twice"),
    (4, "  loss: [off, hinge]", "4:10: `loss` must be a name or {name: {knob: value}}, not false"),
    (4, "  steps: [1, 1.0]", "4:14: level '1' of `steps` is there twice"),
    (4, "  lr: [1]\n  discriminator_lr: [1]", "5:3: `lr` sets `discriminator_lr` too"),
    (5, "  r1: [off, no]", "5:13: level 'off' of `r1` is there twice"),
    (5, "  r1: [on, {gamma: 1.0}]", "5:12: level 'gamma=1' of `r1` is there twice, as 'on'"),
    (5, "  r1: [off, {gamma: -1}]", "5:21: `gamma` must be at least 0, not -1"),
    (5, "  r1: [off, {gama: 1}]", "5:14: unknown knob of trick r1: 'gama'; did you mean 'gamma'?"),
    (5, "  dragn: [off]", "5:3: unknown setting or trick 'dragn'; did you mean 'dragan'?"),
    (5, "  r1: [on, {gama: 3}]\nbaseline: {r1: {gamma: 3}}", "5:13: unknown knob of trick r1: 'gama'"),
    (
        5,
        "  r1: [off]\ndesign: all",
        "6:9: `design` must be one of factorial, add_one, leave_one_out, search, not 'all'",
    ),
    (5, "  r1: [off]\nbaseline: {rr: off}", "6:12: unknown factor of this study 'rr'; did you mean 'r1'?"),
    (5, "  r1: [off]\nbaseline: {r1: on}", "6:16: the baseline of `r1` must be one of its levels 'off', not"),
    (5, "  r1: [off]\nbaseline: {loss: hing}", "6:18: unknown loss 'hing'; did you mean 'hinge'?"),
    (5, "  r1: [{gamma: x}]", "5:16: `gamma` must be a number or a schedule such as {shape: linear, start"),
    (5, "  r1: [{gamma: '1'}]", "5:16: `gamma` must be a number or a schedule such as {shape: linear, start"),
    (5, "  r1: [{gamma: [1, 0]}]", "5:16: `gamma` must be a number or a schedule such as {shape: linear"),
    (5, "  r1: [{gamma: {}}]", "5:16: `gamma` needs start and end: shape linear has no default"),
    (
        5,
        f"  r1: [{{gamma: {WAY[:-1]}, shape: cosin}}}}]",
        "5:42: `shape` must be one of constant, linear, cosine",
    ),
    (
        5,
        f"  r1: [{{gamma: {WAY[:-1]}, shape: 5}}}}]",
        "5:42: `shape` must be one of constant, linear, cosine",
    ),
    (5, "  r1: [{gamma: {end: 0}}]", "5:16: `gamma` needs start: shape linear has no default"),
    (5, "  r1: [{gamma: {start: 1}}]", "5:16: `gamma` needs end: shape linear has no default"),
    (5, "  r1: [{gamma: {start: 1, end: -2}}]", "5:32: `end` must be at least 0, not -2"),
    (5, "  r1: [{gamma: {start: 2e3, end: 0}}]", "5:24: `start` must be at most 1000, not 2000"),
    (5, "  r1: [{gamma: {start: '1', end: 0}}]", "5:24: `start` must be a number, not '1'"),
    (
        5,
        "  r1: [{gamma: {start: 1, ned: 0, end: 0}}]",
        "5:27: unknown key of a schedule: 'ned'; did you mean 'end'",
    ),
    (5, "  r1: [{gamma: {start: 1, end: 0, until: 2}}]", "5:42: `until` must be at most 1, not 2"),
    (
        5,
        "  r1: [{gamma: {start: 1, end: 0, begin: 0.5, until: 0.5}}]",
        "5:54: `until` leaves no way from start to end: it is from 0.5 to 0.5",
    ),
    (
        5,
        "  r1: [{gamma: {start: 1, end: 0, begin: 1}}]",
        "5:42: `begin` leaves no way from start to end: it is",
    ),
    (
        5,
        "  r1: [{gamma: {start: 1, end: 0, count: 2}}]",
        "5:35: 'count' does nothing in shape linear, only in step, cyclic",
    ),
    (5, "  r1: [{gamma: {shape: constant, start: 1, end: 0}}]", "5:44: 'end' does nothing in shape constant"),
    (
        5,
        "  r1: [{gamma: {shape: step, start: 1, end: 0, count: 1.5}}]",
        "5:55: `count` must be a whole number, not 1.5",
    ),
    (
        5,
        "  r1: [{gamma: {shape: geometric, start: 1, end: 0}}]",
        "5:50: `end` must be greater than 0, not 0",
    ),
    (
        5,
        "  label_smoothing: [{real: {start: 0.6, end: 0.9, warmup: 0.1}}]",
        "5:59: `warmup` begins at 0, but the value must be at least 0.5, not 0",
    ),
    (
        5,
        "  label_smoothing: [{real: {shape: warmup, end: 0.9}}]",
        "5:28: `real` begins at 0, but the value must be at least 0.5, not 0",
    ),
    (
        5,
        "  clip_norm: [{bound: {start: inf, end: 1}}]",
        "5:31: `start` must be finite, not inf",
    ),
    (
        5,
        f"  r1: [{{gamma: {WAY}}}, {{gamma: {{end: 0, start: 1.0}}}}]",
        "5:37: level 'gamma=linear(1→0)' of `r1` is there twice",
    ),
    (5, "  lr: [{start: 1e-3, end: -1}]", "5:27: `end` must be at least 0, not -1"),
    (5, "  lr: [{start: 0, end: 0}]", "5:16: `start` must be greater than 0, not 0"),
    (5, "  lr: [fast]", "5:8: `lr` must be a number or a schedule such as {shape: linear, start: 1, end: 0}"),
    (5, "  steps: [{start: 1, end: 0}]", "5:11: `steps` must be a whole number, not a mapping"),
    (6, "seeds: 0", "6:8: `seeds` must be at least 1, not 0"),
    (6, "seeds: -1", "6:8: `seeds` must be at least 1, not -1"),
    (6, "seeds: 2.5", "6:8: `seeds` must be a whole number, not 2.5"),
    (6, "seeds: yes", "6:8: `seeds` must be a whole number, not true"),
    (6, "seeds: '5'", "6:8: `seeds` must be a whole number, not '5'"),
    (6, "seeds: {n: 5}", "6:8: `seeds` must be a whole number, not a mapping"),
    (6, "seeds: []", "6:8: `seeds` must hold at least one seed"),
    (6, "seeds: [0, -1]", "6:12: `seed` must be at least 0, not -1"),
    (6, "seeds: [0, 0.5]", "6:12: `seed` must be a whole number, not 0.5"),
    (6, "seeds: [3, 1, 3]", "6:15: seed 3 is there twice"),
    (6, "seeds: [18446744073709551616]", "6:9: `seed` must be at most 9223372036854775807"),
    (6, "", "1:1: `seeds` is missing"),
    (7, "metrics: modes", "7:10: `metrics` must be a list, not 'modes'"),
    (7, "metrics: []", "7:10: `metrics` must name at least one metric"),
    (7, "metrics: [mods]", "7:11: unknown metric 'mods'; did you mean 'modes'?"),
    (7, "metrics: [modes, modes]", "7:18: metric 'modes' is there twice"),
    (7, "metrics: [{kid: {x: 1}}]", "7:18: unknown knob of metric kid: 'x'"),
    (7, "metrics: [modes, fd]\nprimary: fid", "7:18: unknown metric 'fd'; did you mean 'fid'?"),
    (7, "primary: kid", "7:10: unknown metric of this study 'kid'; did you mean 'fid'?"),
    (7, "metrics: modes\nprimary: kid", "7:10: `metrics` must be a list, not 'modes'"),
    (7, "metrics: [modes]\nprimary: fid", "8:10: unknown metric of this study 'fid'; valid: modes"),
    (7, "metrics: [modes]\nsamples: 1", "8:10: `samples` must be at least 2, not 1"),
    (7, "metrics: [modes]\nevaluate_every: 0", "8:17: `evaluate_every` must be at least 1, not 0"),
    (7, "metrics: [modes]\n---\n", "8:1: a second document"),
]


@pytest.mark.parametrize(("line", "text", "expected"), ONE_MISTAKE, ids=[case[1] for case in ONE_MISTAKE])
def test_one_mistake_is_one_line(line: int, text: str, expected: str) -> None:
    """A single mistake is reported once, at its line and column, and causes no other report."""
    lines = GOOD.splitlines()
    lines[line - 1] = text
    found = mistakes("\n".join(lines) + "\n")
    assert len(found) == 1, found
    assert found[0].startswith(f"x.yaml:{expected}")


@pytest.mark.parametrize("text", ["", "# only a remark\n", "null", "---\n"])
def test_an_empty_file(text: str) -> None:
    """A file without content says which keys a study needs."""
    assert "question, base, seeds; the file is empty" in mistakes(text)[0]


@pytest.mark.parametrize("text", ["- a\n- b\n", "ring", "5"])
def test_a_file_that_is_no_mapping(text: str) -> None:
    """A list or a word is no study."""
    assert mistakes(text)[0].startswith("x.yaml:1:1: a study is a mapping")


def test_all_mistakes_at_once() -> None:
    """Mistakes in different parts are all reported, in the order of the file."""
    text = "question: 1\nbase: {data: rnig, r1: {gama: 1}}\nfactors: {loss: [hing]}\nseeds: 0\nmetrics: []\n"
    found = [line.split(": ", 1)[0] for line in mistakes(text)]
    assert found == ["x.yaml:1:11", "x.yaml:2:14", "x.yaml:2:25", "x.yaml:3:18", "x.yaml:4:8", "x.yaml:5:10"]


@pytest.mark.parametrize(
    "name", ["a b.yaml", "ä.yaml", "x;y.yaml", "...yaml", "..yaml", ".hidden.yaml", "<script>.yaml", "'.yaml"]
)
def test_names(name: str) -> None:
    """A study's name becomes a folder and an experiment: of safe characters, and never a folder above."""
    assert "file name may hold letters" in mistakes(GOOD, name)[0]


@pytest.mark.parametrize("name", ["mlartifacts.yaml", "mlflow.db.yaml", "MLartifacts.yaml"])
def test_names_that_are_taken(name: str) -> None:
    """The results folder holds MLflow's own files beside the studies."""
    assert "the results folder has a file of that name" in mistakes(GOOD, name)[0]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """No file, a folder, and a file that is not text are mistakes like any other."""
    binary = tmp_path / "x.yaml"
    binary.write_bytes(b"question: a\nbase: \xff\n")
    cases = {tmp_path / "no.yaml": "1:1: there is no", tmp_path: "1:1: is a folder", binary: "2:7: not UTF-8"}
    for path, expected in cases.items():
        with pytest.raises(StudyError) as caught:
            load(path)
        assert str(caught.value).startswith(f"{path}:{expected}")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(path).name == "x"


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """No text raises anything but a StudyError that has at least one line."""
    outcome(text)


WORDS = ["ring", "mlp", "hinge", "adam", "modes", "fid", "r1", "auto", "off", "factorial", "x", "{}", ""]
NAMES = [
    *("question", "base", "factors", "design", "seeds", "metrics", "baseline", "data", "loss", "steps", "lr"),
    *("end", "begin", "until", "count", "start"),
    *("precision", "r1", "temperature", "mlp", "ring", "gamma", "shape", "width", "copy", "schema", "?"),
]
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 9) | st.integers() | st.floats() | st.sampled_from(WORDS)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
SOUND: dict[str, Any] = {
    "question": "why",
    "base": {"data": {"ring": {"modes": 5}}, "steps": 20, "model": "mlp", "r1": {"gamma": 2}},
    "factors": {
        "loss": ["hinge", "minimax"],
        "temperature": [False, {"start": 1.5, "shape": "cosine"}, True],
        "lr": [1e-3, {"shape": "cosine", "start": 1e-3, "end": 0}],
        "instance_noise": [
            False,
            {"sigma": {"shape": "step", "start": 0.3, "end": 0, "count": 3, "warmup": 0.1}},
        ],
        "optimizer": [{"adam": {"beta1": 0.0}}, "sgd"],
    },
    "design": "add_one",
    "seeds": [4, 2],
    "metrics": ["modes", {"fid": {"extractor": "auto"}}],
    "evaluate_every": 5,
    "samples": 100,
    "baseline": {"loss": "minimax"},
    "primary": "fid",
}


@st.composite
def altered(draw: st.DrawFn, value: Any) -> Any:
    """`value` with one part of it, at any depth, replaced, removed or joined by something arbitrary."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 4)) == 0:
        return draw(VALUES)
    copy: Any = value.copy()
    places = list(value) if isinstance(value, dict) else range(len(value))
    place = draw(st.sampled_from(places))
    action = draw(st.sampled_from(["inside", "inside", "inside", "remove", "add"]))
    if action == "inside":
        copy[place] = draw(altered(value[place]))
    elif action == "remove":
        del copy[place]
    elif isinstance(copy, dict):
        copy[draw(st.sampled_from(NAMES))] = draw(VALUES)
    else:
        copy.append(draw(VALUES))
    return copy


def outcome(text: str) -> Study | None:
    """The study, or None after looking at the error."""
    try:
        return parse(text, Path("x.yaml"))
    except StudyError as error:
        problems = error.problems
    lines = max(1, len(text.splitlines()) + 1)
    assert problems, "an error says what is wrong"
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in problems)
    assert all("\n" not in str(problem) for problem in problems), "one line a mistake"
    return None


def test_the_sound_one_is_sound() -> None:
    """What is altered below has no mistake itself."""
    assert outcome(json.dumps(SOUND)) is not None


@settings(max_examples=300, deadline=None)
@given(altered(SOUND))
def test_any_values(values: Any) -> None:
    """No values raise anything but a StudyError; what is accepted is complete and can be planned."""
    study = outcome(json.dumps(values))
    if study is None:
        return
    assert set(study.baseline) == set(study.factors)
    found = plan(study, lambda recipe: None)
    assert found.study.primary in [metric.name for metric in found.study.metrics]
    assert len({run.id for run in found.runs}) == len(found.runs) == len(found.arms) * len(study.seeds)
    assert len({arm.name for arm in found.arms}) == len(found.arms)
