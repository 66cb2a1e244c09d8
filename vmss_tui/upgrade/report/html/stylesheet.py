"""The style sheet of an HTML report: light, dark where the reader prefers it, light in print."""

from collections.abc import Mapping

from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.palette import (
    DARK,
    DARK_PHASES,
    LIGHT,
    LIGHT_PHASES,
    CellColours,
)


def group_class(label: str) -> str:
    """The CSS class of a group of states or a kind of span, from its label."""
    return "g-" + label.replace(",", "").replace(" ", "-")


def style_sheet() -> str:
    """All rules; the only untrusted input would be the palette, which is ours."""
    light = _variables(LIGHT, LIGHT_PHASES) + _LIGHT_PAGE
    dark = _variables(DARK, DARK_PHASES) + _DARK_PAGE
    groups = "".join(
        f".{group_class(group)}{{background:var(--{group_class(group)});"
        f"color:var(--{group_class(group)}-ink)}}"
        f".w-{group_class(group)}{{color:var(--{group_class(group)}-word)}}"
        for group in StateGroup
    )
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{color-scheme:light;{light}}}}}"
        f"{groups}{_RULES}"
    )


def _variables(colours: Mapping[StateGroup, CellColours], phases: Mapping[str, str]) -> str:
    cells = "".join(
        f"--{group_class(group)}:{c.ground};--{group_class(group)}-ink:{c.ink};"
        f"--{group_class(group)}-word:{c.word};"
        for group, c in colours.items()
    )
    return cells + "".join(f"--p-{phase}:{colour};" for phase, colour in phases.items())


