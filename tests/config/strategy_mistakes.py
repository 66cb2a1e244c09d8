"""A whole strategy file, and mistakes in it with the sentence that each gets."""

import pytest

WHOLE = """\
campaign: ubuntu-2026-01
select:
  subscriptions: [Contoso Production]
  where: "tag:role=web orchestration:Uniform"
change:
  image_version: "22.04.202601010"
policy:
  max_batch: 20%
  max_unhealthy: 10%
  min_healthy_time: 60s
stages:
  - name: canary
    where: "name:*-canary"
    bake: 30m
  - name: pilot
    where: "region:northeurope"
    concurrency: 2
    bake: 2h
    approve: true
  - name: rest
    concurrency: 5
    max_failed_members: 1
    start_at: "2026-01-15T23:00+01:00"
rules:
  paired_regions_apart: true
verdict:
  url: https://a.example/health
  failures: 2/5
  on_failure: revert
"""

NAME = "must be a name of letters, digits, - and _, at most 48 of them"
WHERE = "must be a filter such as tag:role=web, or * for every scale set, in quotes"
TIME = "must be a time with its unit, such as 90s, 30m or 2h, from 0s to 168h"
STAGE_LIST = "must be a list with one item for each stage, such as `- name: canary`"
STAGE_KEYS = "name, where, concurrency, max_failed_members, bake, approve, start_at"


def row(old: str, new: str, message: str) -> object:
    """A file in which `old` is replaced, by the mistake that its message names."""
    assert WHOLE.count(old) == 1, old
    return pytest.param(WHOLE.replace(old, new), message, id=(new or f"no {old}").strip()[:40])


