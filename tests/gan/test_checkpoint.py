"""Checkpoints survive kills, torn writes, flipped bits and full disks: two are kept, one always sound."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from disks import fill, mounted
from gan_cases import CPU, cohort_of, leaves, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from gan import room
from gan.checkpoint import Checkpoint, Damaged
from gan.durable import put, tidy
from gan.generations import aside, before, discard, generations
from gan.room import PASSING, Room, Stopped
from gan.train import Cohort, Pace, train

PACE = Pace(evaluate_every=2, log_every=2)
TRICKS = {"ema": {}, "spectral_norm": {}, "experience_replay": {}}


def saved(step: int = 1) -> Checkpoint:
    return Checkpoint(step, 0.5, ["a", "b"], [torch.arange(600.0).reshape(2, 300), torch.tensor([1, 2])])


def interrupted(path: Path, snapshots: int, tricks: dict[str, Any] | None = None) -> Cohort:
    """A cohort of two that stopped after this many snapshots, with its checkpoints at `path`."""
    cohort = cohort_of([recipe(tricks or {}, seed=seed, steps=8) for seed in (0, 1)])
    answers = iter([False] * (snapshots - 1) + [True])
    list(train(cohort, PACE, path, stop=lambda: next(answers)))
    return cohort


def resumed(path: Path, tricks: dict[str, Any] | None = None) -> tuple[Cohort, list[int], list[str]]:
    """It gone on to the end; the steps that it passed, and what it told."""
    cohort = cohort_of([recipe(tricks or {}, seed=seed, steps=8) for seed in (0, 1)])
    told: list[str] = []
    steps = [
        s.step for s in train(cohort, PACE, path, tell=lambda kind, said: told.append(f"{kind}: {said}"))
    ]
    return cohort, steps, told


def bits(cohort: Cohort) -> list[torch.Tensor]:
    return [leaf for index in range(cohort.size) for leaf in leaves(cohort, index)]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_flipped_bit_and_every_tear_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any one bit flipped, or any part of the end cut off: damaged, or still the very same content."""
    path = tmp_path_factory.mktemp("flipped") / "c.pt"
    whole = saved()
    whole.save(path)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, 8 * len(content) - 1))
        content[place // 8] ^= 1 << place % 8
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    path.write_bytes(content)
    with pytest.raises(Damaged):
        Checkpoint.load(path, CPU)


def test_a_plain_reader_reads_flipped_bits(tmp_path: Path) -> None:
    """Without the checksum, torch takes a changed file for whole: this is what it is there for."""
    saved().save(tmp_path / "c.pt")
    content = bytearray((tmp_path / "c.pt").read_bytes())
    place = content.find(saved().tensors[0].numpy().tobytes()[400:440])
    content[place + 2] ^= 1
    (tmp_path / "c.pt").write_bytes(content)
    found = torch.load(tmp_path / "c.pt", weights_only=True)["tensors"][0]
    assert not torch.equal(found, saved().tensors[0])


def test_files_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """A plain file without a checksum, as `torch.save` makes it; a broken one is damaged."""
    torch.save(vars(saved(7)), tmp_path / "c.pt")
    found = Checkpoint.load(tmp_path / "c.pt", CPU)
    assert found is not None and (found.step, found.names) == (7, ["a", "b"])
    assert all(torch.equal(a, b) for a, b in zip(found.tensors, saved().tensors, strict=True))
    for content in (b"", b"x" * 5000, (tmp_path / "c.pt").read_bytes()[:-300]):
        (tmp_path / "d.pt").write_bytes(content)
        with pytest.raises(Damaged):
            Checkpoint.load(tmp_path / "d.pt", CPU)


@pytest.mark.parametrize("content", [[1], {"step": 1}, {**vars(saved()), "step": "x"}], ids=repr)
def test_what_is_no_checkpoint_is_damaged(content: object, tmp_path: Path) -> None:
    """Sound files that hold something else."""
    torch.save(content, tmp_path / "c.pt")
    with pytest.raises(Damaged, match="no checkpoint"):
        Checkpoint.load(tmp_path / "c.pt", CPU)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    """Code in a file is damage, and is not run."""

    torch.save({"step": Trap(tmp_path / "trace")}, tmp_path / "c.pt")
    with pytest.raises(Damaged, match="UnpicklingError"):
        Checkpoint.load(tmp_path / "c.pt", CPU)
    assert not (tmp_path / "trace").exists()


class Trap:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Any, ...]]:
        return os.mkdir, (str(self.trace),)


