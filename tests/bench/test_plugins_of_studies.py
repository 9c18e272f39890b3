"""A component in a user's own file is a first-class citizen of a study: swept, trained, scored, recorded."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from study_runs import BASE
from typer.testing import CliRunner, Result

from bench import settings, worker
from bench.cli import app
from bench.executors import serving
from bench.journal import Journal
from bench.new import write
from bench.plan import Plan, plan
from bench.study import StudyError, load, parse
from bench.tasks import Scoring
from bench.tracking.client import connect
from gan.known import PluginError
from gan.recipe import Choice
from gan.registry import DATA


def ganbench(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def text(plugins: str = "[my_tricks]", factors: str = "my_noise: [off, {sigma: 0.1}]", **changes: str) -> str:
    given = {"loss": "hinge", "metrics": "[modes]", "seeds": "2", **changes}
    return (
        f"question: q\nplugins: {plugins}\nbase: {{{BASE}, steps: 20, loss: {given['loss']}}}\n"
        f"factors: {{{factors}}}\nseeds: {given['seeds']}\nmetrics: {given['metrics']}\n"
        "evaluate_every: 10\nsamples: 100\n"
    )


def study(folder: Path, content: str) -> Path:
    """A study's file beside its folder of plug-ins, which holds a new trick."""
    path = folder / "tiny.yaml"
    folder.mkdir(exist_ok=True)
    path.write_text(content)
    if not (folder / "my_tricks").exists():
        write("trick", "my_noise", folder / "my_tricks")
    return path


def edit(file: Path, before: str, after: str) -> None:
    content = file.read_text()
    assert before in content
    file.write_text(content.replace(before, after))


def planned(path: Path) -> Plan:
    return plan(load(path), lambda recipe: None)


def ids(path: Path) -> dict[str, list[str]]:
    return {arm.name: [run.id for run in arm.runs] for arm in planned(path).arms}


def test_a_study_with_a_trick_a_loss_and_a_metric_of_ones_own(tmp_path: Path, store: str) -> None:
    """From YAML to table, in spawned workers; a changed source is another run, and the old ones stay."""
    path = study(
        tmp_path,
        text(
            factors="my_noise: [off, {sigma: 0.1}, {sigma: 0.3}]",
            loss="{my_loss: {margin: 2}}",
            metrics="[my_metric, modes]",
        ),
    )
    for kind in ("loss", "metric"):
        write(kind, f"my_{kind}", tmp_path / "my_tricks")
    command = ["run", path, "--results", tmp_path / "results", "--workers", "1"]
    done = ganbench(*command)
    assert done.exit_code == 0, done.output
    digests = {spec.name: spec.source or "" for spec in load(path).plugins}

    journal = tmp_path / "results" / "tiny" / "journal.jsonl"
    starts = [event for event in Journal(journal).read() if event["type"] == "start"]
    noisy = [start for start in starts if "my_noise" in start["plugins"]]
    assert [start["cohort_size"] for start in noisy] == [4] * 4, "two values and two seeds train as one"
    assert {start["recipe"]["tricks"][0]["knobs"]["sigma"] for start in noisy} == {0.1, 0.3}
    assert noisy[0]["plugins"] == digests
    ends = [event for event in Journal(journal).read() if event["type"] == "end"]
    assert len(ends) == 6 and all(end["final"]["my_metric"] is not None for end in ends)

    client = connect(store)
    (experiment,) = [found for found in client.search_experiments() if found.name == "tiny"]
    tags = [run.data.tags for run in client.search_runs([experiment.experiment_id])]
    assert {tag["plugin.my_noise"] for tag in tags if "plugin.my_noise" in tag} == {digests["my_noise"][:12]}

    report = (tmp_path / "results" / "tiny" / "comparison.md").read_text()
    named = [
        f"my_{kind} sha256 {digests[f'my_{kind}'][:12]}, from my_tricks/my_{kind}.py"
        for kind in ("loss", "metric")
    ]
    noise = f"my_noise sha256 {digests['my_noise'][:12]}, from my_tricks/my_noise.py"
    assert report.endswith(f"Plug-ins: {'; '.join([*named, noise])}.\n")
    assert str(tmp_path) not in report

    before, content = ids(path), journal.read_bytes()
    edit(tmp_path / "my_tricks" / "my_noise.py", "at.rng.normal", "2.0 * at.rng.normal")
    after = ids(path)
    assert after["base"] == before["base"], "an arm without the trick is the same"
    assert not {*after["my_noise(sigma=0.1)"]} & {*before["my_noise(sigma=0.1)"]}
    left = ganbench(*command, "--dry-run")
    assert "2 of 6 runs have an end already" in left.stdout, left.output
    assert journal.read_bytes() == content


