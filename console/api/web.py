"""The built web console: files with their caching, and its one page for every address that is not a file."""

from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

FOREVER = "public, max-age=31536000, immutable"
"""Files below assets/ have their content's hash in the name."""
ALWAYS_ASK = "no-cache"


class Web(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.partition("/")[0] == "api":
            raise HTTPException(404)
        response = await self._file_or_page(path, scope)
        response.headers["Cache-Control"] = FOREVER if path.startswith("assets/") else ALWAYS_ASK
        return response

    async def _file_or_page(self, path: str, scope: Scope) -> Response:
        """Addresses inside the page (/search?…) are the page; a missing file is missing."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as missing:
            if missing.status_code != 404 or PurePosixPath(path).suffix:
                raise
            return await super().get_response("index.html", scope)


def web(folder: Path) -> ASGIApp:
    """Compressed: the API is not, for secrets beside chosen text must not share a compressed answer (BREACH)."""
    return GZipMiddleware(Web(directory=folder, html=True), minimum_size=1024)
