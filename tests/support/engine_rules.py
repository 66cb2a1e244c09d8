"""The rules of a run, checked at every event of the engine before it is journaled.

Their numbers are those of the run's contract; they begin the messages of `RuleBroken`.
"""

from tests.support.engine_evidence import Evidence, UpgradeRequest, check
from vmss_tui.fleet.scale_set import Health, PolicyMode, PowerState, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run, Stage


class EngineRules:
    """Checks events and requests of a run against the evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._world, self._policy, self._plan = evidence.world, evidence.policy, evidence.plan

    def check_event(
        self, event: ev.AnyEvent, run: Run, reading: Reading | None, now: Moment
    ) -> None:
        """Checks one event of a decision; `run` is the run before it."""
        match event:
            case ev.BatchIntent():
                check(4, reading is not None, "a POST needs a reading")
                if reading is not None:
                    self._check_post(event, run, reading, now)
            case ev.InstancesUpgraded(instance_ids=ids):
                for i in ids:
                    since = self._evidence.healthy_since.get(i)
                    long = since is not None and self._world.t - since >= (
                        self._policy.min_healthy_time
                    )
                    check(5, long, f"{i} is upgraded only when seen well for min_healthy_time")
                    machine = self._world.machines.get(i)
                    true = machine is None or machine.version == self._world.version
                    check(5, true, f"{i} is not on the model, whatever its flag says")
            case ev.InstancesGone(instance_ids=ids) if reading is not None:
                planned = self._evidence.planned_ids()
                present = set(ids) & reading.snapshot.by_id.keys() & planned
                check(10, not present, f"{present} are gone though they are there")
                check(5, not set(ids) & planned, "what is there is not gone")
            case ev.InstancesSkipped(instance_ids=ids):
                for i in ids:
                    self._check_skip(i)
            case ev.BatchSettled():
                self._check_settle(event, run, reading)
            case ev.ModelPinned(digest=digest) if self._evidence.reverting:
                check(6, digest == self._plan.model_digest, "back to the model that was before")
                self._evidence.digest = digest
            case ev.RevertStarted(instance_ids=ids):
                machines = self._evidence.machines
                working = [i for i in ids if i in machines and machines[i].actor == "run"]
                late = {i for i in working if run.members[i].stage not in OPEN_STAGES}
                check(5, set(working) <= late, f"turned while {working} are at work")
            case ev.Completed():
                self._check_completed(event, run)
            case _:
                pass

    def _check_skip(self, instance_id: str) -> None:
        evidence = self._evidence
        machine = evidence.machines[instance_id]
        left_alone = machine.protected or machine.power is not PowerState.RUNNING
        left_alone = left_alone or not evidence.views[instance_id].vm_id
        current = machine.version == self._world.version
        check(2, left_alone or current, f"{instance_id} is skipped for no reason")
        ours = instance_id in self._world.upgraded_by.get(evidence.actor, ())
        ours = ours and not evidence.reverting
        check(13, left_alone or not ours, f"{instance_id} is skipped though this run upgraded it")

    def _check_post(self, intent: ev.BatchIntent, run: Run, reading: Reading, now: Moment) -> None:
        evidence, ids, snapshot = self._evidence, intent.instance_ids, reading.snapshot
        check(8, evidence.may_send, "no POST while held, halted or ended")
        check(1, bool(ids) and "*" not in ids, "explicit ids")
        check(1, snapshot.complete and set(ids) <= snapshot.by_id.keys(), "ids of the reading")
        check(1, len(set(ids)) == len(ids), "each id once")
        check(2, set(ids) <= set(self._plan.instance_ids), "only what was planned")
        for i in ids:
            machine = evidence.machines[i]
            check(2, machine.generation == 0, f"{i} is another machine than was planned")
            check(2, not machine.protected, f"{i} is protected")
            view = evidence.views[i]
            again = i in evidence.touched and view.provisioning is ProvisioningState.FAILED
            current = view.latest_model_applied is not False and evidence.has_model_image(view)
            check(2, not current or again, f"{i} is current")
        check(3, len({evidence.machines[i].row for i in ids}) == 1, "one row a batch")
        self._check_budget(ids)
        age = now.real - snapshot.ended
        check(4, age <= max(5.0, 2 * (snapshot.ended - snapshot.begun)), "a fresh reading")
        check(4, reading.begun_t >= evidence.last_post_ended, "a reading begun after the last POST")
        check(4, reading.begun_t >= evidence.last_settle, "a reading begun after the last settle")
        declared = {i for i, m in run.members.items() if m.stage is Stage.FAILED}
        for i, machine in evidence.machines.items():
            ours = machine.actor == evidence.actor
            # Where the answer was lost, only a view can show that the request has landed.
            known = not self._was_lost(i) or evidence.seen_actors.get(i) == evidence.actor
            check(5, not (ours and known) or i in declared, f"{i} is still being upgraded")
        if self._policy.gate:
            check(8, set(ids) <= evidence.passed_gate, "only what the gate let through")
        untouched = evidence.reverting and not set(ids) <= evidence.touched
        check(2, not untouched, "only what this run changed is put back")
        check(6, snapshot.scale_set.model_digest == evidence.digest, "the confirmed model")
        check(6, snapshot.scale_set.policy_mode is PolicyMode.MANUAL, "nobody else upgrades")
        check(10, not (others := self.others_at_work(run)), f"somebody works on {others}")
        self.check_no_rolling_upgrade()
        check(8, len(evidence.failures) < self._policy.max_new_failures, "the failure budget")
        for i in ids:
            self._check_repeat(i, intent)

    def others_at_work(self, run: Run) -> list[str]:
        """Instances on which the views show work of others, and that this run did not request."""
        evidence = self._evidence
        requested = {
            i
            for i, m in run.members.items()
            if (m.attempts or m.requested_before) and m.stage is not Stage.UPGRADED
        }
        return [
            i
            for i, actor in evidence.seen_actors.items()
            if actor != evidence.actor
            and evidence.views[i].provisioning is ProvisioningState.UPDATING
            and i not in requested
            and i in evidence.at_plan & evidence.planned_ids()
        ]

    def check_others(self, before: Run, run: Run, reading: Reading) -> None:
        """A run that follows its batch pauses where others are at work, too."""
        stopped = run.phase is Phase.PAUSED or run.ended
        shown = {
            i
            for i, view in reading.snapshot.by_id.items()
            if view.provisioning is ProvisioningState.UPDATING
        }
        others = shown.intersection(self.others_at_work(before))
        check(10, stopped or not others, f"somebody works on {others}, alongside an open batch")

    def check_sent(self, ids: tuple[str, ...]) -> None:
        """A request that is sent now: what this run and its operator took down is known, however
        late the views show it."""
        evidence, world = self._evidence, self._world
        operated = {i for i, m in world.machines.items() if m.actor == evidence.operator}
        down = operated | {
            i
            for i, m in world.machines.items()
            if m.actor == evidence.actor and not self._was_lost(i)
        }
        taken = {i for i in ids if i in world.machines and world.serves(world.machines[i])}
        within = not taken or len(down | taken) <= evidence.budget
        check(4, within, f"{len(down | taken)} down by this run out of {evidence.budget}")
        check(10, operated.isdisjoint(ids), f"{operated} are being restarted")

    def _was_lost(self, instance_id: str) -> bool:
        """Whether the answer to its last request was lost: nobody knows when it takes effect."""
        requests = self._evidence.requests.get(instance_id)
        return not requests or requests[-1].lost_at is not None

    def check_no_rolling_upgrade(self) -> None:
        """Azure reported no rolling upgrade of its own after the last reply, or could not be read.

        It counts as unreadable once it could not be read for `settle_window` seconds.
        """
        evidence = self._evidence
        since = max(evidence.last_post_ended, evidence.last_settle)
        age = self._world.t - evidence.rolling_read_at
        read = evidence.rolling_read_at >= since and age <= 180.0
        check(10, read, "looked for a rolling upgrade")
        if evidence.saw_rolling and not evidence.rolling_forbidden:
            unread = evidence.rolling_unread_since
            tried = unread is not None and self._world.t - unread >= self._policy.settle_window
            check(10, tried, "Azure rolls an upgrade of its own")
        evidence.rolling_unread_since = None

    def _check_budget(self, ids: tuple[str, ...]) -> None:
        evidence = self._evidence
        out = sum(
            not view.available
            for i, view in evidence.views.items()
            if not (
                i in evidence.stopped_before
                and evidence.machines[i].power is not PowerState.RUNNING
            )
        )
        taken = sum(evidence.views[i].available for i in ids)
        within = taken == 0 or out + taken <= evidence.budget
        check(4, within, f"{out}+{taken} out of {evidence.budget}")

    def _check_repeat(self, instance_id: str, intent: ev.BatchIntent) -> None:
        history = self._evidence.requests.get(instance_id, [])
        check(7, intent.attempt <= 2, "at most two attempts")
        check(7, len(history) <= 1, f"{instance_id} was asked twice already")
        for first in history:
            lost = first.lost_at
            check(7, lost is not None, f"{instance_id} was accepted and is asked again")
            waited = lost is not None and self._world.t - lost >= self._policy.settle_window
            check(7, waited, f"{instance_id} is asked again too soon")
            state = self._evidence.views[instance_id].provisioning
            as_before = first.had_failed and state is ProvisioningState.FAILED
            settled = state is ProvisioningState.SUCCEEDED or as_before
            check(7, settled, f"{instance_id} is asked again though not settled")
            moved = [i for i in first.batch_ids if self._was_at_work_since(i, first)]
            check(7, not moved, f"{instance_id} is asked again though {moved} moved")

    def _was_at_work_since(self, instance_id: str, first: UpgradeRequest) -> bool:
        """Was it seen at work since, and not requested once more by itself meanwhile?"""
        last = self._evidence.requests.get(instance_id, [first])[-1]
        return last.at <= first.at <= self._evidence.seen_at_work.get(instance_id, -1.0)

    def _check_settle(self, event: ev.BatchSettled, run: Run, reading: Reading | None) -> None:
        batch = run.open_batch
        check(5, batch is not None, "only an open batch settles")
        if batch is None:
            return
        total = event.upgraded + event.failed + event.gone + event.reopened
        check(13, total == len(batch.instance_ids), "a batch's counts add up")
        still = [i for i in batch.instance_ids if run.members[i].stage in OPEN_STAGES]
        check(5, not still, f"{still} are open")
        running = reading is not None and reading.operation_status == "InProgress"
        young = self._world.t - batch.requested_at < self._policy.batch_deadline
        check(5, not (running and young), "the operation is known to be at work")

    def _check_completed(self, event: ev.Completed, run: Run) -> None:
        evidence = self._evidence
        if self._policy.gate and run.batches_sent:
            last = evidence.gates[-1] if evidence.gates else None
            gate_passed = last is not None and not last.instance_ids
            check(8, gate_passed, "the gate is asked after the last")
        total = event.upgraded + event.failed + event.gone + event.skipped
        check(13, total == len(self._plan.instance_ids), "the counts add up to the plan")
        for i, member in run.members.items():
            check(13, member.stage not in OPEN_STAGES, f"{i} is open")
            check(13, member.stage is not Stage.WAITING, f"{i} waits")
            if member.stage is Stage.UPGRADED:
                self._check_upgraded(i)
            late = member.stage is Stage.FAILED and i in evidence.requests
            well = late and i in evidence.healthy_since and i in evidence.planned_ids()
            check(13, not well, f"{i} counts as failed, and is upgraded")
        if not event.failed and not event.unfinished:
            for i in evidence.planned_ids() & set(run.members):
                self._check_done(i, run)

    def _check_done(self, instance_id: str, run: Run) -> None:
        """A run that completed without failures: every planned instance is done, or gone."""
        evidence = self._evidence
        if evidence.reverting and instance_id not in evidence.touched:
            return
        machine, view = evidence.machines[instance_id], evidence.views[instance_id]
        well = machine.version == self._world.version
        well = well and view.provisioning is ProvisioningState.SUCCEEDED
        well = well and view.health in (None, Health.HEALTHY)
        stage = run.members[instance_id].stage
        check(13, well, f"{instance_id} ({stage}) is not on the model and healthy: not completed")

    def _check_upgraded(self, instance_id: str) -> None:
        machine = self._evidence.machines.get(instance_id)
        view = self._evidence.views.get(instance_id)
        same = instance_id in self._evidence.planned_ids()
        check(13, same, f"{instance_id} is another machine than was upgraded")
        fine = machine is not None and machine.version == self._world.version
        if machine is not None and machine.power is PowerState.RUNNING:
            fine = fine and view is not None and view.health is not Health.UNHEALTHY
        check(13, fine, f"{instance_id} counts as upgraded")

    def check_journal(self, run: Run, records: int) -> None:
        """Rule 12: every prefix of the journal is a valid run."""
        batch = run.open_batch
        requested = set(batch.instance_ids) if batch else set()
        still = {i for i, m in run.members.items() if m.stage in OPEN_STAGES}
        check(12, still <= requested, "an open member is in the open batch")
        check(12, run.seq == records, "seq counts the journal")
        check(12, set(run.members) == set(self._plan.instance_ids), "members are the plan's")