def test_two_are_kept(tmp_path: Path) -> None:
    """The newest and the one before; then nothing is left but what is not theirs."""
    path = tmp_path / "cohort-a.pt"
    other = tmp_path / "cohort-ab.pt"
    saved(1).save(other)
    for step in (1, 2, 3):
        saved(step).save(path, before(path))
    found = [Checkpoint.load(file, CPU) for file in (path, before(path))]
    assert [one and one.step for one in found] == [3, 2]
    assert generations(path) == [path, before(path)]
    (tmp_path / "cohort-a.pt.1234abcd.writing").touch()
    aside(path).touch()
    discard(path)
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("tricks", [{}, TRICKS], ids=["plain", "memories"])
@pytest.mark.parametrize(
    "fault", [flip, Path.unlink, lambda path: path.write_bytes(b"")], ids=["flip", "gone", "empty"]
)
def test_the_one_before_ends_bit_for_bit_the_same(
    fault: Callable[[Path], object], tricks: dict[str, Any], tmp_path: Path
) -> None:
    """A newest checkpoint that is lost costs the steps since the one before, nothing else, and is told."""
    path = tmp_path / "cohort-a.pt"
    straight = cohort_of([recipe(tricks, seed=seed, steps=8) for seed in (0, 1)])
    list(train(straight, PACE))
    interrupted(path, 3, tricks)
    fault(path)
    cohort, steps, (told,) = resumed(path, tricks)
    assert steps == [6, 8], "from step 4, not from 6 and not from 0"
    assert told.startswith("checkpoint: ") and told.endswith("going on from cohort-a.before.pt, of step 4")
    assert all(torch.equal(a, b) for a, b in zip(bits(straight), bits(cohort), strict=True))


def test_a_damaged_one_never_takes_the_place_of_a_sound_one(tmp_path: Path) -> None:
    """It is put aside: the next save keeps the sound one as the one before."""
    path = tmp_path / "cohort-a.pt"
    interrupted(path, 3)
    flip(path)
    cohort = cohort_of([recipe(seed=seed, steps=8) for seed in (0, 1)])
    list(train(cohort, PACE, path, stop=lambda: True))
    steps = [found.step for file in generations(path) if (found := Checkpoint.load(file, CPU))]
    assert steps == [6, 4] and aside(path).exists()


def test_with_both_damaged_it_begins_from_scratch(tmp_path: Path) -> None:
    """Never a crash, never silently; and ends as if nothing had been."""
    path = tmp_path / "cohort-a.pt"
    straight = interrupted(path, 4)
    flip(path)
    flip(before(path))
    cohort, steps, (told,) = resumed(path)
    assert steps == [2, 4, 6, 8]
    assert told == (
        "checkpoint: checkpoint cohort-a.pt cannot be used: it is damaged, its checksum does not match; "
        "checkpoint cohort-a.before.pt cannot be used: it is damaged, its checksum does not match; "
        "no other is left, so the cohort begins from scratch"
    )
    assert all(torch.equal(a, b) for a, b in zip(bits(straight), bits(cohort), strict=True))


def test_a_part_falls_back_on_the_whole_cohorts(tmp_path: Path) -> None:
    """Of a cohort that was split: its own, the whole one's newest, the one before."""
    origin, path = tmp_path / "cohort-whole.pt", tmp_path / "cohort-part.pt"
    interrupted(origin, 3)
    flip(origin)
    part = cohort_of([recipe(seed=1, steps=8)])
    told: list[str] = []
    steps = [s.step for s in train(part, PACE, path, origin=origin, tell=lambda _, said: told.append(said))]
    assert steps == [6, 8] and "going on from cohort-whole.before.pt" in told[0]


def test_another_cohorts_checkpoint_is_not_used(tmp_path: Path) -> None:
    """As after a mix-up of files: told, put aside, begun from scratch."""
    path = tmp_path / "cohort-a.pt"
    stranger = cohort_of([recipe(seed=9, steps=8)])
    list(train(stranger, PACE, path))
    _, steps, told = resumed(path)
    assert steps == [2, 4, 6, 8] and "belongs to another cohort" in told[0]


def test_a_tensor_of_another_shape_is_refused() -> None:
    """The same names do not make the same program: a trick may remember otherwise in another version."""
    cohort = cohort_of([recipe(steps=8)])
    right = cohort.checkpoint()
    wrong = Checkpoint(right.step, 0.0, right.names, [leaf.reshape(-1)[:1] for leaf in right.tensors])
    with pytest.raises(ValueError, match="another cohort"):
        cohort.restore(wrong)


