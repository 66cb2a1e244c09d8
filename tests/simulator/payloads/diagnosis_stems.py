"""The recordings of boot diagnostics, run command, the Activity Log and Resource Graph.

Most are of single machines or of a whole subscription, which the replay of scale sets does not
prepare: `test_recorded_diagnosis` sends their requests, `test_recorded_exchanges` leaves them out.
"""

DIAGNOSIS_STEMS = frozenset(
    {
        "activitylog-400-older-than-90-days",
        "activitylog-eventcategories",
        "activitylog-list-select-2020",
        "doc-409-runCommand-in-progress",
        "doc-arg-429-RateLimiting",
        "doc-resourcechanges-row",
        "flow-activitylog-delay-2023",
        "flow-bootdiag-vm-managed-blob-404",
        "flow-vm-runCommand-output-tail-4kB",
        "flow-vmss-runCommand-action",
        "runCommands-document-RunShellScript",
        "spec-vmssvm-retrieveBootDiagnosticsData",
        "vm-instanceView-maintenanceRedeployStatus-completed",
    }
)
