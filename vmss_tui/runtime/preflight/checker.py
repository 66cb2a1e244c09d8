"""Checks scale sets before the first write, with few requests.

For a set with a platform image four: the versions of the image, the chosen version, the region's VM
sizes, the rights on the resource group. One more each for a new VM size (quotas), a purchase plan
(terms), and rights that the group does not give (those on the set itself). A gallery's image needs
three instead of two: versions, definition, replication. Many sets share what they have in common:
versions and sizes by region, rights by resource group.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import Struct

from vmss_tui.fleet.image import Image, ImageKind, family_title
from vmss_tui.fleet.image_offers import ImageVersions
from vmss_tui.fleet.model_edit.change import edited_scale_set
from vmss_tui.fleet.preflight.access_rules import (
    check_rights,
    check_state,
    check_terms,
    missing_actions,
)
from vmss_tui.fleet.preflight.facts import (
    Fact,
    Grant,
    ImageTraits,
    Replication,
    Sizes,
    Usages,
)
from vmss_tui.fleet.preflight.image_rules import check_image, target_version
from vmss_tui.fleet.preflight.result import Check, Preflight, PreflightFinding, sorted_preflight
from vmss_tui.fleet.preflight.size_rules import check_compatibility, check_quota, check_size
from vmss_tui.fleet.preflight.subject import Subject
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import Gateway, NotFound, ReadCancelled
from vmss_tui.gateway.background_call import Cancelled
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.preflight.fact_store import FactStore, PendingFact
from vmss_tui.upgrade.plan.plan import Plan

T = TypeVar("T")
DEADLINE = 20.0
"""Real seconds for all reads of one check; for many sets, `DEADLINE_OF_MANY`."""
DEADLINE_OF_MANY = 120.0
CATALOGUE_AGE = 3600.0
"""Seconds for which versions, sizes and images are not read again."""
ACCESS_AGE = 120.0
"""Seconds for which rights, quotas, terms and replicas are not read again."""
_NO_SUCH_IMAGE = "NotFound"
"""Code of the catalogue's own 404; that of Azure Resource Manager is `ResourceNotFound`."""


def plan_subject(scale_set: ScaleSet, plan: Plan) -> Subject:
    """What is checked before the run of a plan; `scale_set` is what the plan was made of."""
    edit = plan.edit
    target = edited_scale_set(scale_set, edit.body) if edit else scale_set
    return Subject(scale_set, target, len(plan.instance_ids), writes_model=edit is not None)


def require_passed(preflight: Preflight) -> None:
    """Raises `RunRefused` with the refusals, if there are any."""
    if preflight.refusals:
        raise RunRefused(f"nothing was started: {preflight.refusal_text}")


@dataclass(slots=True)
class _Facts:
    """The facts about one subject that are being read."""

    versions: PendingFact[ImageVersions] | None = None
    traits: PendingFact[ImageTraits] | None = None
    replication: PendingFact[Replication] | None = None
    sizes: PendingFact[Sizes] | None = None
    usages: PendingFact[Usages] | None = None
    terms: PendingFact[bool] | None = None
    group_grants: PendingFact[tuple[Grant, ...]] | None = None
    grants: PendingFact[tuple[Grant, ...]] | None = None
    started: list[float] = field(default_factory=list)
    """When the reads of these facts began."""


class PreflightChecker:
    """The checks of one session. Blocks, and is called from threads; reads are shared and cached.

    A refusal by facts of an earlier check is checked once more with new ones.
    """

    def __init__(self, gateway: Gateway, images: Images) -> None:
        self._gateway, self._images = gateway, images
        self._store = FactStore()

    def check(self, subject: Subject) -> Preflight:
        """The checks of one scale set; what Azure does not answer within `DEADLINE` is not known.

        Raises `ReadCancelled` where the session's reads are cancelled.
        """
        return self._check((subject,), DEADLINE)[subject.scale_set.id.key]

    def check_many(self, subjects: Sequence[Subject]) -> Mapping[str, Preflight]:
        """The checks of many scale sets, by their `ScaleSetId.key`, with one set of reads.

        Raises `ReadCancelled` where the session's reads are cancelled.
        """
        return self._check(subjects, DEADLINE_OF_MANY)

    def _check(self, subjects: Sequence[Subject], seconds: float) -> Mapping[str, Preflight]:
        began, ends_at = self._store.now(), time.monotonic() + seconds
        try:
            results, doubtful = self._evaluate(subjects, ends_at, None, began)
            if doubtful:
                results |= self._evaluate(doubtful, ends_at, began, began)[0]
        except Cancelled as error:
            raise ReadCancelled("The checks before the run were cancelled.") from error
        return results

    def _evaluate(
        self, subjects: Sequence[Subject], ends_at: float, newer_than: float | None, began: float
    ) -> tuple[dict[str, Preflight], list[Subject]]:
        """The results, and the subjects that older facts refuse."""
        check_round = _Round(self._gateway, self._images, self._store, ends_at, newer_than)
        facts = [check_round.begin(subject) for subject in subjects]
        for subject, known in zip(subjects, facts, strict=True):
            check_round.follow_up(subject, known)
        results: dict[str, Preflight] = {}
        doubtful: list[Subject] = []
        principal = self._gateway.context.principal
        for subject, known in zip(subjects, facts, strict=True):
            findings = [*check_round.findings(subject, known, principal)]
            checks = (*_made(subject, known), *(finding.check for finding in findings))
            result = sorted_preflight(checks, findings)
            results[subject.scale_set.id.key] = result
            if newer_than is None and result.refusals and min(known.started) < began:
                doubtful.append(subject)
        return results, doubtful


