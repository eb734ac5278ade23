"""All sorts of goods, in the order in which the lines take them."""

from collections.abc import Callable
from random import Random

from dropship_pipeline_tests.photo_set import home, personal
from dropship_pipeline_tests.photo_set.look import Look
from dropship_pipeline_tests.photo_set.pen import Pen

GOODS: tuple[Callable[[Pen, Random, Look], None], ...] = (
    personal.bottle,
    home.mug,
    home.kettle,
    personal.shoe,
    home.lamp,
    personal.headphones,
    home.carton,
    home.chair,
    personal.backpack,
    home.hammer,
    personal.phone,
    personal.book,
    personal.watch,
    home.pan,
    personal.teddy,
    personal.shirt,
    home.plant,
    personal.speaker,
    personal.glasses,
    personal.tube,
    home.jar,
    home.fan,
    personal.keyboard,
    home.bowl,
    home.vacuum,
    home.toolcase,
)
