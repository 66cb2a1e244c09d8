"""Every kind of fault that is to be covered, and the faults or tests that cover it.

A fault is named by the beginning of its name, a test by `file::beginning of its name`.
"""

COVERAGE: dict[str, tuple[str, ...]] = {
    # network
    "refused": ("refused connection",),
    "DNS": ("host name not found",),
    "TLS": ("certificate not accepted", "tls session broken"),
    "dropped before acceptance": ("request dropped before", "model edit dropped before"),
    "dropped after acceptance": ("answer dropped after", "answer to the model edit dropped"),
    "half-open": ("half-open connection", "silence in place of"),
    "proxy HTML with 200": ("proxy page in place of", "nothing but proxy pages"),
    "stripped LRO headers": ("operation headers stripped",),
    "offline for ten minutes": (
        "offline for ten minutes",
        "end_to_end/test_kills::test_ten_minutes_offline",
    ),
    "redirect to another host": (
        "request redirected to another host",
        "list redirected to another host",
        "operation redirected to another host",
        "operation on another host",
        "pages that lead to another host",
        "arm/test_paging::test_a_next_page_on_another_host_is_refused_and_sees_no_token",
    ),
    # ARM
    "429 with 17, none, inf, 36000, -5, soon": ("throttled with", "throttled without end"),
    "500 after acceptance": ("500 after the effect",),
    "503 once": ("503 once",),
    "409 busy": ("409 busy twice", "409 busy without end"),
    "409 locked": ("409 locked",),
    "409 policy": ("409 by policy", "403 by policy"),
    "412": ("412 to the model edit",),
    "400 stale id": ("id that is not active any more",),
    "operation 404": ("operation not found", "operation gone"),
    "operation never ends": ("operation never over",),
    "operation failed": ("operation failed though it is done", "operation Failed and"),
    "operation preempted": ("operation preempted",),
    "operation succeeded but old": ("operation Succeeded and every instance old",),
    "operation in progress but done": ("operation in progress long after it is done",),
    "stale reads 30 s": ("readings thirty seconds old", "a list thirty seconds old"),
    "nextLink loop": ("pages that go round in a circle",),
    "broken page": ("second page broken",),
    "allocation failure": ("no host for it",),
    "active rolling upgrade": (
        "a rolling upgrade of the service at work",
        "RollingForward of Azure's own",
        "RollingBack of Azure's own",
        "word of Azure's own",
    ),
    "set deleted": ("set deleted",),
    # instances
    "never healthy": ("never healthy", "one never healthy"),
    "flapping": ("flapping faster", "flapping slowly"),
    "Unknown": ("health reported as unknown",),
    "Initializing": ("health initializing for ever",),
    "no health source": ("health of old instances not reported", "health never reported"),
    "sick elsewhere": ("five others sick", "three others sick"),
    "scaled in mid-operation": ("two members deleted in mid operation",),
    "scaled out": ("scaled out",),
    "protected": ("protected before their batch",),
    "deallocated": ("deallocated before", "deallocated in mid operation"),
    "evicted": ("evicted before",),
    "id reused": ("ids given to other machines", "upgraded ids given to other machines"),
    # data
    "instanceView missing": ("two instance views missing", "all instance views missing"),
    "domains missing": ("domains missing after the plan",),
    "five domains, one, a thousand instances, none": (
        "an empty list of a set",
        "every instance deleted",
        "arm/test_reads::test_a_thousand_instances_have_all_their_domains",
        "fleet/test_domains::",
    ),
    "unknown enum values": (
        "two with unknown provisioning",
        "two with unknown power",
        "two in an unknown motion",
        "unknown upgrade policy",
        "operation of an unknown status",
        "word of Azure's own of an unknown status",
    ),
    "case-varying ids": ("ids and states in another case", "set id in another case"),
    "empty Flexible set without profile": (
        "profile missing once",
        "arm/test_recorded_facts::test_every_recorded_set_is_read_whole",
    ),
    "hostile strings": ("hostile texts in",),
    # operator
    "two on one host": (
        "end_to_end/test_worker::test_two_runs_on_one_set",
        "end_to_end/test_kills::test_a_second_worker_of_a_run",
        "end_to_end/test_takeover::test_two_viewers_may_pause",
    ),
    "two on two hosts": ("others upgraded by somebody", "the next ones restarted by somebody"),
    "model edited in the portal mid-run": ("model written in mid operation", "vm size written"),
    "mashed Enter, paste": (
        "end_to_end/terminal/test_dashboard::test_enter_alone_and_pasted_text_never_confirm",
        "end_to_end/terminal/test_prompts::test_what_was_typed_before_the_question",
    ),
    "wrong subscription": (
        "set of another subscription than the flag's",
        "set that is not in the flag's subscription",
        "subscription of no such name",
    ),
    # process
    "SIGHUP, TERM": ("end_to_end/test_kills::test_a_signal_at_any_time",),
    "KILL at each journal boundary": (
        "end_to_end/test_kills::test_a_worker_killed_at_any_journal_write",
    ),
    "STOP/CONT": ("end_to_end/test_kills::test_a_worker_that_stood_still",),
    "closed stdout": (
        "end_to_end/test_worker::test_a_viewer_whose_output_is_closed",
        "cli/test_run::test_a_closed_pipe_ends_a_command",
    ),
    "logind killing user processes": ("runtime/test_logind::",),
    # disk, config, clock
    "ENOSPC, EIO, read-only": (
        "end_to_end/test_kills::test_a_disk_that_is_full_at_an_intent",
        "runtime/test_runner_outages::test_a_disk_that_fails_at_an_intent",
    ),
    "torn, damaged, newer journal": (
        "runtime/test_journal::test_a_torn_last_line",
        "runtime/test_journal::test_damage_before_the_end",
    ),
    "modes": (
        "runtime/test_journal::test_the_file_is_private",
        "runtime/test_journal::test_a_folder_that_others",
    ),
    "YAML with tabs": ("settings with a tab",),
    "duplicate keys": ("settings with a key twice", "settings with a section twice"),
    "anchors bomb": ("settings with a bomb of anchors",),
    "wrong types": ("settings with a number for a word", "settings with a list for a number"),
    "out-of-range": ("settings with a number too small", "settings with a number too big"),
    "clock ±1 h": ("wall clock wrong by", "end_to_end/test_kills::test_a_wrong_wall_clock"),
    "suspend 8 h": ("suspended for eight hours",),
}
