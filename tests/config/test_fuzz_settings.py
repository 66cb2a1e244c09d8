"""Three thousand damaged settings files: each gives settings, or one sentence with its place.

What loads is taken as far as a start takes it before anything is sent: to the keys of the
dashboard and to a gateway.
"""

import re
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from vmss_tui import wiring
from vmss_tui.cli.commands.dashboard import check_keys
from vmss_tui.config import ConfigError, load, schema, yaml_file
from vmss_tui.gateway import NotSignedIn
from vmss_tui.target import Target
from vmss_tui.text import clean

HOW_MANY = 3_000
SLOWEST = 3.0
"""Seconds of processor time that the worst file may cost: 64 KiB of the worst there is."""
LONGEST = 1_200
WHOLE = """\
azure:
  cloud: public
  endpoint: ""
  authority: ""
  tenant: ""
  credential: cli
  subscriptions: [one, "two"]
  process_timeout: 60
  api_version: ""
poll:
  interval: 6
upgrade:
  max_batch_instance_percent: 20%
  max_new_failures: 1
  order: domain
  min_healthy_time: 10
  checkpoints: [25%, 50%]
  skip_not_running: true
hooks:
  gate: "check --all"
runs:
  keep_days: 90
  keep_newest: 200
display:
  theme: vmss-dark
keys:
  upgrade: f5
protected:
  - prod-*/*
state: https://contosoruns.blob.core.windows.net/runs
"""
VALUES = (
    "", "~", "null", "yes", "no", "true", "-1", "0", "1", "6", "99999999999999999999", "1e999",
    ".nan", ".inf", "-.inf", "0x1F", "0o17", "017", "1_000", "190:20:30", "2020-99-99",
    "2020-01-01", "[]", "{}", "[[1]]", "{a: b}", "[1, {a: b}]", "'", '"',
    '"\\u001b[2J"', '"\\ud800"', '"\\x00"', "|", ">", "|9", "&a x", "*a",
    "!!python/object:os.system x", "!!binary aGk=", "!<tag> x", "<<",
    "=", "?", "- -", "@x", "`x`", "%x", "#", "https://[", "https://h/p?q", "http://127.0.0.1:1",
    "https://management.azure.com", "https://management.chinacloudapi.cn", "https://a.example",
    "custom", "china", "managed", "environment", "workload", "default", "browser", "device-code",
    "a b", "../..", "-", "a" * 3_000, "\u202e", "東京", "\x1b[2J", "\x85", "\ufeff", "150%", "-5%",
    "0%", "5", "ctrl+q", "q", ",", "U,U", "f5,f6", "vmss-16", "zone", "'a\\'", '"a $(b)"',
    "hunter2",
)  # fmt: skip
KEYS = (
    "azure", "cloud", "endpoint", "keys", "upgrade", "poll", "x", "", "? a", "<<", "1", "~", "true",
    "client_secret", "password", "accountKey", "2020-01-01", "[a]", "{a: 1}", '"a\\e]0;x\\a"',
    "open", "read-only", "\u202ekey", "k" * 2_000, "canary", "order", "gate", "notify", "protected",
)  # fmt: skip
BOMBS = (
    "[" * 30_000,
    "{" * 30_000,
    "- " * 30_000,
    "? " * 30_000,
    "{a: " * 10_000,
    "a:\n" + "".join(f"{' ' * n}a:\n" for n in range(300)),
    "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)),
    "azure: &x {cloud: public}\npoll:\n  <<: *x\n",
    "keys:\n" + "".join(f"  k{n}: f{n}\n" for n in range(5_000)),
    "protected: [" + "a," * 30_000 + "]",
    "protected:\n" + "- a\n" * 16_000,
    "a: " + "'" * 60_000,
    "a: " + '"\\' * 30_000,
    "a: " + "!" * 60_000,
    "a: " + "1" * 60_000,
    "a: " + ":" * 60_000,
    "a: " + "1:" * 30_000,
    "poll:\n  interval: " + "9" * 5_000,
    "poll:\n  interval: " + "1:" * 9_000 + "1",
    "#" * 65_000 + "\n",
    "\n" * 65_000,
    "---\n" * 16_000,
    "...\n" * 16_000,
    "%YAML 9.9\n---\na: b\n",
    "%TAG ! tag:x,2000:\n---\na: !b c\n",
    "a: b\n---\na: b\n",
    "\t" * 60_000,
    "a: |\n" + " x\n" * 20_000,
    "a: >1\n" + " " * 60_000,
    "x" * 65_537,
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037", "latin-1")


def damaged(random: Random) -> bytes:
    """A settings file with one to four things wrong."""
    if random.random() < 0.02:
        return random.choice(BOMBS).encode()
    lines = WHOLE.splitlines()
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(lines))
        indent, key, value = re.fullmatch(r"(\s*)([^:]*:?)(.*)", lines[at], re.DOTALL).groups()  # type: ignore[union-attr]
        lines[at : at + 1] = random.choice(
            (
                [f"{indent}{key} {random.choice(VALUES)}"],
                [f"{indent}{key} {random.choice(VALUES)}"],
                [f"{indent}{random.choice(KEYS)}:{value}"],
                [lines[at], lines[at]],
                [],
                [f"\t{lines[at].strip()}"],
                [f"{indent} {lines[at]}"],
                [lines[at].strip()],
                [lines[at], f"{indent}  {random.choice(KEYS)}: {random.choice(VALUES)}"],
                [lines[at], random.choice(VALUES)],
                [*lines[at : at + 1], *lines[: random.randrange(4)]],
            )
        )
        if not lines:
            break
    text = "\n".join(lines) + "\n"
    kind = random.random()
    if kind < 0.05:
        return text.encode(random.choice(ENCODINGS), "replace")
    body = text.encode("utf-8", "surrogatepass")
    if kind < 0.15:
        at = random.randrange(len(body) + 1)
        byte = bytes([random.randrange(256)])
        return random.choice((body[:at], body[:at] + byte + body[at + 1 :], body[:at] + byte))
    return body


