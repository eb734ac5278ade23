"""Control searches: a search that is known to have results proves that searches without results are true.

A marketplace may block a caller by answering "nothing found". Then no result of the run that is empty can be trusted,
and the run is called degraded.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from dropship_pipeline.collection.log import logger
from dropship_pipeline.errors import MarketplaceError
from dropship_pipeline.models import Listing, OutcomeState

# Things of which a marketplace always has plenty. Each is asked once a job: the ledger would only repeat its answer.
QUERIES = tuple(
    f"{colour} {thing}"
    for colour in ("black", "white", "blue", "red", "green")
    for thing in ("usb c cable", "phone case", "t shirt", "led lamp", "coffee mug", "backpack")
)
RECENT = 20
# How much larger than in the run so far the share of zeros among the recent searches must be to raise suspicion.
JUMP = 0.5


class ControlSearch:
    """Watches the empty results of a run, and makes a control search when there are too many.

    Args:
        ask: searches the marketplace as the run does, without a price band; one paid call. None for a kept answer with
            results: it says nothing about the marketplace of today.
        queries: searches that are known to have results.
    """

    def __init__(
        self, ask: Callable[[str], Awaitable[Sequence[Listing] | None]], queries: Sequence[str] = QUERIES
    ) -> None:
        self._ask = ask
        self._waiting = deque(queries)
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._seen = self._zeros = 0
        self._alarmed = False
        self.doubt: str | None = None

    def saw(self, state: OutcomeState) -> None:
        """Note the state of a search; failed ones do not count."""
        if state not in ("found", "none"):
            return
        self._seen += 1
        self._zeros += state == "none"
        self._recent.append(state == "none")
        if self._share() < JUMP / 2:
            self._alarmed = False

    async def check_if_due(self, *, at_end: bool = False) -> None:
        """Make a control search if the share of empty results has jumped, or at the end of a run with few searches.

        Raises:
            RunFatal: nothing that follows could succeed.
        """
        if self.is_due(at_end=at_end):
            self._alarmed = True  # asked once a jump, not after every further zero
            await self.check()

    def is_due(self, *, at_end: bool = False) -> bool:
        """Whether empty results call for a control search."""
        return not self._alarmed and (self._has_jumped() or (at_end and self._share() >= JUMP))

    async def check(self) -> None:
        """Make a control search; if it finds nothing, remember why the run cannot be trusted.

        Raises:
            RunFatal: nothing that follows could succeed.
        """
        found: Sequence[Listing] | None = None
        while found is None and self._waiting and not self.doubt:
            query = self._waiting.popleft()
            try:
                found = await self._ask(query)
            except MarketplaceError as error:
                self._begin_to_doubt(f"the control search for '{query}' failed ({error})")
            else:
                if found is not None and not found:
                    self._begin_to_doubt(f"the control search for '{query}' found nothing")

    def _begin_to_doubt(self, reason: str) -> None:
        self.doubt = f"{reason}, so what was not found says nothing"
        logger.warning("Control search: %s", self.doubt)

    def _share(self) -> float:
        return sum(self._recent) / len(self._recent) if self._recent else 0.0

    def _has_jumped(self) -> bool:
        if len(self._recent) < RECENT:
            return False
        before = self._seen - len(self._recent)
        usual = (self._zeros - sum(self._recent)) / before if before else 0.0
        return self._share() >= usual + JUMP
