"""The samples of a campaign's verdict, taken by the campaign's own worker."""

import msgspec

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.state import Campaign
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.verdicts.run_samples import make_probe
from vmss_tui.runtime.verdicts.sampler import Sampler
from vmss_tui.upgrade.plan.verdict import Verdict


class CampaignSamples:
    """Starts the samples when the engine requests them. Called by the runner's thread only."""

    def __init__(self, verdict: Verdict | None, services: Services, clock: Clock) -> None:
        """`verdict` is that of the manifest: the journal has it without secrets."""
        self._verdict, self._services, self._clock = verdict, services, clock
        self._sampler: Sampler | None = None
        self._stage: int | None = None
        """Index of the stage that the present sampler is for."""

    def advance(self, campaign: Campaign, stage: int | None) -> ce.StageVerdictSampled | None:
        """The sample that has ended, to be recorded. Begins one where `stage`, an index, is due;
        a sample that is no longer requested is dropped."""
        if stage is None or stage != self._stage:
            self.cancel()
        if stage is None:
            return None
        sampler = self._sampler = self._sampler or self._sampler_for(campaign, stage)
        self._stage = stage
        if sampler is None:
            return None
        sample = sampler.take()
        if sample is not None:
            return ce.StageVerdictSampled(stage=stage, sample=sample)
        if not sampler.is_busy:
            sampler.start(_document(campaign, stage))
        return None

    def cancel(self) -> None:
        """Ends the present sample without a result."""
        if self._sampler is not None:
            self._sampler.cancel()
        self._sampler = self._stage = None

    def _sampler_for(self, campaign: Campaign, stage: int) -> Sampler | None:
        members = campaign.stage_plan(stage).members
        if self._verdict is None or not members:
            return None
        scale_set = members[0].scale_set
        probe = make_probe(self._verdict, self._services.diagnostics, scale_set)
        return Sampler(probe, self._clock)


def _document(campaign: Campaign, stage: int) -> bytes:
    """What a command gets on stdin: the campaign, the stage, and the scale sets upgraded so far."""
    upgraded = [m.key for m in campaign.members.values() if m.state is ce.MemberState.UPGRADED]
    return msgspec.json.encode(
        {
            "campaign": campaign.id,
            "stage": campaign.stage_plan(stage).name,
            "phase": campaign.phase,
            "bake": campaign.stages[stage].finished_at is not None,
            "upgraded": upgraded,
        }
    )
