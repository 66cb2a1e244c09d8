"""The requests of the az CLI for boot logs and run commands, in its order and without our code.

`az vm boot-diagnostics get-boot-log` reads the machine with its view, requests addresses where the
storage is managed, and reads the log without a token. `az vmss run-command invoke` sends the
script, polls `Azure-AsyncOperation` and takes its result from `Location`. Source: azure-cli,
`command_modules/vm/custom.py`.
"""

import requests

from tests.simulator.handlers.flexible_machines import list_machines
from tests.support.simulator_client import ClientFactory


def test_get_boot_log_reads_the_blob_without_a_token(make_client: ClientFactory) -> None:
    client = make_client("flexible")
    machine = next(iter(list_machines(client).values()))["id"]
    body = client.send("GET", machine, None, "$expand=instanceView").json()
    setting = body["properties"]["diagnosticsProfile"]["bootDiagnostics"]
    assert (setting["enabled"], setting.get("storageUri")) == (True, None)
    assert body["properties"]["instanceView"]["bootDiagnostics"] == {}
    data = client.send("POST", f"{machine}/retrieveBootDiagnosticsData").json()
    log = requests.get(data["serialConsoleLogBlobUri"], timeout=20)
    assert log.status_code == 200
    assert log.headers["Content-Length"] == str(len(log.content))
    assert b"login: " in log.content


def test_run_command_invoke_takes_its_result_from_location(make_client: ClientFactory) -> None:
    client = make_client()
    body = {"commandId": "RunShellScript", "script": ["hostname", "df -h /"], "parameters": []}
    path = f"{client.set_path}/virtualmachines/1/runCommand"
    accepted = client.send("POST", path, body)
    assert (accepted.status_code, accepted.content) == (202, b"")
    poll, location = accepted.headers["Azure-AsyncOperation"], accepted.headers["Location"]
    assert client.send("GET", location).status_code == 202
    statuses = []
    for _ in range(2):
        statuses.append(client.send("GET", poll).json()["status"])
        client.advance(30)
    final = client.send("GET", location)
    assert statuses == ["InProgress", "Succeeded"]
    assert "/dev/root" in final.json()["value"][0]["message"]
    assert final.json() == client.send("GET", poll).json()["properties"]["output"]