def test_check_names_the_plugins(tmp_path: Path) -> None:
    """Which file, and which version of it."""
    path = study(tmp_path, text())
    done = ganbench("check", path)
    assert done.exit_code == 0, done.output
    (spec,) = load(path).plugins
    assert f"my_noise (my_tricks/my_noise.py, sha256 {(spec.source or '')[:12]})" in done.stdout


def test_studies_keep_their_plugins_to_themselves(tmp_path: Path) -> None:
    """Two of one name in one process are two; what only one has, the other does not know."""
    one, other = study(tmp_path / "a", text()), study(tmp_path / "b", text())
    edit(tmp_path / "b" / "my_tricks" / "my_noise.py", "knob(0.1", "knob(0.7")
    studies = load(one), load(other)
    plans = [plan(which) for which in (*studies, studies[0])]
    sources = [found.runs[-1].recipe.tricks[0].source for found in plans]
    assert sources[0] == sources[2] != sources[1]
    assert "my_noise" not in settings.names()
    with pytest.raises(StudyError, match="unknown setting or trick 'my_noise'"):
        parse(text(plugins="[]"), one)


def test_what_is_ganbenchs_own_keeps_its_identity(tmp_path: Path) -> None:
    """Ids, structures and the plan's event are the same with plug-ins at hand as without."""
    content = text(factors="r1: [off, on]")
    path = study(tmp_path, content)
    bare = parse(content.replace("plugins: [my_tricks]\n", ""), path)
    (with_them, without) = (plan(found, lambda recipe: None) for found in (load(path), bare))
    assert [run.id for run in with_them.runs] == [run.id for run in without.runs]
    assert [run.recipe.as_dict() for run in with_them.runs] == [run.recipe.as_dict() for run in without.runs]
    assert "source" not in json.dumps(with_them.runs[-1].recipe.as_dict())


def test_the_source_is_structure(tmp_path: Path) -> None:
    """Two versions of a plug-in never share a cohort."""
    path = study(tmp_path, text())
    before = planned(path).runs[-1].recipe.structure()
    edit(tmp_path / "my_tricks" / "my_noise.py", "at.rng.normal", "2.0 * at.rng.normal")
    assert planned(path).runs[-1].recipe.structure() != before


def _broken(folder: Path) -> None:
    edit(folder / "my_tricks" / "my_noise.py", "(Trick):", "(Trik):")


def _clash(folder: Path) -> None:
    (folder / "my_tricks" / "my_noise.py").rename(folder / "my_tricks" / "r1.py")
    edit(folder / "my_tricks" / "r1.py", "MyNoise", "R1")


def _twice(folder: Path) -> None:
    write("loss", "my_noise", folder / "more")


def _called(name: str) -> Callable[[Path], object]:
    """Gives the plug-in another name."""

    def rename(folder: Path) -> None:
        (folder / "my_tricks" / "my_noise.py").rename(folder / "my_tricks" / f"{name}.py")
        edit(folder / "my_tricks" / f"{name}.py", "MyNoise", name.capitalize())

    return rename


