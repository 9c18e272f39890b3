"""Everything together as one HTML file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
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
from bench.page.tables import main_table, other_tables
from bench.reports._summary import summarise
from bench.rows import Results

HERE = Path(__file__).parent


def page(results: Results) -> str:
    """The page as HTML; equal results give equal text."""
    summaries = summarise(results)
    return rendered(
        heading=heading(results),
        answer=answer(results, summaries),
        caveats=caveats(results, summaries),
        main=main_table(results, summaries),
        others=other_tables(results, summaries),
        published=published(results),
        filters=filters(results.plan, summaries),
        effects=told(results),
        drawings=drawings(results, summaries),
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
    )
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    template = environment.get_template("template.html.jinja")
    text: str = template.render(
        **context, style=Markup(style), script=Markup(script), script_digest=digest, trusted=Markup
    )
    return text
