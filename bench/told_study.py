"""What a file of results says of its study, checked before anything is computed from it.

Files are edited by hand and written by other versions. What is checked is what reports rely on: keys that
they do not know stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, ConfigDict, PlainValidator, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from bench.compare import FAMILIES
from bench.designs import DESIGNS
from bench.fields import LARGEST_SEED, finite, mistake, one_of, quoted, real, switch, text, whole, within
from gan.registry import unknown

_Text = Annotated[Any, PlainValidator(text)]
_Number = Annotated[Any, PlainValidator(real), AfterValidator(finite)]
_Seed = Annotated[Any, PlainValidator(whole), AfterValidator(within(0, LARGEST_SEED))]
_Whole = Annotated[Any, PlainValidator(whole), AfterValidator(within(0, None))]


def _digits(value: Any) -> int:
    return int(within(0, 20)(whole(value)))


def _family(value: Any) -> Any:
    if isinstance(value, str) and value not in FAMILIES:
        raise mistake(unknown("family", value, FAMILIES))
    if not isinstance(value, str | list) or not all(isinstance(arm, str) for arm in value):
        raise mistake(f"must be {', '.join(FAMILIES)} or a list of arms' ids, not {quoted(value)}")
    return value


def _alpha(value: Any) -> float:
    if not 0.0 < real(value) < 1.0:
        raise mistake(f"must lie between 0 and 1, not {quoted(value)}")
    return float(value)


_Direction = one_of("lower", "higher", "none")


class _Output(TypedDict):
    label: _Text
    direction: _Direction  # type: ignore[valid-type]
    digits: Annotated[Any, PlainValidator(_digits)]
    headline: bool
    ceiling: NotRequired[_Number | None]
    metric: NotRequired[_Text]


class _Compare(TypedDict, total=False):
    metric: _Text
    direction: _Direction  # type: ignore[valid-type]
    family: Annotated[Any, PlainValidator(_family)]
    alpha: Annotated[Any, PlainValidator(_alpha)]
    baseline: _Text
    arms: list[_Text]
    seeds: list[_Seed]
    digest: _Text


class _Plugin(TypedDict):
    file: _Text
    sha256: _Text


class _StopWhen(TypedDict, total=False):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    diverged: Annotated[Any, PlainValidator(switch)]
    collapsed_for: _Whole


class _Published(TypedDict):
    arm: _Text
    output: _Text
    mean: _Number
    standard_error: _Number | None
    n: _Whole | None
    source: _Text


class _Tuned(TypedDict):
    space: dict[str, list[Any]]
    trial: _Whole | None
    knobs: dict[str, _Number] | None
    output: NotRequired[_Text | None]
    value: NotRequired[_Number | None]


class _Search(TypedDict):
    trials: _Whole
    sampler: _Text
    seeds: list[_Seed]
    arms: dict[str, _Tuned]


class _Plan(TypedDict):
    name: _Text
    factors: dict[str, list[_Text]]
    seeds: list[_Seed]
    primary: _Text
    outputs: dict[str, _Output]
    arms: list[dict[str, Any]]
    question: NotRequired[_Text | None]
    path: NotRequired[_Text | None]
    design: NotRequired[_Text | None]
    common: NotRequired[dict[str, Any] | None]
    baseline: NotRequired[_Text | None]
    compare: NotRequired[_Compare | None]
    declared: NotRequired[_Compare | None]
    scoring: NotRequired[_Text | None]
    digest: NotRequired[_Text | None]
    protocol: NotRequired[dict[str, Any] | None]
    cautions: NotRequired[list[_Text] | None]
    profile: NotRequired[_Text | None]
    search: NotRequired[_Search | None]
    stop_when: NotRequired[_StopWhen | None]
    plugins: NotRequired[dict[str, _Plugin] | None]
    published: NotRequired[list[_Published] | None]


class _Run(TypedDict):
    id: _Text
    seed: _Seed


class _Arm(TypedDict):
    id: _Text
    name: _Text
    levels: dict[str, _Text]
    reason: _Text | None
    runs: list[_Run]


class _Told(TypedDict):
    plan: _Plan
    protocols: dict[str, dict[str, Any]]
    outside: _Whole
    oracle: NotRequired[dict[str, _Number]]
    logged: NotRequired[list[_Text]]


_TOLD, _ARMS = TypeAdapter(_Told), TypeAdapter(list[_Arm])
_MEANT = {
    "dict_type": "a mapping",
    "list_type": "a list",
    "bool_type": "yes or no",
    "bool_parsing": "yes or no",
}


def amiss(told: Any) -> str | None:
    """What is wrong with the plan, protocols, oracle and `outside` of a file, its arms aside; None: nothing.

    The place comes first, as keys with dots between them: `plan.compare must be a mapping, not 'x'`.
    """
    return _types(_TOLD, told, "") or _names(told["plan"])


def amiss_in_arms(plan: Mapping[str, Any]) -> str | None:
    """The same of the types of `plan.arms`; of what is in them, `bench.told_runs`."""
    return _types(_ARMS, plan["arms"], "plan.arms")


def amiss_in_references(plan: Mapping[str, Any]) -> str | None:
    """Which part of the plan means an arm that there is not; None if every arm that is meant is there."""
    ids = [arm["id"] for arm in plan["arms"]]
    meant = [("plan.baseline", plan.get("baseline"))]
    compare = plan.get("compare") or {}
    meant += [("plan.compare.baseline", compare.get("baseline"))]
    meant += [(f"plan.compare.arms.{at}", arm) for at, arm in enumerate(compare.get("arms") or ())]
    if isinstance(family := compare.get("family"), list):
        meant += [(f"plan.compare.family.{at}", arm) for at, arm in enumerate(family)]
    for at, about in enumerate(plan.get("published") or ()):
        meant.append((f"plan.published.{at}.arm", about["arm"]))
    for place, arm in meant:
        if arm is not None and arm not in ids:
            return f"{place}: {unknown('arm', arm, ids)}"
    return None


def _names(plan: Mapping[str, Any]) -> str | None:
    """Names of what there is not, and lists that name something twice."""
    outputs = list(plan["outputs"])
    meant = [("plan.primary", plan["primary"])]
    meant.append(("plan.compare.metric", (plan.get("compare") or {}).get("metric")))
    for at, about in enumerate(plan.get("published") or ()):
        meant.append((f"plan.published.{at}.output", about["output"]))
    for place, output in meant:
        if output is not None and output not in outputs:
            return f"{place}: {unknown('output', output, outputs)}"
    if (design := plan.get("design")) is not None and design not in DESIGNS:
        return f"plan.design: {unknown('design', design, DESIGNS)}"
    lists: list[tuple[str, Sequence[Any]]] = [("plan.seeds", plan["seeds"])]
    lists += [(f"plan.factors.{factor}", levels) for factor, levels in plan["factors"].items()]
    for place, values in lists:
        if (twice := twin(values)) is not None:
            return f"{place} holds {values[twice]!r} twice"
    return None


def twin(values: Iterable[Any]) -> int | None:
    """The place of the first value that has been there before; None if all differ."""
    seen = set()
    for place, value in enumerate(values):
        if value in seen:
            return place
        seen.add(value)
    return None


def _types(kinds: TypeAdapter[Any], told: Any, where: str) -> str | None:
    try:
        kinds.validate_python(told)
    except ValidationError as error:
        return _said(error.errors(include_url=False)[0], where)
    return None


def _said(error: ErrorDetails, where: str) -> str:
    # What pydantic adds for a type in a union is no key of the file.
    keys = [str(key) for key in error["loc"] if not str(key).startswith(("function-", "nullable", "list["))]
    place = ".".join([where, *keys] if where else keys) or "it"
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] in _MEANT:
        return f"{place} must be {_MEANT[error['type']]}, not {quoted(error['input'])}"
    return f"{place}: {error['msg']}" if error["msg"].startswith("unknown") else f"{place} {error['msg']}"
