"""Everything together as one HTML file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from bench.page.answer import answer
from bench.page.caveats import caveats
from bench.page.drawings import drawings
from bench.page.effects import told
from bench.page.filters import filters
from bench.page.heading import heading
from bench.page.provenance import provenance
from bench.page.published import published
from bench.page.runs import runs
from bench.page.samples import samples
from bench.page.tables import further, main_table, other_tables, two_way
from bench.reports._view import view
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results

HERE = Path(__file__).parent
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def page(results: Results, shape: Shape = AS_IT_IS) -> str:
    """The page as HTML; equal results give equal text.

    `shape` says which arms and columns the tables show; what is computed and drawn is always all of it.
    Raises UserError where it asks for what there is not.
    """
    shown, effects = view(results, shape), told(results)
    summaries = shown.summaries
    return rendered(
        heading=heading(results),
        answer=[*answer(results, summaries), *(effects.headlines if effects else ())],
        caveats=caveats(results, summaries),
        main=main_table(shown),
        two_way=two_way(shown),
        others=other_tables(shown),
        further=further(shown),
        published=published(results),
        filters=filters(results.plan, summaries),
        effects=effects,
        drawings=drawings(results, summaries, shape),
        samples=samples(results, summaries),
        runs=runs(results, summaries),
        provenance=provenance(results, summaries),
    )


def rendered(**context: Any) -> str:
    """The template with its style and script, whose digest alone may run.

    Whatever a name holds is escaped; only our own style, script and SVG are put in as they are.
    """
    import jinja2
    from markupsafe import Markup

    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    template = environment.get_template("template.html.jinja")
    text: str = template.render(
        **context, style=Markup(style), script=Markup(script), script_digest=digest, trusted=Markup
    )
    return text


def _shown(value: Any) -> Any:
    """What HTML and UTF-8 cannot hold shows as a sign for it; what is HTML already stays as it is."""
    plain = isinstance(value, str) and not hasattr(value, "__html__")
    return _UNSHOWN.sub("\ufffd", value) if plain else value
