"""What `ganbench check` prints: what a study asks, what it would run, and what does not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.announce import used
from bench.compare import AGAINST_BASELINE, ALL_PAIRS
from bench.fields import shown
from bench.plan import Cohort, Plan
from bench.plugins import short, where
from bench.registries import METRICS
from bench.settings import ARM, PARTS, Value, expanded, parameters
from bench.study import Study
from bench.tuning.declared import Declared
from bench.tuning.space import Dimension
from bench.wording import count
from gan.recipe import Choice
from gan.registry import TRICKS, Registry

_FAMILIES = {AGAINST_BASELINE: "every arm with the baseline", ALL_PAIRS: "every arm with every other"}


def overview(plan: Plan, groups: Sequence[Cohort], together: bool = True) -> RenderableType:
    """The whole answer.

    Args:
        plan: What the study will do.
        groups: Its runs as they will train together.
        together: Whether they will; if not, the number of groups is nobody's business.
    """
    parts: list[RenderableType] = [
        Text(plan.study.question.strip(), style="bold"),
        Text(""),
        _settings(plan),
        Text(""),
        _arms(plan),
        Text(""),
        Text(_totals(plan, groups, together)),
    ]
    if plan.arms[0].reason is not None:
        parts.append(Text("The baseline does not apply, so no arm can be compared with it.", style="yellow"))
    parts += [Text(f"caution: {caution}", style="yellow") for caution in plan.cautions]
    return Group(*parts)


def _settings(plan: Plan) -> Table:
    """What all runs have in common, what differs, and how runs are scored."""
    study = plan.study
    changed = {
        name
        for factor, levels in study.factors.items()
        for level in levels
        for name in expanded(level.of(factor))
    }
    fixed = {name: value for name, value in study.base.items() if name not in changed}
    table = Table.grid(padding=(0, 2))
    table.add_row(Text("every run"), Text(_spelled(fixed)))
    for level in study.factors.get(ARM, ()):
        table.add_row(Text(f"arm {level.label}"), Text(_spelled(level.of(ARM)) or "nothing else"))
    for factor, levels in study.factors.items():
        labels = " | ".join(level.label for level in levels)
        table.add_row(Text(factor), Text(f"{labels}  (baseline: {study.baseline[factor].label})"))
    metrics = ", ".join(map(_named, study.metrics))
    taken = plan.samples or study.samples
    fewer = "" if taken == study.samples else f" (no more are held out, {study.samples:,} were asked for)"
    scored = f"{metrics} of {taken:,} samples{fewer} every {count(study.evaluate_every, 'step')}"
    table.add_row(Text("scored by"), Text(f"{scored}; primary: {study.primary}"))
    table.add_row(Text("compared"), Text(_comparison(study)))
    if study.search is not None:
        table.add_row(Text("searched"), Text(_search(study.search, study.primary)))
        for arm in plan.arms:
            if arm.id in plan.searched:
                ranges = ", ".join(map(_range, plan.searched[arm.id].space))
                table.add_row(Text(""), Text(f"{arm.name}: {ranges}"))
    if study.stop_when:
        table.add_row(Text("stopped"), Text(f"runs once {study.stop_when}"))
    if study.profile:
        table.add_row(Text("profile"), Text(study.profile))
    if study.published:
        sources = "; ".join(dict.fromkeys(number.source for number in study.published))
        table.add_row(Text("published"), Text(f"{count(len(study.published), 'number')} from {sources}"))
    if chosen := used(study):
        named = ", ".join(
            f"{spec.name} ({where(spec)}, sha256 {short(spec.source or '')})" for spec in chosen
        )
        table.add_row(Text("plug-ins"), Text(named))
    return table


def _comparison(study: Study) -> str:
    """What is declared before the first run."""
    compare = study.compare
    family = compare.family
    arms = _FAMILIES[family] if isinstance(family, str) else f"{count(len(family), 'arm')} with the baseline"
    metric = compare.metric or study.primary
    return f"{metric}, {arms}, paired by seed, Holm-corrected at {compare.alpha:g}"


def _search(declared: Declared, primary: str) -> str:
    """How the arms are tuned."""
    seeds = f"seed{'s' * (len(declared.seeds) > 1)} {', '.join(map(str, declared.seeds))}"
    trials = f"{count(declared.trials, 'trial')} of every arm, {declared.batch} at a time"
    return f"{trials}, {declared.sampler}, {seeds}, by the final {primary}; winners run again"


def _range(dimension: Dimension) -> str:
    scale = " (log)" if dimension.log else ""
    return f"{dimension.name} {shown(dimension.low)} to {shown(dimension.high)}{scale}"


def _spelled(settings: Mapping[str, Value]) -> str:
    """Settings in one line, the parts of a GAN first."""
    names = [*(part for part in PARTS if part in settings), *(name for name in settings if name not in PARTS)]
    return ", ".join(_setting(name, settings[name]) for name in names)


def _setting(name: str, value: Value) -> str:
    if not isinstance(value, Choice):
        return f"{name} {parameters({name: value}, [], seed=0)[name]}"
    chosen = _named(value, PARTS.get(name, TRICKS))
    return f"{name} {chosen}" if name in PARTS else chosen


def _named(choice: Choice, registry: Registry = METRICS) -> str:
    """A component with the options that are not its defaults."""
    defaults = registry.spec(choice.name, choice.source).defaults
    options = ", ".join(
        f"{name}={shown(value)}" for name, value in choice.knobs.items() if value != defaults[name]
    )
    return f"{choice.name}({options})" if options else choice.name


def _arms(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("arm", overflow="fold")
    table.add_column("runs", justify="right", no_wrap=True)
    table.add_column("applies", overflow="fold")
    for arm in plan.arms:
        name = f"{arm.name}  (baseline)" if arm.id == plan.baseline else arm.name
        applies = Text("yes") if arm.reason is None else Text(f"not applicable: {arm.reason}", style="yellow")
        table.add_row(Text(name), str(len(arm.runs)), applies)
    return table


def _totals(plan: Plan, groups: Sequence[Cohort], together: bool) -> str:
    declined = sum(arm.reason is not None for arm in plan.arms)
    arms = f"{count(len(plan.arms), 'arm')}" + (f" ({declined:,} not applicable)" if declined else "")
    total = sum(len(group.runs) for group in groups)
    runs = count(total, "run") + (f" in {count(len(groups), 'cohort')}" if together else "")
    if plan.study.search is not None:
        runs = f"{count(total - len(plan.runs), 'run')} of trials and {len(plan.runs):,} to compare: {runs}"
    return f"{plan.study.design}: {arms}, {count(len(plan.study.seeds), 'seed')}, {runs}"
