"""What explains a halt, from the evidence in a journal: reports, run panel, instance pane."""

import msgspec

from tests.support.session_scenes import halted_services
from vmss_tui.cli.json_output.runs import report_json
from vmss_tui.ui.background.messages import RunStatus
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.run.explanation_text import explanation_lines
from vmss_tui.ui.run.status_text import RunView
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.build import build_report
from vmss_tui.upgrade.report.explanation import instance_causes, stop_explanation
from vmss_tui.upgrade.report.html.page import render_html
from vmss_tui.upgrade.report.markdown import render_markdown
from vmss_tui.upgrade.report.timeline.timeline import EMPTY_TIMELINE
from vmss_tui.upgrade.run.fold import fold

QUOTE = "[ 9.2] Kernel panic - not syncing: <b>`[/red]`</b> | sig=secretvalue"
PANIC = ev.InstanceEvidence(
    instance_id="20",
    causes=("a-cause-of-a-later-version", "kernel-panic"),
    quotes=("unknown", QUOTE),
    statuses=("OSProvisioningTimedOut: OS Provisioning for VM 'web_20' did not finish",),
)
AUTHOR = ev.Author(
    at="2026-11-28T12:04:05+00:00",
    caller="jane@contoso.com",
    caller_kind="user",
    client="Azure Portal",
    operation="Microsoft.Compute/virtualMachineScaleSets/write",
    correlation_id="c-1",
    properties=(("properties.sku.capacity", "100", "101"),),
)


def records(*events: ev.AnyEvent) -> list[ev.Record]:
    """The journal of a run that halted for instance 20, with more events."""
    run = halted_services().run_control.followers["web-vmss-7f3a"]
    run.add(*events)
    return list(run.read_new())


def panel(journal: list[ev.Record], width: int = 90) -> list[str]:
    """The lines of the run panel."""
    status = RunStatus("r", fold(journal), (), is_live=False)
    view = RunView.of(status, Appearance())
    lines = explanation_lines(view, width, 3)
    assert all(line.cell_length <= width for line in lines)
    return [line.plain for line in lines]


def test_the_kernels_line_is_in_panel_and_in_every_report() -> None:
    journal = records(
        ev.EvidenceRecorded(about=6, reason="failure", message="still looking", pending=True),
        ev.EvidenceRecorded(about=6, reason="failure", instances=(PANIC,)),
    )
    run = fold(journal)
    assert [cause.id for cause in instance_causes(run, "20")] == ["kernel-panic"]
    assert instance_causes(run, "21") == ()
    lines = panel(journal)
    assert "Kernel panic - not syncing" in lines[0]
    assert lines[1].startswith("Means  The kernel stopped")
    assert lines[2].startswith("Helps  Roll back")
    report = build_report("r", journal)
    assert report is not None
    assert run.plan is not None
    assert len(report.explanations) == 1, "the newest replaces the one before"
    markdown = render_markdown(report)
    assert "## Why" in markdown
    assert "Kernel panic - not syncing: <b>'[/red]'</b> ¦ sig=(redacted)" in markdown
    assert "- Azure's status: `OSProvisioningTimedOut" in markdown.replace("  -", "-")
    html = render_html(report, run.plan, EMPTY_TIMELINE)
    assert "&lt;b&gt;`[/red]`&lt;/b&gt;" in html
    assert "secretvalue" not in html
    fields = msgspec.json.decode(msgspec.json.encode(report_json(report)))
    (instance,) = fields["explanations"][0]["instances"]
    assert instance["causes"][0]["id"] == "kernel-panic"
    assert instance["causes"][0]["quote"] == QUOTE


def test_without_a_known_cause_the_log_or_the_reason_why_there_is_none_is_shown() -> None:
    last_lines = ev.InstanceEvidence(instance_id="20", quotes=("line one", "line two"))
    journal = records(ev.EvidenceRecorded(about=6, reason="failure", instances=(last_lines,)))
    assert panel(journal) == ["Cause  instance 20: line one"]
    off = ev.InstanceEvidence(instance_id="20", log_state="off", message="Boot diagnostics are off")
    journal = records(ev.EvidenceRecorded(about=6, reason="failure", instances=(off,)))
    assert panel(journal) == ["Cause  instance 20: Boot diagnostics are off"]
    report = build_report("r", journal)
    assert report is not None
    assert "Boot diagnostics are off" in render_markdown(report)


def test_who_moved_the_model_is_named_and_evidence_of_another_stop_is_not() -> None:
    drift = ev.EvidenceRecorded(about=9, reason="drift", authors=(AUTHOR,), message="note")
    assert stop_explanation(fold(records(drift))) is None, "the run halted for a failure"
    halt = ev.Halted(reason="drift", message="the model moved")
    journal = records(halt, drift)
    who, note = panel(journal, 200)
    assert who.startswith("Who    jane@contoso.com with Azure Portal at 12:04:05 UTC")
    assert "properties.sku.capacity: 100 → 101" in who
    assert note == "Note   note"
    report = build_report("r", journal)
    assert report is not None
    for text in (
        render_markdown(report),
        render_html(report, report_plan(journal), EMPTY_TIMELINE),
    ):
        assert "jane@contoso.com" in text
        assert "c-1" in text


def report_plan(journal: list[ev.Record]) -> Plan:
    """The plan of the journal."""
    plan = fold(journal).plan
    assert plan is not None
    return plan
