"""What a settings file may say, and the one sentence that each mistake gets."""

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from vmss_tui import config, wiring
from vmss_tui.config import AzureSettings, ConfigError, Settings, load, schema, yaml_file
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.target import Target
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(folder / "config.yaml"))
    return message.removeprefix(str(folder / "config.yaml")).strip()


def test_the_example_shows_every_setting_with_its_default() -> None:
    path = ROOT / "config.example.yaml"
    assert load(path) == Settings()
    shown = set(yaml_file.read_entries(path))
    assert shown == set(schema.SCHEMA)


def test_without_a_file_the_defaults_hold() -> None:
    assert load(None) == Settings()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    settings = load(
        written(
            tmp_path,
            "azure:\n  credential: managed\n  subscriptions: [Contoso Production]\n"
            "upgrade:\n  max_batch_instance_percent: 5\n  order: zone\n  checkpoints: [25%, 50]\n"
            "protected:\n  - prod-*/*\n",
        )
    )
    assert settings.azure == AzureSettings(
        credential="managed", subscriptions=("Contoso Production",)
    )
    assert settings.upgrade == Policy(
        max_batch_instance_percent=Amount(count=5), order=Order.ZONE, checkpoints=(25, 50)
    )
    assert settings.is_protected(scale_set_id(SUBSCRIPTION, "PROD-web", "web-vmss"))
    assert not settings.is_protected(scale_set_id(SUBSCRIPTION, "test-web", "web-vmss"))


def test_keys_are_moved_by_the_id_of_their_command(tmp_path: Path) -> None:
    settings = load(written(tmp_path, 'keys:\n  upgrade: f5\n  next-set: "]"\n  open: 1\n'))
    assert settings.keys == {"upgrade": "f5", "next-set": "]", "open": "1"}
    assert str(settings.key_error("open", "is no command")).endswith(
        "config.yaml line 4: keys.open is no command"
    )