_LIGHT_PAGE = "--page:#ffffff;--panel:#f5f7f9;--text:#1d2733;--quiet:#566270;--line:#d3dae2;"
_DARK_PAGE = "--page:#0d1218;--panel:#151d27;--text:#dbe3ec;--quiet:#93a0af;--line:#33414f;"
_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1320px;margin:0 auto;padding:20px 28px 48px}
code,pre,.id,.num{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.num{font-variant-numeric:tabular-nums}
h1{font-size:26px;line-height:1.2;margin:4px 0 6px;overflow-wrap:anywhere}
h2{font-size:18px;margin:34px 0 10px;padding-bottom:4px;border-bottom:1px solid var(--line)}
h3{font-size:14px;margin:0 0 8px;color:var(--quiet);font-weight:600}
p{margin:6px 0}
.quiet{color:var(--quiet)}
.top{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:baseline;color:var(--quiet);
font-size:13px;letter-spacing:.02em}
.verdict{margin:16px 0 18px;padding:14px 18px;border-radius:8px;background:var(--panel);
border-left:8px solid var(--edge,var(--line))}
.verdict strong{font-size:18px}
.verdict.good{--edge:var(--g-latest-model)}.verdict.bad{--edge:var(--g-failed)}
.verdict.warn{--edge:var(--g-upgrading)}
.verdict pre{margin:8px 0 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(104px,1fr));gap:10px;
margin:0 0 8px}
.tile{background:var(--panel);border-radius:8px;padding:9px 14px 8px}
.tile b{display:block;font-size:23px;line-height:1.15;font-variant-numeric:tabular-nums}
.tile span{font-size:12.5px;color:var(--quiet)}
.cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:18px 36px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 16px;margin:0;
align-content:start}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:22px 36px}
.maprow{display:grid;grid-template-columns:76px 1fr;gap:8px;align-items:start;margin:0 0 5px}
.maprow>.label{font-size:13px;color:var(--quiet);line-height:22px;overflow-wrap:anywhere}
.cells{display:flex;flex-wrap:wrap;gap:3px}
.cell{min-width:30px;height:22px;padding:0 4px;border-radius:3px;font-size:11px;line-height:22px;
text-align:center;overflow:hidden;white-space:nowrap;max-width:110px;text-overflow:ellipsis}
.dense .cell{min-width:11px;width:11px;height:14px;padding:0;line-height:14px;font-size:10px;
border-radius:2px}
.dense .cells{gap:2px}.dense .maprow>.label{line-height:15px}
.g-unhealthy,.g-failed{font-weight:700}
.g-not-in-this-run{background:transparent;color:var(--quiet);
box-shadow:inset 0 0 0 1px var(--line)}
.g-deleted{background:transparent;color:var(--quiet);text-decoration:line-through;
box-shadow:inset 0 0 0 1px var(--quiet)}
.g-deallocated{box-shadow:inset 0 0 0 1px var(--line)}
.stages{margin:0 0 16px}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0 0;padding:0;font-size:13px;
list-style:none}
.legend i{display:inline-block;width:20px;height:14px;border-radius:3px;margin-right:6px;
vertical-align:-2px;font-style:normal;font-size:11px;line-height:14px;text-align:center}
.k-upgrade-requested{background:var(--p-requested)}
.k-upgrading{background:var(--g-upgrading)}
.k-provisioned-waiting-for-health{background:var(--p-provisioned)}
.k-complete{background:var(--g-latest-model)}
.k-unhealthy{background:var(--g-unhealthy);color:var(--g-unhealthy-ink)}
.k-failed{background:var(--g-failed);color:var(--g-failed-ink)}
.time{--label:118px;--result:64px;font-size:12.5px;margin-top:12px;position:relative}
.trow{display:grid;grid-template-columns:var(--label) 1fr var(--result);gap:0 10px;
align-items:center;min-height:19px;break-inside:avoid}
.trow .name{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.trow .result{white-space:nowrap;font-variant-numeric:tabular-nums}
.trow.head{margin-top:12px;border-bottom:1px solid var(--line);padding-bottom:2px;
break-after:avoid}
.trow.head{grid-template-columns:1fr}
.trow .why{grid-column:2/4;padding:0 0 5px;overflow-wrap:anywhere}
.lane{position:relative;height:13px;
background:linear-gradient(var(--line),var(--line)) 0 50%/100% 1px no-repeat}
.sum{min-height:9px}.sum .lane{height:5px;background:none}
.lane i{position:absolute;top:0;bottom:0;min-width:2px;border-radius:1px}
.axis .lane{height:18px;background:none;color:var(--quiet)}
.axis .lane span{position:absolute;top:0;padding-left:4px;border-left:1px solid var(--quiet);
white-space:nowrap;font-variant-numeric:tabular-nums;line-height:16px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{text-align:left;font-weight:600;color:var(--quiet);border-bottom:1px solid var(--line)}
th,td{padding:5px 14px 5px 0;vertical-align:top}
td.num,.whole{white-space:nowrap}
td{border-bottom:1px solid var(--line);overflow-wrap:anywhere}
td.ids{min-width:180px}
.words{overflow-wrap:normal}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px;line-height:1.45;margin:6px 0;
padding:10px 12px;background:var(--panel);border-radius:6px}
.failure{margin:0 0 12px;padding-left:14px;border-left:4px solid var(--g-failed);
break-inside:avoid}
.log{margin:0;padding:0;list-style:none;font-size:13.5px}
.log li{display:grid;grid-template-columns:84px 1fr;gap:10px;padding:3px 0;overflow-wrap:anywhere}
footer{margin-top:36px;padding-top:8px;border-top:1px solid var(--line);font-size:12.5px;
color:var(--quiet)}
@media (max-width:640px){
main{padding:14px 14px 32px}h1{font-size:21px}h2{font-size:16.5px;margin-top:26px}
.maprow{grid-template-columns:52px 1fr}.cell{min-width:27px;padding:0 2px}
.time{--label:78px;--result:54px}.trow{gap:0 6px}
.axis .lane span:nth-child(even){display:none}.wide{display:none}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:7px}
th,td{padding-right:10px}
}
@media print{
@page{margin:14mm 12mm}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10.5pt}main{max-width:none;padding:0}
h2{break-after:avoid}.maprow,.map,.tile,tr,.verdict{break-inside:avoid}
.cell{min-width:23px;height:18px;line-height:18px;font-size:9.5px}
.maps,.cols{grid-template-columns:1fr 1fr}
}
"""