MISTAKES = (
    pytest.param(
        "", " campaign is missing: such as `campaign: ubuntu-2026-01`", id="an empty file"
    ),
    pytest.param("- a\n", "line 1: sections with settings are expected here", id="a list"),
    row(
        "campaign: ubuntu-2026-01",
        "campain: ubuntu-2026-01",
        "line 1: campain is not a key of a strategy (did you mean campaign?): the keys are "
        "campaign, select, change, policy, stages, rules, verdict, on_failure",
    ),
    row(
        "rules:\n",
        "concurrency: 3\nrules:\n",
        "line 24: concurrency is not a key of a strategy (did you mean concurrency in stages?)"
        ": the keys are campaign, select, change, policy, stages, rules, verdict, on_failure",
    ),
    row("ubuntu-2026-01", "ubuntu 2026/01", f"line 1: campaign is 'ubuntu 2026/01': it {NAME}"),
    row("ubuntu-2026-01", "a" * 49, f"line 1: campaign is '{'a' * 49}': it {NAME}"),
    row(
        '  where: "tag:role=web orchestration:Uniform"\n',
        "",
        "line 3: select.where is missing: a filter such as `tag:role=web`, or * for every set",
    ),
    row('where: "tag:role=web orchestration:Uniform"', "where:",
        f"line 4: select.where is nothing: it {WHERE}"),
    row("tag:role=web orchestration:Uniform", "tags:role=web",
        f"line 4: select.where is 'tags:role=web': it {WHERE} (no filter 'tags': use behind, "
        "problem, live, owned, outdated, name:, group:, region:, subscription:, orchestration:, "
        "policy:, image:, running:, size:, tag:)"),
    row("region:northeurope", "!",
        f"line 16: stages.2.where is '!': it {WHERE} ('!' negates nothing: write !behind or "
        "!region:eastus)"),
    row(
        "[Contoso Production]",
        "Contoso Production",
        "line 3: select.subscriptions is 'Contoso Production': it must be a list of texts",
    ),
    row(
        '"22.04.202601010"',
        "22.04",
        "line 6: change.image_version is 22.04: it must be a version in quotes, such as "
        "'22.04.202601010', or latest",
    ),
    row(
        'image_version: "22.04.202601010"',
        "image_verison: latest",
        "line 6: change.image_verison is not a key (did you mean image_version?): section "
        "change has image_version, image_sku, image_offer, image_publisher, image_id, "
        "image_uri, vm_size",
    ),
    row(
        'image_version: "22.04.202601010"',
        "image_id: gallery/web",
        "line 6: change.image_id: the image id must be /subscriptions/…/images/NAME, "
        "…/galleries/GALLERY/images/NAME[/versions/V], /sharedGalleries/… or "
        "/communityGalleries/…",
    ),
    row(
        'image_version: "22.04.202601010"',
        "image_version: latest\n  image_uri: https://a.example/b/c.vhd",
        "line 6: change: give the image in one form: version, ID or URI",
    ),
    row(
        'image_version: "22.04.202601010"',
        "vm_size: D4 v5",
        "line 6: change.vm_size: vm size 'D4 v5' is not possible: Standard_D4s_v5",
    ),
    row(
        "max_batch: 20%",
        "max_batch_instance_percent: 20%",
        "line 8: policy.max_batch_instance_percent is not a key (did you mean max_batch?): "
        "section policy has max_batch, max_unhealthy, max_unhealthy_upgraded, "
        "max_new_failures, pause_between, unhealthy_first, order, min_healthy_time, "
        "healthy_deadline, batch_deadline, canary, checkpoints, include_stopped, quarantine, gate, "
        "gate_timeout",
    ),
    row(
        "max_batch: 20%",
        "max_batch: 0",
        "line 8: policy.max_batch is 0: it must be from 1 to 1000 instances, not '0'",
    ),
    row(
        "max_unhealthy: 10%",
        "max_unhealthy: 110%",
        "line 9: policy.max_unhealthy is '110%': it must be from 1% to 100%, not '110%'",
    ),
    row(
        "min_healthy_time: 60s",
        "min_healthy_time: 1:30",
        "line 10: policy.min_healthy_time is 90: it must be a time with its unit, such as 90s, "
        "30m or 2h, from 0s to 24h",
    ),
    row(
        "min_healthy_time: 60s",
        "min_healthy_time: 15m",
        "line 8: policy.healthy_deadline must be longer than min_healthy_time (by default it "
        "is 10m)",
    ),
    row(
        "min_healthy_time: 60s",
        "healthy_deadline: 5s",
        "line 10: policy.healthy_deadline is '5s': it must be longer than min_healthy_time",
    ),
    row(
        "min_healthy_time: 60s",
        "order: rack",
        "line 10: policy.order is 'rack': it must be one of domain, fault-domain, zone",
    ),
    row(
        "min_healthy_time: 60s",
        "checkpoints: [50%, 25%]",
        "line 10: policy.checkpoints is a list: it must be ascending, each percentage once",
    ),
    row(
        "min_healthy_time: 60s",
        "gate: ./nowhere.sh",
        "line 10: policy.gate is './nowhere.sh': it must name a program that can be run: "
        "'./nowhere.sh' is not found",
    ),
    row(
        "  max_batch: 20%\n  max_unhealthy: 10%\n  min_healthy_time: 60s\n",
        "  max_batch:\n    percent: 20\n",
        "line 9: policy.max_batch is one value, without keys of its own",
    ),
    row(
        "rules:\n  paired_regions_apart: true",
        "rules: true",
        "line 24: rules is a section: indent its keys (paired_regions_apart, "
        "one_region_at_a_time)",
    ),
    row(
        "paired_regions_apart: true",
        "paired_regions_apart: sometimes",
        "line 25: rules.paired_regions_apart is 'sometimes': it must be true or false",
    ),
    pytest.param(
        WHOLE.partition("stages:")[0], f" stages is missing: it {STAGE_LIST}", id="no stages"
    ),
    pytest.param(
        WHOLE.partition("stages:")[0] + "stages: []\n",
        f"line 11: stages {STAGE_LIST}",
        id="stages: []",
    ),
    pytest.param(
        WHOLE.partition("stages:")[0] + "stages: canary\n",
        f"line 11: stages {STAGE_LIST}",
        id="stages: canary",
    ),
    pytest.param(
        WHOLE.partition("stages:")[0] + "stages:\n  canary:\n    bake: 1h\n",
        f"line 13: stages.canary cannot be: stages {STAGE_LIST}",
        id="stages by name",
    ),
    pytest.param(
        WHOLE.partition("stages:")[0] + "stages: {canary: 1}\n",
        f"line 11: stages.canary cannot be: stages {STAGE_LIST}",
        id="stages: {canary: 1}",
    ),
    pytest.param(
        WHOLE.partition("stages:")[0] + "stages: [canary]\n",
        "line 11: stages must be a list whose items have keys of their own, such as "
        "`- name: canary`",
        id="stages: [canary]",
    ),
    row("  - name: canary\n    where", "  - where", 
        "line 12: stages.1.name is missing: such as `name: canary`"),
    row("name: pilot", "name: Canary",
        "line 15: stage Canary is given twice, first in line 12: give every stage a name of "
        "its own"),
    row('    where: "region:northeurope"\n', "",
        "line 19: stage rest would be empty, because stage pilot before it takes every scale "
        "set: give that one a `where`, or put it last"),
    row("concurrency: 2", "concurrency: 0",
        "line 17: stages.2.concurrency is 0: it must be a whole number from 1 to 50"),
    row("concurrency: 2", "concurency: 2",
        "line 17: stages.2.concurency is not a key (did you mean concurrency?): a stage has "
        f"{STAGE_KEYS}"),
    row("max_failed_members: 1", "max_failed_members: none",
        "line 22: stages.3.max_failed_members is 'none': it must be a whole number from 0 to "
        "1000"),
    row("bake: 2h", "bake: 120", f"line 18: stages.2.bake is 120: it {TIME}"),
    row("bake: 2h", "bake: 8d", f"line 18: stages.2.bake is '8d': it {TIME}"),
    row("approve: true", "approve: me",
        "line 19: stages.2.approve is 'me': it must be true or false"),
    row('"2026-01-15T23:00+01:00"', "2026-01-15",
        "line 23: stages.3.start_at is '2026-01-15': it must be a date and time with its zone, "
        "such as 2026-01-15T22:00Z"),
    row('"2026-01-15T23:00+01:00"', "22:00",
        "line 23: stages.3.start_at is 1320: it must be a date and time with its zone, such as "
        "2026-01-15T22:00Z"),
    row("bake: 2h", "bake: 2h\n    bake: 3h",
        "line 19: stages.2.bake is given twice, first in line 18: keep one"),
    row("    approve: true", "\tapprove: true", "line 19: indent with spaces, not with a tab"),
    row("approve: true", "approve: *yes",
        "line 19: anchors, aliases and tags (& * !) are not used here: write the value itself, "
        "in quotes if it begins with such a character"),
    row("paired_regions_apart: true", "api_key: hunter2",
        "line 25: rules.api_key looks like a secret, and secrets do not belong in a file: sign "
        "in with az, a managed identity or environment variables, and remove the secret (it "
        "should be replaced, too)"),
    row("url: https://a.example/health", "url: http://a.example/health",
        "line 27: verdict.url is 'http://a.example/health': it must begin with https://, "
        "except for this machine (localhost)"),
    row("url: https://a.example/health", "metric: Percentage CPU",
        "line 27: verdict.metric is 'Percentage CPU': it must be such as `average of "
        "Percentage CPU < 80 over 5m`, not 'Percentage CPU'"),
    row("url: https://a.example/health", "every: 60s",
        "line 27: verdict must be a command, an address or a metric, and only one"),
    row("failures: 2/5", "failures: 5/2",
        "line 28: verdict.failures is '5/2': it must be at least 1 of at most 100 samples"),
    row("on_failure: revert", "on_failure: rollback",
        "line 29: verdict.on_failure is 'rollback': it must be one of halt, revert"),
    row("on_failure: revert", "command: [./probe.sh, --all]",
        "line 29: verdict.command is a list: it must name a program that can be run: "
        "'./probe.sh' is not found"),
)  # fmt: skip
"""The text of the file, and the message after its path."""
