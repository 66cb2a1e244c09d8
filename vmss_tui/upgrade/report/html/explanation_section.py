"""What the failed instances themselves said, and who changed the scale set, as a section."""

from collections.abc import Iterable, Iterator

from vmss_tui.upgrade.report.evidence_text import author_text
from vmss_tui.upgrade.report.explanation import Explanation, InstanceExplanation
from vmss_tui.upgrade.report.html.markup import Child, Markup, facts, join, tag


def explanation_list(explanations: Iterable[Explanation]) -> Markup:
    """The lines that show a cause, with what each means and what helps."""
    return join(part for explanation in explanations for part in _parts(explanation))


def _parts(explanation: Explanation) -> Iterator[Markup]:
    for instance in explanation.instances:
        yield tag("h3", f"Instance {instance.instance_id}")
        yield from _instance(instance)
    if explanation.authors:
        yield tag("ul", [tag("li", author_text(author)) for author in explanation.authors])
    if explanation.message:
        yield tag("p", explanation.message, class_="quiet")


def _instance(instance: InstanceExplanation) -> Iterator[Markup]:
    for cause in instance.causes:
        quote: Child = tag("code", cause.quote)
        yield facts((("Cause", quote), ("Means", cause.meaning), ("Helps", cause.help)))
    if instance.quotes:
        yield tag("p", "The end of its serial log:")
        yield tag("pre", "\n".join(instance.quotes))
    if instance.statuses:
        yield facts([("Status", [tag("div", tag("code", text)) for text in instance.statuses])])
    if instance.message:
        yield tag("p", instance.message, class_="quiet")
