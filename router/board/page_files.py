"""The page: files of this package, read once at the start."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from router.web.responses import Written, problem, respond, tagged

PAGE = Path(__file__).parent / "page"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


class PageFile(NamedTuple):
    """A file as it is sent."""

    content: Written
    content_type: str


class PageFiles:
    """Serves ``index.html`` at the root, and every other file by its name."""

    def __init__(self, directory: Path = PAGE) -> None:
        """Read all of them; a name that is not among them is not looked for on the disk."""
        self._files = {
            path.relative_to(directory).as_posix(): _read(path)
            for path in sorted(directory.rglob("*"))
            if path.is_file()
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """``GET /`` and ``GET /{name}``."""
        found = self._files.get(request.match_info.get("name") or "index.html")
        if found is None:
            return problem(404, "there is no such page: open /")
        response = respond(request, found.content)
        if response.status == 200:  # noqa: PLR2004 - not 304
            response.content_type = found.content_type
            response.charset = "utf-8" if found.content_type.startswith("text/") else None
        return response


def _read(path: Path) -> PageFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return PageFile(tagged(body), kind or "application/octet-stream")
