"""What can be analysed together, and that whatever cannot is named with its reason."""

from __future__ import annotations

from factor_studies import study

from bench.reports._slices import slices

FACTORS = {
    "loss": ["hinge", "minimax", "wasserstein"],
    "r1": ["off", "on"],
    "label_smoothing": ["off", "real=0.9"],
}


def cells(part: object) -> list[tuple[str, ...]]:
    return [tuple(arm["levels"].values()) for arm in part.arms]  # type: ignore[attr-defined]


def test_a_full_factorial_is_one_slice_and_nothing_is_left_out() -> None:
    (part,), notes = slices(study(FACTORS, lambda levels, seed: 1.0).plan)
    assert part.factors == tuple(FACTORS) and part.levels == tuple(map(tuple, FACTORS.values()))
    assert part.references == ("hinge", "off", "off") and part.setting == "" and notes == []
    assert len(part.arms) == 12
    assert cells(part)[:3] == [("hinge", "off", "off"), ("hinge", "off", "real=0.9"), ("hinge", "on", "off")]


def test_holes_leave_the_largest_complete_part_and_their_reason() -> None:
    """Wasserstein has no targets to smooth: it goes, with the reason of an arm that does not apply."""
    declined = {("wasserstein", r1, "real=0.9"): "wasserstein has no targets" for r1 in ("off", "on")}
    (part,), notes = slices(study(FACTORS, lambda levels, seed: 1.0, declined=declined).plan)
    assert part.levels[0] == ("hinge", "minimax") and len(part.arms) == 8
    assert notes == [
        "Only the largest complete part of the design is analysed (8 of 10 arms that apply): loss goes "
        "without wasserstein; because 2 arms do not apply (wasserstein + real=0.9, for one: wasserstein has "
        "no targets)."
    ]


def test_a_baseline_that_has_to_go_is_said() -> None:
    factors = {"loss": ["wasserstein", "hinge", "minimax"], "label_smoothing": ["off", "real=0.9"]}
    declined = {("wasserstein", "real=0.9"): "no targets"}
    (part,), (note,) = slices(study(factors, lambda levels, seed: 1.0, declined=declined).plan)
    assert part.references == ("hinge", "off")
    assert note.endswith("loss: hinge stands for the baseline's wasserstein.")


def test_a_factor_that_no_longer_varies_is_said() -> None:
    declined = {(loss, r1, "real=0.9"): "no targets" for loss in FACTORS["loss"] for r1 in FACTORS["r1"]}
    (part,), notes = slices(study(FACTORS, lambda levels, seed: 1.0, declined=declined).plan)
    assert part.factors == ("loss", "r1")
    assert notes == ["Left out: label_smoothing, the same in all arms that apply."]
    declined = {("minimax", r1, smooth): "no" for r1 in FACTORS["r1"] for smooth in ("off", "real=0.9")}
    (part,), (note,) = slices(study(FACTORS, lambda levels, seed: 1.0, declined=declined).plan)
    assert part.levels[0] == ("hinge", "wasserstein") and "loss goes without minimax" in note


def test_without_a_complete_two_way_table_each_factor_stands_alone() -> None:
    factors = {"loss": FACTORS["loss"], "label_smoothing": ["off", "real=0.9"]}
    declined = {(loss, "real=0.9"): "no targets" for loss in ("wasserstein", "minimax")}
    parts, (note,) = slices(study(factors, lambda levels, seed: 1.0, declined=declined).plan)
    assert [part.factors for part in parts] == [("loss",), ("label_smoothing",)]
    assert note.startswith("No two-way table is complete: 2 arms do not apply (")
    assert "Main effects only" in note
    assert {part.setting for part in parts} == {"with all else as in the baseline"}


def test_designs_that_cross_nothing_have_no_interactions() -> None:
    """Adding one compares with the baseline, leaving one out with everything on."""
    parts, notes = slices(study(FACTORS, lambda levels, seed: 1.0, design="add_one").plan)
    assert [part.references for part in parts] == [("hinge",), ("off",), ("off",)]
    assert cells(parts[0]) == [(loss, "off", "off") for loss in FACTORS["loss"]]
    assert "no interactions can be asked" in notes[0] and len(notes) == 1
    parts, notes = slices(study(FACTORS, lambda levels, seed: 1.0, design="leave_one_out").plan)
    assert [part.references for part in parts] == [("wasserstein",), ("on",), ("real=0.9",)]
    assert cells(parts[1]) == [("wasserstein", "off", "real=0.9"), ("wasserstein", "on", "real=0.9")]
    declined = {("hinge", "on", "off"): "r1 is not for you"}
    parts, notes = slices(study(FACTORS, lambda levels, seed: 1.0, design="add_one", declined=declined).plan)
    assert [part.factors for part in parts] == [("loss",), ("label_smoothing",)]
    assert any("r1 is not for you" in note for note in notes)


def test_nothing_to_compare_and_nothing_to_compare_with_are_refused() -> None:
    one = {
        (loss, r1, s): "no"
        for loss in FACTORS["loss"]
        for r1 in FACTORS["r1"]
        for s in FACTORS["label_smoothing"]
    }
    assert slices(study(FACTORS, lambda levels, seed: 1.0, declined=one).plan)[0] == []
    one.pop(("hinge", "off", "off"))
    parts, notes = slices(study(FACTORS, lambda levels, seed: 1.0, declined=one).plan)
    assert parts == [] and "Fewer than two arms" in notes[0]
    gone = {("hinge", "off", "off"): "broken"}
    parts, notes = slices(study(FACTORS, lambda levels, seed: 1.0, design="add_one", declined=gone).plan)
    assert parts == [] and "does not apply" in " ".join(notes)