def test_checkpoints_come_in_time_as_well(tmp_path: Path) -> None:
    """At every evaluation, and besides as often as the pace says."""
    for seconds, expected in ((1e9, 4), (0.0, 8)):
        cohort = cohort_of([recipe(steps=8)])
        path = tmp_path / f"{seconds}.pt"
        count, last = 0, None
        for _ in train(cohort, Pace(2, log_every=1, checkpoint_seconds=seconds), path):
            if generations(path) and (now := path.stat().st_mtime_ns) != last:
                count, last = count + 1, now
        count += path.stat().st_mtime_ns != last
        assert count == expected


class Full:
    """A disk that is full for a number of writes; `os.write` of whoever writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: float, number: int = errno.ENOSPC) -> None:
        self.left = times
        self.number = number
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(room, "_SLICE", 0.001)

    def write(self, descriptor: int, data: bytes) -> int:
        if self.left <= 0:
            return self._write(descriptor, data)
        self.left -= 1
        # A full disk takes what there is room for first.
        self._write(descriptor, bytes(data[: len(data) // 2]))
        raise OSError(self.number, os.strerror(self.number))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts without a pause between them."""
    monkeypatch.setattr(Room, "_wait", lambda self: _no_wait(self))


def _no_wait(waiting: Room) -> None:
    if waiting.stop():
        raise Stopped


@pytest.mark.parametrize("number", PASSING, ids=errno.errorcode.get)
def test_a_full_disk_pauses_the_cohort(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    """It is told once, once more when it goes on, and the end is the same."""
    path = tmp_path / "cohort-a.pt"
    straight, *_ = resumed(tmp_path / "straight.pt")
    full = Full(monkeypatch, 5, number)
    cohort, steps, told = resumed(path)
    assert full.left == 0 and steps == [2, 4, 6, 8]
    assert told == [
        f"disk: {PASSING[number]} on {tmp_path}: the cohort waits"
        + (", free some space" if number in room.FULL else " until it can be written to again"),
        f"disk: {tmp_path} can be written to again: the cohort goes on",
    ]
    assert all(torch.equal(a, b) for a, b in zip(bits(straight), bits(cohort), strict=True))


def test_a_paused_cohort_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    """The last checkpoints are as they were, no half file is left, and it goes on from there."""
    path = tmp_path / "cohort-a.pt"
    interrupted(path, 2)
    content = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    Full(monkeypatch, float("inf"))
    cohort = cohort_of([recipe(seed=seed, steps=8) for seed in (0, 1)])
    told: list[str] = []
    stops = iter([False, False, True])
    list(train(cohort, PACE, path, lambda: next(stops), tell=lambda kind, said: told.append(said)))
    assert len(told) == 1 and cohort.step == 6
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == content


def test_errors_that_do_not_pass_are_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not write there waits for nothing."""
    Full(monkeypatch, 1, errno.EACCES)
    with pytest.raises(PermissionError):
        Room("x", print).write(lambda: saved().save(tmp_path / "c.pt"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_real_disk_that_is_full(small_disk: Path) -> None:
    """On a file system of 256 KB: a checkpoint waits until somebody makes room."""
    path = small_disk / "cohort-a.pt"
    ballast = small_disk / "ballast"
    saved(1).save(path, before(path))
    fill(ballast)
    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        if ballast.exists():
            assert sorted(small_disk.iterdir()) == [ballast, path], "no half file takes up room"
            ballast.unlink()

    Room("the cohort", tell, pause=0.01).write(lambda: saved(2).save(path, before(path)), small_disk)
    assert told[0] == f"no space left on {small_disk}: the cohort waits, free some space" and len(told) == 2
    assert [one.step for file in generations(path) if (one := Checkpoint.load(file, CPU))] == [2, 1]


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """A limit on the size of files (`ulimit -f`) is as good as a full disk, wherever tests run."""
    resource = pytest.importorskip("resource")
    saved(1).save(tmp_path / "c.pt")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        Room("the cohort", tell, pause=0.01).write(lambda: saved(2).save(tmp_path / "c.pt"), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "files may not grow any larger" in told[0]
    found = Checkpoint.load(tmp_path / "c.pt", CPU)
    assert found is not None and found.step == 2 and len(list(tmp_path.iterdir())) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=256k", "tmpfs") as folder:
        yield folder


def test_a_write_that_is_killed_leaves_the_old_file(tmp_path: Path) -> None:
    """Wherever it is when it ends, the name holds the old content or the new; what is left over is tidied."""
    path = tmp_path / "c"
    put(path, lambda sink: sink.write(b"old"))
    killed = f"""
import os
import subprocess
import sys
from pathlib import Path
from gan.durable import put
put(Path({str(path)!r}), lambda sink: (sink.write(b"half"), os.kill(os.getpid(), 9)))
"""
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 2
    tidy(path)
    assert [file.name for file in tmp_path.iterdir()] == ["c"]
