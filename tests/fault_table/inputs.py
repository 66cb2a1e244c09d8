"""What people get wrong: other subscriptions, odd names, settings that cannot be. Nothing is sent.

Each row is a run that somebody asks for and does not get: one sentence, an exit code, and in the
simulator's ledger no write; where the settings are wrong, not even a question.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from vmss_tui.errors import ExitCode

ELSEWHERE = "11111111-2222-4333-8444-555555555555"
SET = "queue-rg/queue-test"
PROVIDER = "providers/Microsoft.Compute/virtualMachineScaleSets"
LAUGHS = "\n".join(
    ["a0: &a0 [lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
)
"""Nine to the eleventh, where a parser follows what it reads."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A row. `{here}` in arguments is the first subscription of the simulator."""

    name: str
    arguments: tuple[str, ...] = (SET, "--all", "--yes", "--subscription", "{here}")
    settings: str | bytes | None = None
    ends: ExitCode = ExitCode.ERROR
    words: str
    """A regular expression found in the sentence."""


def _people() -> Iterable[Refusal]:
    elsewhere = f"/subscriptions/{ELSEWHERE}/resourceGroups/queue-rg/{PROVIDER}/queue-test"
    here = elsewhere.replace(ELSEWHERE, "{here}")

    def asks(
        name: str, *arguments: str, ends: ExitCode = ExitCode.USAGE, words: str, at: str = SET
    ) -> Refusal:
        return Refusal(name=name, arguments=(at, "--yes", *arguments), ends=ends, words=words)

    in_here = ("--subscription", "{here}")
    gone = f"'{ELSEWHERE}' could not be found"
    yield asks("set in several subscriptions", "--all", words="say which subscription.*Contoso")
    yield asks(
        "set of another subscription than the flag's",
        *("--all", "--subscription", ELSEWHERE),
        at=here,
        words="resource id is of subscription",
    )
    yield asks(
        "set that is not in the flag's subscription",
        *("--all", "--subscription", ELSEWHERE),
        ends=ExitCode.ERROR,
        words=gone,
    )
    yield asks(
        "set of a subscription that is not there", at=elsewhere, ends=ExitCode.ERROR, words=gone
    )
    yield asks(
        "subscription of no such name",
        *("--all", "--subscription", "Contoso Prodcution"),
        words="there is no subscription 'Contoso Prodcution': Contoso Production",
    )
    yield asks(
        "group that is not there", *in_here, at="nobody/web", ends=ExitCode.ERROR, words="nobody"
    )
    yield asks(
        "name that is not there", *in_here, at="queue-rg/no", ends=ExitCode.ERROR, words="no'"
    )
    yield asks("name that no set can have", *in_here, at="web-rg/../x", words="RESOURCE_GROUP/NAME")
    yield asks(
        "every instance by a star",
        *in_here,
        "--instance",
        "*",
        ends=ExitCode.ERROR,
        words=r"no instance \*",
    )
    yield asks(
        "instance that is not there",
        *in_here,
        "--instance",
        "4711",
        ends=ExitCode.ERROR,
        words="4711",
    )
    yield asks(
        "domain that is not there", *in_here, "--domain", "77", ends=ExitCode.ERROR, words="77"
    )
    yield asks(
        "batch of nothing", *in_here, "--max-batch", "0", words="--max-batch.*from 1 to 1000"
    )
    yield asks("batch of more than all", *in_here, "--max-batch", "200%", words="from 1% to 100%")
    yield asks(
        "deadlines out of order",
        *in_here,
        *("--healthy-deadline", "5", "--min-healthy", "10"),
        words=r"--healthy-deadline \(5 s\) must be longer than --min-healthy \(10 s\)",
    )
    yield asks("wait without an end", *in_here, "--pause-between", "inf", words="at most a week")
    yield asks("gate that is no program", *in_here, "--gate", "/no/such", words="gate.*no/such")


def _settings() -> Iterable[Refusal]:
    def wrong(name: str, settings: str | bytes, words: str) -> Refusal:
        words = f"config.yaml.*({words})"
        return Refusal(
            name=f"settings with {name}", settings=settings, ends=ExitCode.USAGE, words=words
        )

    yield wrong("a tab", "azure:\n\tcloud: public\n", "line 2: a tab stands where spaces")
    yield wrong("a key twice", "poll:\n  interval: 6\n  interval: 7\n", "line 3: .*stands twice")
    yield wrong("a section twice", "poll:\nazure:\npoll:\n", "line 3: poll stands twice")
    yield wrong("an anchor", "azure: &a\n  cloud: public\n", "line 1: anchors, aliases and tags")
    yield wrong("a bomb of anchors", LAUGHS, "line 1: anchors, aliases and tags")
    yield wrong("a merge of keys", "azure:\n  <<: *a\n", "anchors, aliases and tags|<<")
    yield wrong("a tag", "azure: !!python/object:os.system x\n", "anchors, aliases and tags")
    yield wrong("a bomb of brackets", "[" * 30_000, "nested deeper than any setting")
    yield wrong("a number for a word", "azure:\n  cloud: 7\n", "line 2: azure.cloud is 7")
    yield wrong("a word for a number", "poll:\n  interval: often\n", "line 2: poll.interval is")
    yield wrong("a list for a number", "poll:\n  interval: [6]\n", "poll.interval is a list")
    yield wrong("a value for a section", "azure: public\n", "line 1: azure is a section")
    yield wrong("a number too small", "poll:\n  interval: 1\n", "from 6 to 3600")
    yield wrong("a number too big", "poll:\n  interval: 1e9\n", "from 6 to 3600")
    yield wrong("no number", "poll:\n  interval: .nan\n", "from 6 to 3600")
    yield wrong(
        "a policy out of order",
        "upgrade:\n  healthy_deadline: 5\n",
        "upgrade.healthy_deadline is 5: it must be longer",
    )
    yield wrong("a misspelt key", "azure:\n  credental: cli\n", "did you mean credential")
    yield wrong("a secret", "azure:\n  client_secret: hunter2\n", "looks like a secret")
    yield wrong("bytes that are no text", b"azure:\n  cloud: \xff\xfe\n", "not.*(text|UTF-8)")
    yield wrong("a zero byte", b"azure:\n  cloud: pub\x00lic\n", "not YAML.*special characters")
    yield wrong("two documents", "azure:\n---\npoll:\n", "line 2|document")
    yield wrong("more than anybody writes", "# x\n" * 500_000, "big|large|long")


REFUSALS = (*_people(), *_settings())