def test_an_empty_file_and_empty_sections_keep_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")) == Settings()
    assert load(written(tmp_path, "# only words\nazure:\npoll:\n")) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "azure:\n  credental: cli\n",
            "line 2: azure.credental is not a setting (did you mean credential?): section azure "
            "has cloud, endpoint, authority, tenant, credential, subscriptions, process_timeout, "
            "api_version",
            id="a misspelt key",
        ),
        pytest.param(
            "gates:\n  gate: ./check\n",
            "line 2: gates is not a setting (did you mean gate in section hooks?): the "
            "sections are azure, display, hooks, keys, poll, protected, runs, state, upgrade",
            id="an unknown section",
        ),
        pytest.param(
            "azure:\n  cloud: mars\n",
            "line 2: azure.cloud is 'mars': it must be one of public, china, usgov, custom",
            id="an unknown word",
        ),
        pytest.param(
            "poll:\n  interval: 1\n",
            "line 2: poll.interval is 1: it must be seconds, from 6 to 3600",
            id="out of range",
        ),
        pytest.param(
            "poll:\n  interval: yes\n",
            "line 2: poll.interval is True: it must be seconds, from 6 to 3600",
            id="true for a number",
        ),
        pytest.param(
            "poll:\n  interval: .nan\n",
            "line 2: poll.interval is nan: it must be seconds, from 6 to 3600",
            id="not a number",
        ),
        pytest.param(
            "upgrade:\n  max_batch_instance_percent: 120%\n",
            "line 2: upgrade.max_batch_instance_percent is '120%': it must be from 1% to 100%, "
            "not '120%'",
            id="more than all",
        ),
        pytest.param(
            "upgrade:\n  healthy_deadline: 5\n",
            "line 2: upgrade.healthy_deadline is 5: it must be longer than min_healthy_time",
            id="a policy that breaks a rule",
        ),
        pytest.param(
            "upgrade:\n  canary: [1]\n",
            "line 2: upgrade.canary is a list: it must be a whole number from 0 to 1000",
            id="a list for a number",
        ),
        pytest.param(
            "azure:\n  tenant:\n    id: x\n",
            "line 3: azure.tenant is one value, without keys of its own",
            id="a section for a value",
        ),
        pytest.param(
            "azure: public\n",
            "line 1: azure is a section: indent its settings (cloud, endpoint, authority, tenant, "
            "credential, subscriptions, process_timeout, api_version)",
            id="a value for a section",
        ),
        pytest.param(
            "protected: prod/*\n",
            "line 1: protected is 'prod/*': it must be a list of texts",
            id="a text for a list",
        ),
        pytest.param(
            "azure:\n\tcloud: public\n",
            "line 2: indent with spaces, not with a tab",
            id="a tab",
        ),
        pytest.param(
            "poll:\n  interval: 6\n  interval: 7\n",
            "line 3: poll.interval is given twice, first in line 2: keep one",
            id="a key twice",
        ),
        pytest.param(
            "a: &a [x]\nb: *a\n",
            "line 1: anchors, aliases and tags (& * !) are not used here: write the value itself, "
            "in quotes if it begins with such a character",
            id="an anchor",
        ),
        pytest.param(
            "azure: !!python/object:os.system x\n",
            "line 1: anchors, aliases and tags (& * !) are not used here: write the value itself, "
            "in quotes if it begins with such a character",
            id="a tag",
        ),
        pytest.param(
            "- one\n- two\n",
            "line 1: sections with settings are expected here",
            id="a list of nothing",
        ),
        pytest.param(
            "poll:\n  interval: " + "1:" * 9_000 + "1\n",
            "line 2: a number longer than any setting",
            id="a number without an end",
        ),
        pytest.param(
            "azure:\n  tenant: -x\n",
            "line 2: azure.tenant is '-x': it must be a tenant's id or domain, such as contoso.com",
            id="no tenant",
        ),
        pytest.param(
            "display:\n  cell: version\n",
            "line 2: display.cell is 'version': it must be one of state, power, health, model, "
            "image-version, provisioning, time-since-change",
            id="a meaning that cells have not",
        ),
        pytest.param(
            "[" * 30_000,
            "line 1: nested deeper than any setting",
            id="a bomb",
        ),
        pytest.param(
            "azure: {cloud: public\n",
            "line 2 is not YAML: expected ',' or '}', but got '<stream end>'",
            id="not YAML",
        ),
    ],
)
def test_a_mistake_gets_one_sentence_with_line_key_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    assert complaint(tmp_path, text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'azure:\n  cloud: custom\n  endpoint: "https://["\n',
            "line 3: azure.endpoint 'https://[' must be https://HOST "
            "(http only on 127.0.0.1, for a simulator)",
        ),
        (
            "azure:\n  cloud: custom\n  endpoint: https://a.example\n  authority: 'https://['\n",
            "line 4: azure.authority 'https://[' must be a host such as login.contoso.com",
        ),
        (
            "azure:\n  cloud: custom\n",
            "line 2: azure.cloud custom needs an endpoint and an authority",
        ),
    ],
)
def test_contradictory_azure_settings_are_reported_with_their_line(
    tmp_path: Path, text: str, message: str
) -> None:
    settings = load(written(tmp_path, text))
    with pytest.raises(ConfigError) as caught:
        wiring.gateway_for(settings, Target())
    assert str(caught.value) == f"{tmp_path / 'config.yaml'} {message}"


@pytest.mark.parametrize(
    "key", ["client_secret", "password", "key", "access_token", "accountKey", "sas_url"]
)
def test_a_secret_is_refused_with_the_reason_and_never_repeated(tmp_path: Path, key: str) -> None:
    message = complaint(tmp_path, f"azure:\n  {key}: hunter2hunter2\n")
    assert message.startswith(f"line 2: azure.{key} looks like a secret, and secrets do not belong")
    assert "hunter2" not in message


def test_control_characters_in_the_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    message = complaint(tmp_path, '"az\\e]52;c;aGk=\\a": 1\n')
    assert "\x1b" not in message
    assert "\x07" not in message


def test_a_file_that_is_too_big_or_not_text_is_refused(tmp_path: Path) -> None:
    assert "larger than 64 KiB" in complaint(tmp_path, "#" * 70_000)
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(path)


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml cannot be read: No such file"):
        load(config.find_path(tmp_path / "nowhere.yaml"))


def test_the_file_is_looked_for_in_the_flag_then_the_variable_then_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("VMSS_TUI_CONFIG", raising=False)
    assert config.find_path() is None
    own = tmp_path / "vmss-tui" / "config.yaml"
    own.parent.mkdir()
    own.touch()
    assert config.find_path() == own
    monkeypatch.setenv("VMSS_TUI_CONFIG", "/somewhere/else.yaml")
    assert config.find_path() == Path("/somewhere/else.yaml")
    assert config.find_path(Path("here.yaml")) == Path("here.yaml")
