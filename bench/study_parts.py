"""The parts of a study's file, each checked on its own; whatever is wrong goes to `problems`.

Reading goes on after a mistake, so that one look at the file finds all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from typing import Any

from bench import settings
from bench.fields import Seed, SeedCount, adapter, quoted
from bench.registries import METRICS
from bench.settings import Bundle, Level, Problems, Value
from bench.study_keys import DEFAULT_METRICS, ELSE_METRICS, KEYS, REQUIRED
from bench.yaml_lines import Place, plain
from gan.recipe import Choice
from gan.registry import unknown

_ONE_DATA_SET = (
    "`data` cannot be a factor: scores on different data cannot be compared; write one study for each"
)


class Parts:
    """Turns the values of a file into the parts of a study."""

    def __init__(self, raw: dict[str, Any], problems: Problems) -> None:
        self.problems = problems
        self._given = frozenset(raw)
        self.top = self._top(raw)
        """The values at the top of the file that have the right type."""

    def _top(self, raw: dict[str, Any]) -> dict[str, Any]:
        top = {}
        for key, value in raw.items():
            if key not in KEYS:
                belongs = f"unknown key {key!r}; it belongs under `base` or `factors`"
                message = belongs if key in settings.names() else unknown("key", key, KEYS)
                self.problems.add((key,), message, key=True)
            elif value is None:
                self.problems.add((key,), f"`{key}` is empty")
            else:
                checked = self.problems.check(adapter(KEYS[key]), value, (key,), [], key)
                if checked is not None:
                    top[key] = checked
        for key in REQUIRED:
            if key not in raw:
                self.problems.add((), f"`{key}` is missing")
        return top

    def _known(self, name: str, place: Place) -> bool:
        """Whether a setting exists; a problem at its key if not."""
        if name in settings.names():
            return True
        belongs = f"unknown setting {name!r}; it belongs at the top of the file"
        message = belongs if name in KEYS else unknown("setting or trick", name, settings.names())
        self.problems.add(place, message, key=True)
        return False

    def base(self) -> dict[str, Level]:
        """What `base` sets, defaults left out."""
        if "base" not in self.top:
            return {}
        if "data" not in self.top["base"]:
            self.problems.add(("base",), "`data` is missing in `base`", key=True)
        return self._settings(self.top["base"], ("base",))

    def _settings(self, raw: MappingOf[str, Any], place: Place) -> dict[str, Level]:
        """Settings of a run, by name."""
        given: dict[str, Level] = {}
        for name, value in raw.items():
            at = (*place, name)
            if self._known(name, at) and (found := settings.level(name, value, at, self.problems)):
                given[name] = found
        self._at_odds(place, given)
        return given

    def _at_odds(self, place: Place, given: MappingOf[str, Any]) -> None:
        """`lr` sets both learning rates, so it cannot stand next to either."""
        for name in settings.BOTH_RATES:
            if "lr" in given and name in given:
                self.problems.add((*place, name), f"`lr` sets `{name}` too; give one of them", key=True)

    def arms(self) -> tuple[Level, ...]:
        """The arms that are spelled out by name, as levels of one factor; none where there are none."""
        arms: dict[str, Level] = {}
        understood = True
        for label, raw in self.top.get("arms", {}).items():
            place = ("arms", label)
            named = self._names_an_arm(label, place)
            if not isinstance(raw, dict):
                self.problems.add(place, f"arm `{label}` must be a mapping of settings, not {quoted(raw)}")
                understood = False
                continue
            given = self._settings(raw, place)
            understood = understood and len(given) == len(raw)
            for name in given:
                self._varied_elsewhere(name, (*place, name))
            if named:
                numbers = frozenset(number for level in given.values() for number in level.numbers)
                arms[label] = Level(label, Bundle(settings.expanded(values_of(given))), numbers)
        if understood:  # What was refused may be what tells two arms apart.
            self._twins(arms.values())
        if self.top.get("arms") == {}:
            self.problems.add(("arms",), "`arms` must name at least one arm")
        return tuple(arms.values())

    def _names_an_arm(self, label: str, place: Place) -> bool:
        """Whether the baseline can name it too, where values that are no text are read as what they are."""
        if not isinstance(plain(label), str) or not label.strip():
            wrong = "write a word that YAML reads as text"
        elif label.splitlines() != [label]:
            wrong = "write it in one line"
        else:
            return True
        self.problems.add(place, f"{quoted(label)} cannot name an arm: {wrong}", key=True)
        return False

    def _varied_elsewhere(self, name: str, place: Place) -> None:
        """An arm cannot set what a factor varies."""
        factors = self.top.get("factors", {})
        rates = [rate for rate in settings.BOTH_RATES if rate in factors]
        if name == "data":
            message = _ONE_DATA_SET
        elif name in factors:
            message = f"`{name}` is a factor too; set it in one place"
        elif name == "lr" and rates:
            message = f"`lr` sets `{rates[0]}`, which is a factor; set it in one place"
        elif name in settings.BOTH_RATES and "lr" in factors:
            message = f"`{name}` is set by `lr`, which is a factor; set it in one place"
        else:
            return
        self.problems.add(place, message, key=True)

    def _twins(self, arms: Iterable[Level]) -> None:
        """Arms that set the same would be one under two names."""
        seen: list[Level] = []
        for arm in arms:
            if twin := next((other for other in seen if other.value == arm.value), None):
                message = f"arm `{arm.label}` sets what arm `{twin.label}` sets"
                self.problems.add(("arms", arm.label), message, key=True)
            seen.append(arm)

    def factors(self) -> dict[str, tuple[Level, ...]]:
        """The levels of every factor, in the file's order; the arms that are spelled out come first."""
        factors = {settings.ARM: arms} if (arms := self.arms()) else {}
        for name, values in self.top.get("factors", {}).items():
            place = ("factors", name)
            if not self._known(name, place):
                continue
            if name == "data":
                self.problems.add(place, _ONE_DATA_SET, key=True)
                continue
            if not isinstance(values, list) or not values:
                wrong = "has no levels" if values in (None, []) else "must be a list of levels"
                self.problems.add(place, f"factor `{name}` {wrong}")
                continue
            factors[name] = self._levels(name, values, place)
        self._at_odds(("factors",), factors)
        return factors

    def _levels(self, name: str, values: list[Any], place: Place) -> tuple[Level, ...]:
        levels: dict[str, Level] = {}
        for index, value in enumerate(values):
            level = settings.level(name, value, (*place, index), self.problems)
            if level is None:
                continue
            if twin := next((other for other in levels.values() if other.value == level.value), None):
                also = "" if twin.label == level.label else f", as {twin.label!r}"
                self.problems.add((*place, index), f"level {level.label!r} of `{name}` is there twice{also}")
                continue
            if level.label in levels:
                self.problems.add(
                    (*place, index), f"level {level.label!r} of `{name}` reads like another one"
                )
            levels[level.label] = level
        return tuple(levels.values())

    def baseline(self, factors: dict[str, tuple[Level, ...]]) -> dict[str, Level]:
        """The baseline level of every factor: `off` or the first where the study does not say."""
        baseline = {}
        for name, levels in factors.items():
            if levels:
                off = [level for level in levels if level.value is None]
                baseline[name] = off[0] if off else levels[0]
        return baseline | self.named_levels(self.top.get("baseline", {}), ("baseline",), factors)

    def named_levels(
        self, raw: MappingOf[str, Any], place: Place, factors: dict[str, tuple[Level, ...]]
    ) -> dict[str, Level]:
        """The levels that a mapping factor -> level at `place` names; without those that it gets wrong."""
        arms = {settings.ARM: self.top["arms"]} if "arms" in self.top else {}
        named = {**arms, **self.top.get("factors", {})}
        found: dict[str, Level] = {}
        for name, value in raw.items():
            if name not in named:
                message = unknown("factor of this study", name, named)
                self.problems.add((*place, name), message, key=True)
            # Only where every level could be read: the one that is meant may be a broken one.
            elif (
                name in factors
                and len(factors[name]) == len(named[name])
                and (level := self._meant(factors[name], name, value, (*place, name)))
            ):
                found[name] = level
        return found

    def _meant(self, levels: tuple[Level, ...], name: str, value: Any, place: Place) -> Level | None:
        """The level of `name` that `value` means."""
        by_label = {level.label: level for level in levels}
        if isinstance(value, str) and value in by_label:
            return by_label[value]
        if name == settings.ARM:
            self.problems.add(place, unknown("arm", str(value), by_label))
        elif meant := settings.level(name, value, place, self.problems):
            same = [level for level in levels if level.value == meant.value]
            if same:
                return same[0]
            labels = ", ".join(repr(label) for label in by_label)
            whose = "baseline" if place[0] == "baseline" else "level"
            message = f"the {whose} of `{name}` must be one of its levels {labels}, not {meant.label!r}"
            self.problems.add(place, message)
        return None

    def metrics(self) -> dict[str, Choice]:
        """The metrics by name, in the file's order; none where the file leaves the choice open."""
        metrics: dict[str, Choice] = {}
        for index, value in enumerate(self.top.get("metrics", [])):
            place = ("metrics", index)
            found = settings.component(METRICS, value, place, self.problems)
            if found is None:
                continue
            assert isinstance(found.value, Choice)
            if found.value.name in metrics:
                self.problems.add(place, f"metric {found.value.name!r} is there twice")
            metrics[found.value.name] = found.value
        if self.top.get("metrics") == []:
            self.problems.add(("metrics",), "`metrics` must name at least one metric")
        return metrics

    def primary(self, metrics: dict[str, Choice]) -> str:
        """The metric that the conclusions rest on; the first where the study does not say."""
        primary = str(self.top.get("primary", next(iter(metrics), "")))
        valid = metrics if "metrics" in self._given else (*DEFAULT_METRICS, *ELSE_METRICS)
        # Only where every metric could be read: the one that is meant may be a broken one.
        complete = valid and len(metrics) == len(self.top.get("metrics", ()))
        if complete and primary and primary not in valid:
            self.problems.add(("primary",), unknown("metric of this study", primary, valid))
        return primary

    def seeds(self) -> tuple[int, ...]:
        """`5` is the seeds 0 to 4; a list is those seeds."""
        raw = self.top.get("seeds")
        if raw is None:
            return ()
        if not isinstance(raw, list):
            count = self.problems.check(adapter(SeedCount), raw, ("seeds",), [], "seeds")
            return tuple(range(count or 0))
        return self.listed_seeds(raw, ("seeds",))

    def listed_seeds(self, raw: list[Any], place: Place) -> tuple[int, ...]:
        """Seeds that are listed at `place`."""
        seeds: dict[int, None] = {}
        for index, item in enumerate(raw):
            at = (*place, index)
            seed = self.problems.check(adapter(Seed), item, at, [], "seed")
            if seed in seeds:
                self.problems.add(at, f"seed {seed} is there twice")
            elif seed is not None:
                seeds[seed] = None
        if not raw:
            self.problems.add(place, "`seeds` must hold at least one seed")
        return tuple(seeds)


def values_of(given: MappingOf[str, Level]) -> dict[str, Value]:
    """What settings are set to, by name."""
    return {name: value for setting, level in given.items() for name, value in level.of(setting).items()}
