"""The client of Azure Resource Manager: azure-core's pipeline, and azure-mgmt-compute on top of it.

Importing azure-mgmt-compute takes longer than everything else that a reading command does, and a
reading uses neither its models nor its operations. Reads therefore go through the pipeline itself;
writes go through azure-mgmt-compute's client, which is made at the first write and has the same
pipeline: policies, transport and connections.
"""

import gc
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azure.core import PipelineClient
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import HTTPPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse

from vmss_tui.arm.transport.credentials import CachedCredential
from vmss_tui.arm.transport.pipeline import is_read
from vmss_tui.gateway import Refused
from vmss_tui.text import cell

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

Policy = HTTPPolicy[Any, Any] | SansIOHTTPPolicy[Any, Any]


class ResourceManagerClient:
    """Sends a request with exactly these policies, and no other. Thread-safe."""

    def __init__(
        self,
        endpoint: str,
        scope: str,
        credential: CachedCredential,
        subscription_id: str,
        policies: Sequence[Policy],
        transport: HttpTransport[HttpRequest, HttpResponse],
    ) -> None:
        self._endpoint, self._scope = endpoint, scope
        self._credential, self._subscription_id = credential, subscription_id
        self._pipeline = Pipeline[HttpRequest, HttpResponse](transport, policies)
        self._reader = PipelineClient[HttpRequest, HttpResponse](endpoint, pipeline=self._pipeline)
        self._writer: ComputeManagementClient | None = None
        self._lock = threading.Lock()

    def send_request(
        self, request: HttpRequest, *, stream: bool = False, **kwargs: Any
    ) -> HttpResponse:
        """Runs a request through the pipeline once; `Refused` where it cannot be sent."""
        if is_read(request.method, request.url):
            return self._reader.send_request(request, stream=stream, **kwargs)
        return self._compute_client().send_request(request, stream=stream, **kwargs)

    def prepare_writes(self) -> None:
        """Imports azure-mgmt-compute now, in a thread: a first write hours later then neither waits
        for it nor depends on the files of the package still being there."""
        threading.Thread(target=self._compute_client, name="import", daemon=True).start()

    def load_writer(self) -> None:
        """Imports azure-mgmt-compute where no write did, so that none waits for it."""
        self._compute_client()

    def close(self) -> None:
        """Closes the connections, which both clients share."""
        self._reader.close()

    def _compute_client(self) -> "ComputeManagementClient":
        with self._lock:
            if self._writer is None:
                try:
                    from azure.mgmt.compute import ComputeManagementClient
                except ImportError as error:
                    message = f"Not sent: azure-mgmt-compute cannot be loaded ({cell(str(error))})"
                    raise Refused(message, code="NoSdk") from error
                self._writer = ComputeManagementClient(
                    self._credential,
                    self._subscription_id,
                    base_url=self._endpoint,
                    credential_scopes=[self._scope],
                    policies=[],
                    pipeline=self._pipeline,
                )
                gc.freeze()  # its modules never go away: they are excluded from collections
            return self._writer
