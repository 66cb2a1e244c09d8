"""The detached process that carries out a campaign: `python -m vmss_tui campaign-worker NAME`.

As the worker of a run it survives the screen and the connection. After SIGTERM it ends after its
current request, and the members' runs, which are processes of their own, go on; the campaign can
be resumed. It has the campaign's lock as long as it lives.
"""

import os
import socket

from msgspec.structs import replace

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.plan import CampaignPlan, StagePlan
from vmss_tui.campaign.state import Campaign
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_runner import CampaignRunner
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.runs.worker import worker_process
from vmss_tui.runtime.session import Services
from vmss_tui.upgrade.plan.policy import Policy, without_secrets


def run_campaign_worker(
    folder: CampaignFolder, services: Services, clock: Clock, lock_descriptor: int | None = None
) -> int:
    """Carries out the campaign in this process; returns 0, or raises `WorkerError`.

    `lock_descriptor` is the lock that the process which started this one has passed on.
    """

    def lock_message() -> str:
        owner = folder.lock_owner()
        return f"campaign {owner.label if owner else folder.name} is live"

    with worker_process(folder, clock, lock_descriptor, lock_message) as term:
        journal = folder.open_journal()
        runner = CampaignRunner(folder, journal, services, clock)
        term.stops(runner.stop_by_signal, lambda: _has_work(runner.campaign))
        runner.record(first_events(folder, runner))
        runner.loop()
        journal.close()
    return 0


def _has_work(campaign: Campaign) -> bool:
    return not campaign.phase.is_over or bool(campaign.live)


def first_events(folder: CampaignFolder, runner: CampaignRunner) -> list[ce.AnyCampaignEvent]:
    """The first records of a worker: the plan, if it is the first worker, and its own start."""
    manifest = folder.manifest
    worker_started = ce.CampaignWorkerStarted(
        pid=os.getpid(), host=socket.gethostname(), resumed=runner.campaign.workers > 0
    )
    if runner.campaign.plan is not None:
        return [worker_started]
    confirmed = ce.CampaignConfirmed(
        id=folder.name,
        plan=_shown_plan(manifest.plan),
        by=manifest.by,
        assumed_yes=manifest.assumed_yes,
    )
    return [confirmed, worker_started]


def _shown_plan(plan: CampaignPlan) -> CampaignPlan:
    """The plan with its commands and addresses without secrets; the manifest has those that are
    run."""

    def shown_stage(stage: StagePlan) -> StagePlan:
        members = []
        for member in stage.members:
            policy = without_secrets(member.plan.policy)
            members.append(replace(member, plan=replace(member.plan, policy=policy)))
        return replace(stage, members=tuple(members))

    verdict = without_secrets(Policy(verdict=plan.verdict)).verdict
    return replace(plan, stages=tuple(map(shown_stage, plan.stages)), verdict=verdict)
