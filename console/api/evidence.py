"""Packets and files of alerts: what is held, and downloads, each of which is in the audit trail."""

import asyncio
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import FileResponse

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import actor_of, services_of
from console.evidence import holdings

router = APIRouter(tags=["evidence"])
Reader = Annotated[Person, Depends(allowed("alerts.read"))]
Investigator = Annotated[Person, Depends(allowed("evidence.read"))]
GroupId = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$")]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
OCTETS = "application/octet-stream"
"""Never what the content says it is: a browser must not open what an attacker sent."""
PCAP = "application/vnd.tcpdump.pcap"


@router.get("/alerts/{group}/evidence")
def list_evidence(request: Request, person: Reader, group: GroupId) -> models.Evidence:
    """Packet slices, and the carved files that the group's events name."""
    services = services_of(request)
    found = holdings.of_group(services.state, services.store, person.scope, group)
    return models.Evidence.model_validate(found)


@router.get("/evidence/{sha256}.pcap", response_class=FileResponse)
async def download_packets(request: Request, person: Investigator, sha256: Sha256) -> FileResponse:
    services = services_of(request)
    await asyncio.to_thread(holdings.must_hold, services.state, person.scope, sha256)
    folder = services.settings.analyzer.evidence
    path = await holdings.take(
        services.control, actor_of(request, person), "evidence.download", sha256, folder
    )
    return attachment(path, f"{sha256}.pcap", PCAP)


@router.get("/files/{sha256}", response_class=FileResponse)
async def download_file(request: Request, person: Investigator, sha256: Sha256) -> FileResponse:
    """A carved file as it was transferred, under a name that nothing opens."""
    services = services_of(request)
    await asyncio.to_thread(holdings.must_hold_file, services.state, person.scope, sha256)
    folder = services.settings.analyzer.files
    path = await holdings.take(services.control, actor_of(request, person), "file.download", sha256, folder)
    return attachment(path, f"{sha256}.bin", OCTETS)


def attachment(path: FilePath, name: str, kind: str) -> FileResponse:
    return FileResponse(path, media_type=kind, filename=name, content_disposition_type="attachment")
