"""Pictures are answered one after the other, and none of them waits for a slow one."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

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
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await (self.go_on.wait() if scope["path"].endswith("slow") else asyncio.sleep(0))
            self.answered.append(scope["path"])
        finally:
            self.under_way -= 1


def asking(app: PicturesInTurn, path: str) -> Awaitable[None]:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        return

    return app({"type": "http", "path": path}, receive, send)


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


def test_a_click_does_not_wait_for_a_picture() -> None:
    async def ask(answers: Answers, app: PicturesInTurn) -> None:
        picture = asyncio.ensure_future(asking(app, "/media/images/slow"))
        await asyncio.sleep(0)
        await asking(app, "/_nicegui/click")
        answers.go_on.set()
        await picture

    assert during(ask).answered == ["/_nicegui/click", "/media/images/slow"]


def test_a_picture_whose_host_is_slow_does_not_hold_up_the_others() -> None:
    async def ask(answers: Answers, app: PicturesInTurn) -> None:
        slow = [asyncio.ensure_future(asking(app, f"/media/listings/{number}/slow")) for number in range(3)]
        await asking(app, "/media/images/quick")
        answers.go_on.set()
        await asyncio.gather(*slow)

    assert during(ask).answered[0] == "/media/images/quick"


def test_a_picture_that_nobody_waits_for_any_more_is_given_up() -> None:
    async def ask(answers: Answers, app: PicturesInTurn) -> None:
        given_up = asyncio.ensure_future(asking(app, "/media/images/slow"))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.wait({given_up})
        await asking(app, "/media/images/next")
        assert answers.under_way == 0

    assert during(ask).answered == ["/media/images/next"]
