"""How a thing that is for sale looks, apart from its shape."""

from dataclasses import dataclass

from dropship_pipeline_tests.photo_set.pen import Colour

DARK: Colour = (38, 38, 42)
METAL: Colour = (190, 194, 200)
PAPER: Colour = (244, 242, 236)


@dataclass(frozen=True, slots=True)
class Look:
    """How one member of a line is coloured and printed.

    Args:
        main: colour of the body.
        second: colour of lids, handles and labels.
        name: printed on it.
        variant: 0, 1, 2 ...: a detail that one member has and another has not.
    """

    main: Colour
    second: Colour
    name: str
    variant: int
