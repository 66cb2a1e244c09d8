"""Plans a member's run again, for a second attempt: the same instances or fewer, never others."""

import msgspec

from vmss_tui.fleet.model_edit.change import edited_scale_set
from vmss_tui.fleet.model_edit.diff import is_applied
from vmss_tui.fleet.model_edit.digest import digest_outside_edit
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.permission import require_manual_policy
from vmss_tui.runtime.session import Services
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.selection import Selection


def plan_again(services: Services, plan: Plan) -> Plan:
    """The plan over a new reading of the scale set; raises `RunRefused`, `PlanError`,
    `GatewayError`.

    The model must be as confirmed, or differ by the plan's own edit only.
    """
    snapshot = services.queries.observe(plan.scale_set)
    scale_set = snapshot.scale_set
    require_manual_policy(scale_set)
    edit = plan.edit
    if not plan.has_model_of(scale_set):
        is_own = (
            edit is not None
            and is_applied(scale_set, edit.body)
            and edit.rest_digest in ("", digest_outside_edit(scale_set.raw, edit.body))
        )
        if not is_own:
            raise RunRefused(
                f"the model of {scale_set.id.short} was changed since the campaign was planned"
            )
        edit = None
    present = tuple(i for i in plan.instance_ids if i in snapshot.by_id)
    if not present:
        raise RunRefused(f"no planned instance of {scale_set.id.short} is left")
    notice = plan.image_notice or 0.0  # part of the deadline already
    deadline = plan.policy.batch_deadline - notice
    again = make_plan(
        snapshot,
        Selection(instance_ids=present),
        msgspec.structs.replace(plan.policy, batch_deadline=deadline),
        edit=edit,
        touches_model=edit is not None,
        edited_model=edited_scale_set(scale_set, edit.body) if edit else None,
    )
    return msgspec.structs.replace(again, cautions=plan.cautions)