MISTAKES: list[tuple[str, Callable[[Path], object], str]] = [
    (
        "[none]",
        lambda folder: None,
        "{folder}/tiny.yaml:2:11: there is no plug-in folder or file {folder}/none",
    ),
    ("[my_tricks, 7]", lambda folder: None, "{folder}/tiny.yaml:2:22: `plugins` lists paths of folders and"),
    ("my_tricks", lambda folder: None, "{folder}/tiny.yaml:2:10: `plugins` must be a list, not 'my_tricks'"),
    (
        "[tiny.yaml]",
        lambda folder: None,
        "{folder}/tiny.yaml:2:11: a plug-in is a Python file or a folder of them",
    ),
    (
        "[empty]",
        lambda folder: (folder / "empty").mkdir(),
        "{folder}/tiny.yaml:2:11: {folder}/empty holds no plug-in",
    ),
    (
        "[my_tricks]",
        _broken,
        "{folder}/my_tricks/my_noise.py:24:1: MyNoise must be a subclass of one of Trick",
    ),
    ("[my_tricks]", _clash, "{folder}/my_tricks/r1.py:1:1: r1 is the name of a trick of ganbench; give"),
    (
        "[my_tricks]",
        _called("steps"),
        "{folder}/my_tricks/steps.py:1:1: steps is the name of a setting of every run",
    ),
    ("[my_tricks]", _called("arm"), "{folder}/my_tricks/arm.py:1:1: arm is the name of a key of every study"),
    (
        "[my_tricks]",
        _called("off"),
        "{folder}/my_tricks/off.py:1:1: off is the name of a YAML value that is no text",
    ),
    (
        "[my_tricks, more]",
        _twice,
        "{folder}/more/my_noise.py:1:1: my_noise is the name of another plug-in, {folder}/my",
    ),
]


@pytest.mark.parametrize(("plugins", "spoil", "line"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_one_line(
    plugins: str, spoil: Callable[[Path], object], line: str, tmp_path: Path
) -> None:
    """With its file and its line, exit status 2; what follows from it is not said."""
    path = study(tmp_path, text(plugins=plugins))
    spoil(tmp_path)
    done = ganbench("check", path)
    assert (done.exit_code, done.stdout) == (2, "")
    first, *others = done.stderr.splitlines()
    assert first.startswith(line.format(folder=tmp_path)), done.stderr
    assert [other for other in others if "my_noise" not in other] == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("from gan.tree", "import no_such_library\nfrom gan.tree", "ModuleNotFoundError: No module named"),
        (
            "    def inputs(",
            "    def fits(self, setup: object) -> str | None:\n        return setup.gone\n\n    def inputs(",
            "AttributeError: ",
        ),
    ],
)
def test_what_a_plugin_raises_is_one_line(before: str, after: str, said: str, tmp_path: Path) -> None:
    """When it is imported, or asked whether it fits; never a traceback."""
    path = study(tmp_path, text())
    edit(tmp_path / "my_tricks" / "my_noise.py", before, after)
    done = ganbench("check", path)
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{tmp_path}/my_tricks/my_noise.py:") and said in line


