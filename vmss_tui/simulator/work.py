"""One action on one instance, as its script and its ending know it."""

from collections.abc import Callable
from dataclasses import dataclass

from vmss_tui.simulator.images import Build
from vmss_tui.simulator.instances import Instance, Model
from vmss_tui.simulator.operations import Operation
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.world import World


@dataclass(slots=True)
class Work:
    """One action on one instance, from its acceptance on."""

    world: World
    scale_set: ScaleSet
    instance: Instance
    operation: Operation
    kind: str
    model: Model
    build: Build
    duration: float
    turn: int
    at: float

    def then(self, fraction: float, step: Callable[["Work", float], None]) -> None:
        """Lets `step` happen at a fraction of the duration, unless another action took over."""

        def guarded(now: float) -> None:
            if self.instance.turn == self.turn:
                step(self, now)

        self.world.after(self.at, self.duration * fraction, guarded)
