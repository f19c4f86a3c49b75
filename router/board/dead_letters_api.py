"""The board's addresses of dead letters: the list, one with its contents, and sending it again."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from router.board.answers.dead_letters import dead_letters
from router.board.api import count_in
from router.board.dead_letter import LetterBox, contents
from router.board.follower import Follower
from router.core.model.timestamps import rfc3339
from router.kafka.queries.dead_letter_reader import Letter, number_in
from router.web.responses import private, problem, respond, written


class LettersApi:
    """A payload is shown to whoever asks for one letter by its id, and nowhere else."""

    def __init__(self, follower: Follower, box: LetterBox) -> None:
        """The list is the projection's, contents come from the topic."""
        self._follower = follower
        self._box = box

    def routes(self) -> list[web.RouteDef]:
        """For the application."""
        return [
            web.get("/api/dead-letters", self.list),
            web.get("/api/dead-letters/{id}", self.show),
            web.post("/api/dead-letters/{id}/redrive", self.redrive),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        """The newest, or those before one."""
        projection = self._follower.projection
        limit, before = count_in(request, "limit", 100), request.query.get("before")
        try:
            answer = dead_letters(projection.letters, limit, before)
        except KeyError:
            return problem(404, "that dead letter is not among the newest: begin at the top")
        answer["at"] = rfc3339(projection.newest_ms)
        return respond(request, written(answer))

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One with what is in it."""
        letter = await self._box.open(request.match_info["id"])
        if letter is None:
            return problem(404, "there is no such dead letter: it may have been deleted by age")
        return private(self._headers_of(letter) | contents(letter))

    async def redrive(self, request: web.Request) -> web.StreamResponse:
        """Send it to where it was read; a second time only with ``again=1``."""
        letter_id = request.match_info["id"]
        letter = await self._box.open(letter_id)
        if letter is None:
            return problem(404, "there is no such dead letter: it may have been deleted by age")
        if letter.is_blank:
            return problem(409, "it has neither key nor value: there is nothing to send")
        if not letter.is_addressed:
            return problem(
                409, "its headers do not say where it came from: send the record to its topic"
            )
        again = request.query.get("again") == "1"
        if self._is_redriven(letter) and not again:
            return problem(409, "it was sent again before: ask with again=1 to repeat it")
        return private({"redriven": True, "topic": await self._box.redrive(letter)})

    def _is_redriven(self, letter: Letter) -> bool:
        return letter.place.replace("/", "-") in self._follower.projection.letters.redriven

    def _headers_of(self, letter: Letter) -> dict[str, Any]:
        said, record = letter.said, letter.record
        return {
            "id": letter.place.replace("/", "-"),
            "at": rfc3339(record.timestamp),
            "step": letter.step,
            "topic": said.get("topic", ""),
            "partition": number_in(said, "partition"),
            "offset": number_in(said, "offset"),
            "reason": letter.reason,
            "detail": said.get("detail", ""),
            "bytes": len(record.value or b""),
            "redriven": self._is_redriven(letter),
        }