def test_a_plugin_that_raises_in_training_fails_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker says file and line; the traceback is for the log."""
    edit(study(tmp_path, text()).parent / "my_tricks" / "my_noise.py", "x + value", "None + value")
    trick = planned(tmp_path / "tiny.yaml").runs[-1].recipe.tricks[0]

    def work(*task: object) -> None:
        import torch

        from gan.build import component
        from gan.rng import Rng
        from gan.tricks.base import At

        at = At(torch.tensor(0.0), Rng.of(torch.tensor(0), 0), {}, "discriminator", {}, "my_noise")
        component("trick", trick).inputs(torch.ones(2), at)

    class Silent:
        emit = flush = staticmethod(lambda *event: None)

    monkeypatch.setattr("bench.worker.work", work)
    task = SimpleNamespace(log=tmp_path / "cohort.log")
    line, details, kind = serving.worked(task, Silent(), bool, "worker 0")  # type: ignore[arg-type]
    assert kind == "error" and line is not None
    assert line.startswith(f"{tmp_path}/my_tricks/my_noise.py:29: TypeError: unsupported")
    assert "Traceback" in details


def test_a_worker_refuses_another_version(tmp_path: Path) -> None:
    """A file that was changed after its study was read is not scored as if it had not been."""
    file, _ = write("metric", "my_metric", tmp_path)
    choice = Choice("my_metric", {}, "0" * 64)
    scoring = Scoring(Choice.of(DATA, "ring", size=400), (choice,), 100, 10, tmp_path, plugins=(file,))
    with pytest.raises(PluginError, match="is not as it was when the study was read"):
        worker.survey(scoring, "cpu")


def test_another_source_of_a_metric_is_another_protocol(tmp_path: Path) -> None:
    """Its digest is part of what scores depend on."""
    file, _ = write("metric", "my_metric", tmp_path / "my_tricks")
    path = study(tmp_path, text(factors="lr: [1e-3]", metrics="[my_metric]"))
    write("trick", "my_noise", tmp_path / "my_tricks")
    (metric,) = load(path).metrics
    data = Choice.of(DATA, "ring", size=400)

    def surveyed(*metrics: Choice) -> dict[str, Any]:
        return worker.survey(Scoring(data, metrics, 100, 10, tmp_path, plugins=(file,)), "cpu").protocol

    assert surveyed(metric)["plugins"] == {"my_metric": metric.source}


def test_score_with_a_metric_of_ones_own(tmp_path: Path) -> None:
    """The command that needs no study takes plug-ins too."""
    import numpy as np

    from gan.data.ring import Ring

    write("metric", "my_metric", tmp_path / "mine")
    np.save(tmp_path / "points.npy", Ring(size=200).load(tmp_path).x[:100].numpy())
    words = ["score", tmp_path / "points.npy", "--against", "ring", "--metrics", "my_metric", "--json"]
    done = ganbench(*words, "--plugins", tmp_path / "mine")
    assert done.exit_code == 0, done.output
    assert 0.0 <= json.loads(done.stdout)["scores"]["my_metric"] < 0.5
    assert "unknown metric 'my_metric'" in ganbench(*words).stderr


@pytest.mark.parametrize(
    ("metrics", "outputs", "line"),
    [
        ("[modes, my_metric]", ("modes",), "6:18: metric my_metric: metric modes reports `modes` already"),
        ("[my_metric, modes]", ("modes",), "6:22: metric modes: metric my_metric reports `modes` already"),
        ("[my_metric]", ("mine", "mine"), "6:11: metric my_metric: it reports `mine` twice"),
    ],
)
def test_two_metrics_cannot_report_one_output(
    metrics: str, outputs: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    """Whether planned or run it is one line at the second of them, exit status 2."""
    path = study(tmp_path, text(metrics=metrics))
    file, _ = write("metric", "my_metric", tmp_path / "my_tricks")
    named = "".join(f'Output("{name}", "mine", "lower", digits=4), ' for name in outputs)
    edit(file, 'Output("my_metric", "energy distance", "lower", digits=4),', named.strip())
    for command in (["check", path], ["run", path, "--results", tmp_path / "results"]):
        done = ganbench(*command)
        assert (done.exit_code, done.stderr) == (2, f"{path}:{line}\n"), done.output


def install(folder: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution that is on the path, with one entry point."""
    about = folder / "my_dist-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-dist\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[ganbench.plugins]\nmine = {value}\n")
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()


@pytest.mark.parametrize("value", ["my_dist_tricks", "my_dist_tricks.my_noise"])
def test_an_installed_package_brings_its_plugins(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder or one module, for every study, without a word in its file; and twice the same file is one."""
    package = tmp_path / "site" / "my_dist_tricks"
    write("trick", "my_noise", package)
    (package / "__init__.py").write_text("")
    path = study(tmp_path, text().replace("plugins: [my_tricks]\n", ""))
    with pytest.raises(StudyError, match="unknown setting or trick"):
        load(path)
    install(tmp_path / "site", value, monkeypatch)
    (spec,) = load(path).plugins
    assert spec.file == package / "my_noise.py"
    assert "my_noise" in ganbench("list", "tricks").stdout
    path.write_text(text(plugins=f"[{package}]"))
    assert load(path).plugins == (spec,)


def test_an_installed_package_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says whose it is."""
    install(tmp_path / "site", "no_such_package", monkeypatch)
    done = ganbench("list")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "ganbench.plugins:1:1: the plug-ins mine = no_such_package of my-dist cannot be used: there is no "
        "such module\n"
    )