def come_to(path: Path) -> str:
    """Settings, or the one sentence that refuses the file."""
    try:
        settings = load(path)
        check_keys(settings)
        wiring.gateway_for(settings, Target()).close()
    except NotSignedIn as error:
        message = f"{path} {error.message}"
    except ConfigError as error:
        message = str(error)
    else:
        return "settings"
    assert message.startswith(str(path)), message
    assert "\n" not in message
    assert clean(message) == message
    assert len(message) <= LONGEST, message[:200]
    assert "hunter2" not in message or "_secret" not in message
    return "a sentence with its line" if re.search(r" line \d+", message) else "a sentence"


def test_a_damaged_file_is_settings_or_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    come_to(path)  # what is imported on the way is not the file's doing
    for seed in range(HOW_MANY):
        path.write_bytes(damaged(Random(seed)))
        start = time.process_time()
        try:
            outcomes[come_to(path)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        slowest = max(slowest, time.process_time() - start)
    assert outcomes.total() == HOW_MANY
    assert min(outcomes.values()) > 50, outcomes
    assert slowest <= SLOWEST
    with capsys.disabled():
        summary = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
        sys.stderr.write(f"\n{HOW_MANY} damaged settings: {summary}; slowest {slowest:.2f} s\n")


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: repr(bomb[:12]))
def test_a_file_that_expands_is_refused_in_time(tmp_path: Path, bomb: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(bomb, encoding="utf-8")
    start = time.process_time()
    assert come_to(path)
    assert time.process_time() - start <= SLOWEST


def test_every_setting_is_among_those_that_are_damaged() -> None:
    sections = {at[0] for at in schema.SCHEMA} | {"keys"}
    assert sections == {line.split(":")[0] for line in WHOLE.splitlines() if line[0] not in " -"}
    assert max(map(len, BOMBS)) > yaml_file.MAX_FILE_SIZE
