"""A person's pictures are answered one after the other, and nothing waits for a slow one or for another person's."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from dropship_pipeline.admin.in_turn import PicturesInTurn


class Answers:
    """An app that notes what is under way; a path that ends with `slow` is answered when `go_on` is set."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0
        self.answered: list[str] = []
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer after other tasks had their turn."""
        assert (await receive())["type"] == "http.request"
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await (self.go_on.wait() if scope["path"].endswith("slow") else asyncio.sleep(0))
            if scope["path"].endswith("broken"):
                raise ValueError(scope["path"])
            self.answered.append(scope["path"])
        finally:
            self.under_way -= 1


def asking(app: PicturesInTurn, path: str, who: bytes = b"ann", *, gone: bool = False) -> Awaitable[None]:
    async def receive() -> Message:
        return {"type": "http.disconnect" if gone else "http.request"}

    async def send(_: Message) -> None:
        return

    return app({"type": "http", "path": path, "headers": [(b"cookie", who)]}, receive, send)


def during(do: Callable[[Answers, PicturesInTurn], Awaitable[None]]) -> Answers:
    async def run() -> Answers:
        answers = Answers()
        await asyncio.wait_for(do(answers, PicturesInTurn(answers)), timeout=30)
        return answers

    return asyncio.run(run())


def test_pictures_that_are_asked_for_together_are_answered_one_after_the_other() -> None:
    async def ask(_: Answers, app: PicturesInTurn) -> None:
        await asyncio.gather(*(asking(app, f"/media/images/{number}") for number in range(20)))

    answers = during(ask)
    assert (answers.most, len(answers.answered)) == (1, 20)


@pytest.mark.parametrize(
    ("path", "who"), [("/_nicegui/click", b"ann"), ("/media/images/of-bob", b"bob"), ("/media/images/next", b"ann")]
)
def test_neither_a_click_nor_another_picture_waits_for_one_whose_host_is_slow(path: str, who: bytes) -> None:
    async def ask(answers: Answers, app: PicturesInTurn) -> None:
        slow = [asyncio.ensure_future(asking(app, f"/media/listings/{number}/slow")) for number in range(3)]
        await asyncio.sleep(0)
        await asking(app, path, who)
        answers.go_on.set()
        await asyncio.gather(*slow)

    assert during(ask).answered[0] == path


def test_a_picture_that_nobody_waits_for_any_more_is_not_looked_up() -> None:
    async def ask(_: Answers, app: PicturesInTurn) -> None:
        await asking(app, "/media/images/gone", gone=True)
        await asking(app, "/media/images/next")

    assert during(ask).answered == ["/media/images/next"]


def test_a_picture_that_fails_or_is_cancelled_gives_its_turn_to_the_next() -> None:
    async def ask(answers: Answers, app: PicturesInTurn) -> None:
        with pytest.raises(ValueError, match="broken"):
            await asking(app, "/media/images/broken")
        given_up = asyncio.ensure_future(asking(app, "/media/images/slow"))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.wait({given_up})
        await asking(app, "/media/images/next")
        assert answers.under_way == 0

    assert during(ask).answered == ["/media/images/next"]
