"""Wrong input: other subscriptions, names and settings that are not possible.

Each refusal is one sentence and an exit code. The ledger of the simulator has no write, and with
wrong settings no request at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from vmss_tui.errors import ExitCode

OTHER_SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
SET = "queue-rg/queue-test"
PROVIDER = "providers/Microsoft.Compute/virtualMachineScaleSets"
ANCHOR_BOMB = "\n".join(
    ["a0: &a0 [lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
)
"""Nine to the eleventh items, where a parser expands the anchors."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A refused run. `{here}` in arguments is the first subscription of the simulator."""

    name: str
    arguments: tuple[str, ...] = (SET, "--all", "--yes", "--subscription", "{here}")
    settings: str | bytes | None = None
    ends: ExitCode = ExitCode.ERROR
    message: str
    """A regular expression for the sentence."""


def usage_refusals() -> Iterable[Refusal]:
    other_set = f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/queue-rg/{PROVIDER}/queue-test"
    this_set = other_set.replace(OTHER_SUBSCRIPTION, "{here}")

    def refusal(
        name: str, *arguments: str, ends: ExitCode = ExitCode.USAGE, message: str, at: str = SET
    ) -> Refusal:
        return Refusal(name=name, arguments=(at, "--yes", *arguments), ends=ends, message=message)

    in_here = ("--subscription", "{here}")
    gone = f"'{OTHER_SUBSCRIPTION}' could not be found"
    yield refusal(
        "set in several subscriptions",
        "--all",
        message="choose a subscription with --subscription: .*Contoso",
    )
    yield refusal(
        "set of another subscription than the flag's",
        *("--all", "--subscription", OTHER_SUBSCRIPTION),
        at=this_set,
        message="resource ID is in subscription",
    )
    yield refusal(
        "set that is not in the flag's subscription",
        *("--all", "--subscription", OTHER_SUBSCRIPTION),
        ends=ExitCode.ERROR,
        message=gone,
    )
    yield refusal(
        "set of a subscription that is not there", at=other_set, ends=ExitCode.ERROR, message=gone
    )
    yield refusal(
        "subscription of no such name",
        *("--all", "--subscription", "Contoso Prodcution"),
        message="there is no subscription 'Contoso Prodcution': Contoso Production",
    )
    yield refusal(
        "group that is not there", *in_here, at="nobody/web", ends=ExitCode.ERROR, message="nobody"
    )
    yield refusal(
        "name that is not there", *in_here, at="queue-rg/no", ends=ExitCode.ERROR, message="no'"
    )
    yield refusal(
        "name that no set can have", *in_here, at="web-rg/../x", message="RESOURCE_GROUP/NAME"
    )
    yield refusal(
        "every instance by a star",
        *in_here,
        "--instance",
        "*",
        ends=ExitCode.USAGE,
        message=r"'\*' cannot be an instance ID of queue-rg/queue-test",
    )
    yield refusal(
        "instance that is not there",
        *in_here,
        "--instance",
        "4711",
        ends=ExitCode.ERROR,
        message="4711",
    )
    yield refusal(
        "domain that is not there", *in_here, "--domain", "77", ends=ExitCode.ERROR, message="77"
    )
    yield refusal(
        "batch of nothing", *in_here, "--max-batch", "0", message="--max-batch.*from 1 to 1000"
    )
    yield refusal(
        "batch of more than all", *in_here, "--max-batch", "200%", message="from 1% to 100%"
    )
    yield refusal(
        "deadlines out of order",
        *in_here,
        *("--healthy-deadline", "5", "--min-healthy", "10"),
        message=r"--healthy-deadline \(5 s\) must be longer than --min-healthy \(10 s\)",
    )
    yield refusal(
        "wait without an end",
        *in_here,
        "--pause-between",
        "inf",
        message="a week at most",
    )
    yield refusal(
        "gate that is no program", *in_here, "--gate", "/no/such", message="gate.*no/such"
    )


def setting_refusals() -> Iterable[Refusal]:
    def refusal(name: str, settings: str | bytes, message: str) -> Refusal:
        message = f"config.yaml.*({message})"
        return Refusal(
            name=f"settings with {name}", settings=settings, ends=ExitCode.USAGE, message=message
        )

    yield refusal(
        "a tab", "azure:\n\tcloud: public\n", "line 2: indent with spaces, not with a tab"
    )
    yield refusal(
        "a key twice",
        "poll:\n  interval: 6\n  interval: 7\n",
        "line 3: poll.interval is given twice, first in line 2",
    )
    yield refusal(
        "a section twice", "poll:\nazure:\npoll:\n", "line 3: poll is given twice, first in line 1"
    )
    yield refusal("an anchor", "azure: &a\n  cloud: public\n", "line 1: anchors, aliases and tags")
    yield refusal("a bomb of anchors", ANCHOR_BOMB, "line 1: anchors, aliases and tags")
    yield refusal("a merge of keys", "azure:\n  <<: *a\n", "anchors, aliases and tags|<<")
    yield refusal("a tag", "azure: !!python/object:os.system x\n", "anchors, aliases and tags")
    yield refusal("a bomb of brackets", "[" * 30_000, "nested deeper than any setting")
    yield refusal("a number for a word", "azure:\n  cloud: 7\n", "line 2: azure.cloud is 7")
    yield refusal("a word for a number", "poll:\n  interval: often\n", "line 2: poll.interval is")
    yield refusal("a list for a number", "poll:\n  interval: [6]\n", "poll.interval is a list")
    yield refusal("a value for a section", "azure: public\n", "line 1: azure is a section")
    yield refusal("a number too small", "poll:\n  interval: 1\n", "from 6 to 3600")
    yield refusal("a number too big", "poll:\n  interval: 1e9\n", "from 6 to 3600")
    yield refusal("no number", "poll:\n  interval: .nan\n", "from 6 to 3600")
    yield refusal(
        "a policy out of order",
        "upgrade:\n  healthy_deadline: 5\n",
        "upgrade.healthy_deadline is 5: it must be longer",
    )
    yield refusal("a misspelt key", "azure:\n  credental: cli\n", "did you mean credential")
    yield refusal("a secret", "azure:\n  client_secret: hunter2\n", "looks like a secret")
    yield refusal("bytes that are no text", b"azure:\n  cloud: \xff\xfe\n", "not.*(text|UTF-8)")
    yield refusal("a zero byte", b"azure:\n  cloud: pub\x00lic\n", "not YAML.*special characters")
    yield refusal("two documents", "azure:\n---\npoll:\n", "line 2|document")
    yield refusal("more than anybody writes", "# x\n" * 500_000, "big|large|long")


REFUSALS = (*usage_refusals(), *setting_refusals())
