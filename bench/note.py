"""What MLflow says of a study where it shows it: the question, its answer, the main table."""

from __future__ import annotations

from bench.page.answer import answer
from bench.reports._document import Block, Listing, Paragraph
from bench.reports._markdown import lines
from bench.reports._tables import main_table
from bench.reports._view import view
from bench.reports.base import AS_IT_IS
from bench.rows import Results


def note(results: Results) -> str:
    """Markdown; what matters most comes first, because whoever shows it may cut the end."""
    shown = view(results, AS_IT_IS)
    question = str(results.plan.get("question") or results.plan["name"])
    said = tuple(sentence.text for sentence in answer(results, shown.summaries))
    told: list[Block] = [Paragraph(question, strong=True), Listing(said), main_table(shown)]
    return "\n".join(lines(told)) + "\n"