def _made(subject: Subject, facts: _Facts) -> Iterator[Check]:
    """The checks that were made, as far as findings do not say so themselves."""
    for check in subject.checks:
        if check is not Check.COMPATIBILITY or facts.traits is not None:
            yield check


class _Round(Struct, frozen=True):
    """One round of reads for some subjects."""

    gateway: Gateway
    images: Images
    store: FactStore
    ends_at: float
    newer_than: float | None

    def begin(self, subject: Subject) -> _Facts:
        """Starts the reads that need nothing else."""
        facts, scale_set, image = _Facts(), subject.target, subject.target.image
        reads, scale_set_id = self.gateway.preflight, scale_set.id
        place = (scale_set_id.subscription_id, scale_set.location)
        group = (scale_set_id.subscription_id, scale_set_id.resource_group.lower())
        facts.group_grants = self._start(
            facts, ("grants", *group), lambda: reads.read_group_grants(scale_set_id), ACCESS_AGE
        )
        if subject.sizes and not scale_set.edge_zone:
            facts.sizes = self._start(
                facts, ("sizes", *place), lambda: reads.read_sizes(*place), CATALOGUE_AGE
            )
        if subject.needs_quota:
            facts.usages = self._start(
                facts, ("usages", *place), lambda: reads.read_usages(*place), ACCESS_AGE
            )
        if image is not None and subject.has_versions:
            facts.versions = self._start(
                facts,
                ("versions", place[0], scale_set.place, family_title(image).lower()),
                lambda: self._read_versions(scale_set, image),
                CATALOGUE_AGE,
            )
        if image is not None and not image.follows_latest:
            self._read_version(facts, scale_set, image, image.version)
        return facts

    def follow_up(self, subject: Subject, facts: _Facts) -> None:
        """Starts the reads that depend on the answers of others."""
        image = subject.target.image
        if image is not None and image.follows_latest:
            version = target_version(subject, self._wait(facts.versions).value)
            if version:
                self._read_version(facts, subject.target, image, version)
        scale_set_id, reads = subject.scale_set.id, self.gateway.preflight
        grants = self._wait(facts.group_grants)
        if grants.value is None or missing_actions(subject.actions, grants.value):
            facts.grants = self._start(
                facts,
                ("grants", scale_set_id.key),
                lambda: reads.read_grants(scale_set_id),
                ACCESS_AGE,
            )
        traits = self._wait(facts.traits).value
        plan = traits.plan if traits else ""
        if plan and plan.lower() == subject.scale_set.purchase_plan.lower():
            subscription = scale_set_id.subscription_id
            facts.terms = self._start(
                facts,
                ("terms", subscription, plan.lower()),
                lambda: reads.read_terms(subscription, plan),
                ACCESS_AGE,
            )

    def findings(
        self, subject: Subject, facts: _Facts, principal: str
    ) -> Iterator[PreflightFinding]:
        """Applies all rules; waits for the facts."""
        traits, sizes = self._wait(facts.traits), self._wait(facts.sizes)
        if subject.target.edge_zone:
            sizes = Fact(problem="the VM sizes of an Edge Zone are not listed")
        versions, replication = self._wait(facts.versions), self._wait(facts.replication)
        yield from check_state(subject)
        yield from check_image(subject, versions, traits, replication)
        if subject.target.image is not None and facts.traits is not None:
            yield from check_compatibility(subject, traits, sizes)
        yield from check_size(subject, sizes)
        yield from check_quota(subject, sizes, self._wait(facts.usages))
        yield from check_rights(subject, self._wait(facts.grants or facts.group_grants), principal)
        yield from check_terms(subject, traits, self._wait(facts.terms))

    def _read_version(self, facts: _Facts, scale_set: ScaleSet, image: Image, version: str) -> None:
        """Starts the reads about one version of an image, or about a managed image."""
        if image.kind is ImageKind.VHD:
            return
        reads = self.gateway.preflight
        place = (scale_set.id.subscription_id, scale_set.place)
        key = (family_title(image).lower(), image.reference.lower())
        facts.traits = self._start(
            facts,
            ("image", *place, *key, version),
            lambda: reads.read_image(scale_set, image, version),
            CATALOGUE_AGE,
        )
        if image.kind is ImageKind.GALLERY and not scale_set.edge_zone:
            facts.replication = self._start(
                facts,
                ("replication", *key, version),
                lambda: reads.read_replication(image, version),
                ACCESS_AGE,
            )

    def _read_versions(self, scale_set: ScaleSet, image: Image) -> ImageVersions:
        is_fresh = self.newer_than is not None
        try:
            return self.images.read_versions(scale_set, image, fresh=is_fresh)
        except NotFound as error:
            if error.code != _NO_SUCH_IMAGE:
                raise
            return ImageVersions(image, (), scale_set.place, datetime.now(UTC))

    def _start(
        self, facts: _Facts, key: tuple[str, ...], read: Callable[[], T], max_age: float
    ) -> PendingFact[T]:
        pending = self.store.start(key, read, max_age, newer_than=self.newer_than)
        facts.started.append(pending.started_at)
        return pending

    def _wait(self, pending: PendingFact[T] | None) -> Fact[T]:
        if pending is None:
            return Fact(problem="it was not read")
        return pending.wait(self.ends_at, lambda: self.gateway.cancellation.is_requested)
