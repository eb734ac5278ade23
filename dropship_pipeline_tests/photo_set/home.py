"""Goods for kitchen and house: each function draws one. `form` decides the shape, one for a maker's whole line."""

from math import cos, pi, sin
from random import Random

from dropship_pipeline_tests.photo_set.look import DARK, METAL, PAPER, Look
from dropship_pipeline_tests.photo_set.pen import Pen, shade


def mug(pen: Pen, form: Random, look: Look) -> None:
    top, bottom = form.uniform(0.18, 0.32), form.uniform(0.8, 0.93)
    taper = form.uniform(-0.04, 0.1)
    pen.ring(
        0.72, (top + bottom) / 2, form.uniform(0.14, 0.22), (bottom - top) * form.uniform(0.24, 0.36), look.main, 0.05
    )
    pen.shape([(0.12, top), (0.72, top), (0.72 - taper, bottom), (0.12 + taper, bottom)], look.main)
    pen.oval(0.42, top, 0.3, form.uniform(0.04, 0.09), shade(look.main, 0.6))
    stripe = bottom - form.uniform(0.1, 0.25)
    pen.box(0.12 + taper, stripe, 0.72 - taper, stripe + 0.04 * (look.variant + 1), look.second)
    pen.text(0.42, (top + stripe) / 2 + 0.04, look.name, look.second, 0.09)


def kettle(pen: Pen, form: Random, look: Look) -> None:
    belly = form.uniform(0.24, 0.33)
    spout = form.uniform(0.36, 0.55)
    pen.arc(0.72, 0.5, 0.2, form.uniform(0.22, 0.34), -100, 110, DARK, 0.055)
    pen.line([(0.3, 0.75), (0.14, spout), (0.04, spout - 0.1)], look.main, form.uniform(0.04, 0.09))
    pen.shape([(0.5 - belly, 0.9), (0.5 + belly, 0.9), (0.5 + belly * 0.6, 0.25), (0.5 - belly * 0.6, 0.25)], look.main)
    pen.box(0.5 - belly * 0.62, 0.2, 0.5 + belly * 0.62, 0.27, look.second, radius=0.03)
    pen.oval(0.5, 0.16, 0.05, 0.05, DARK)
    pen.box(0.5 - belly * 1.1, 0.89, 0.5 + belly * 1.1, 0.95, DARK, radius=0.02)
    if look.variant % 2:
        pen.oval(0.5, 0.6, 0.09, 0.09, PAPER)


def lamp(pen: Pen, form: Random, look: Look) -> None:
    wide, narrow = form.uniform(0.24, 0.4), form.uniform(0.1, 0.22)
    rim = form.uniform(0.35, 0.48)
    pen.shape([(0.5 - narrow, 0.06), (0.5 + narrow, 0.06), (0.5 + wide, rim), (0.5 - wide, rim)], look.main)
    if form.random() < 0.5:
        pen.box(0.48, rim, 0.52, 0.9, METAL)
    else:
        pen.line([(0.5, rim), (form.uniform(0.3, 0.7), 0.65), (0.5, 0.92)], METAL, 0.035)
    pen.oval(0.5, 0.92, form.uniform(0.16, 0.28), 0.05, look.second)
    if look.variant % 2:
        pen.box(0.5 - wide * 0.9, rim - 0.06, 0.5 + wide * 0.9, rim - 0.03, look.second)


def carton(pen: Pen, form: Random, look: Look) -> None:
    left, top, depth = form.uniform(0.08, 0.2), form.uniform(0.15, 0.35), form.uniform(0.08, 0.2)
    pen.box(left, top, 0.8, 0.95, look.main)
    pen.shape([(0.8, top), (0.8 + depth, top - depth), (0.8 + depth, 0.95 - depth), (0.8, 0.95)], shade(look.main, 0.7))
    pen.shape([(left, top), (left + depth, top - depth), (0.8 + depth, top - depth), (0.8, top)], shade(look.main, 1.2))
    middle = (left + 0.8) / 2
    pen.box(left + 0.05, top + 0.08, 0.75, top + form.uniform(0.2, 0.3), look.second)
    pen.text(middle, top + 0.15, look.name, PAPER, 0.08)
    for dot in range(look.variant + 2):
        pen.oval(left + 0.12 + dot * 0.12, 0.8, 0.045, 0.045, PAPER)
    pen.oval(middle, form.uniform(0.55, 0.65), 0.1, 0.1, shade(look.second, 1.3))


def chair(pen: Pen, form: Random, look: Look) -> None:
    seat, width = form.uniform(0.52, 0.62), form.uniform(0.22, 0.3)
    pen.box(0.5 - width, 0.05, 0.5 + width, seat - 0.08, look.main, radius=form.uniform(0.02, 0.16))
    for rib in range(form.randint(0, 4)):
        pen.box(0.5 - width + 0.06 + rib * 0.1, 0.1, 0.5 - width + 0.08 + rib * 0.1, seat - 0.12, look.second)
    pen.box(0.46 - width, seat - 0.05, 0.54 + width, seat + 0.05, look.second, radius=0.03)
    if form.random() < 0.5:
        for x in (0.5 - width, 0.5 + width):
            pen.line([(x, seat), (x + (x - 0.5) * 0.3, 0.97)], METAL, 0.03)
    else:
        pen.box(0.48, seat, 0.52, 0.85, DARK)
        pen.line([(0.25, 0.95), (0.5, 0.84), (0.75, 0.95)], DARK, 0.04)
    if look.variant % 2:
        pen.box(0.42 - width, seat - 0.2, 0.46 - width, seat, DARK)
        pen.box(0.54 + width, seat - 0.2, 0.58 + width, seat, DARK)


def hammer(pen: Pen, form: Random, look: Look) -> None:
    pen.box(0.46, 0.2, 0.54, 0.97, look.main, radius=0.03)
    pen.box(0.45, form.uniform(0.5, 0.65), 0.55, 0.97, look.second, radius=0.03)
    head = form.uniform(0.2, 0.34)
    pen.box(0.5 - head, 0.08, 0.5 + 0.12, 0.24, METAL, radius=0.02)
    pen.shape([(0.6, 0.08), (0.6 + head, form.uniform(0.14, 0.28)), (0.6, 0.24)], METAL)
    for grip in range(look.variant + 1):
        pen.box(0.45, 0.72 + grip * 0.06, 0.55, 0.74 + grip * 0.06, DARK)


def pan(pen: Pen, form: Random, look: Look) -> None:
    radius = form.uniform(0.26, 0.34)
    pen.line([(0.5, 0.62), (0.93, form.uniform(0.1, 0.3))], look.second, form.uniform(0.05, 0.08))
    pen.oval(0.38, 0.62, radius, radius * form.uniform(0.7, 1.0), METAL)
    pen.oval(0.38, 0.62, radius * 0.93, radius * 0.7, look.main)
    pen.oval(0.38, 0.62, radius * 0.7, radius * 0.5, shade(look.main, 0.75))
    if look.variant % 2:
        pen.ring(0.38, 0.62, radius * 0.5, radius * 0.35, shade(look.main, 1.4), 0.01)


def plant(pen: Pen, form: Random, look: Look) -> None:
    pen.shape([(0.28, 0.6), (0.72, 0.6), (0.65, 0.97), (0.35, 0.97)], look.main)
    pen.box(0.25, 0.56, 0.75, 0.64, look.second, radius=0.02)
    for leaf in range(form.randint(5, 11)):
        turn = -pi * (0.1 + 0.8 * form.random())
        reach = form.uniform(0.25, 0.5)
        tip = (0.5 + reach * cos(turn), 0.58 + reach * sin(turn))
        green = shade((60, 140, 70), form.uniform(0.6, 1.3))
        side = (0.5 + reach * 0.5 * cos(turn + 0.25), 0.58 + reach * 0.5 * sin(turn + 0.25))
        pen.shape([(0.48, 0.58), side, tip, (0.53 + 0.01 * leaf / 10, 0.58)], green)


def jar(pen: Pen, form: Random, look: Look) -> None:
    height = form.uniform(0.35, 0.65)
    top = 0.95 - height
    pen.box(0.18, top, 0.82, 0.95, look.main, radius=form.uniform(0.05, 0.15))
    pen.box(0.2, top - 0.12, 0.8, top + 0.03, look.second, radius=0.03)
    pen.box(0.18, top + height * 0.3, 0.82, top + height * 0.75, PAPER)
    pen.text(0.5, top + height * 0.5, look.name, DARK, 0.09)
    for fruit in range(look.variant + 1):
        pen.oval(0.27 + fruit * 0.06, top + height * 0.66, 0.025, 0.025, look.second)


def fan(pen: Pen, form: Random, look: Look) -> None:
    blades, radius = form.randint(3, 6), form.uniform(0.27, 0.36)
    pen.box(0.47, 0.4, 0.53, 0.92, METAL)
    pen.oval(0.5, 0.93, form.uniform(0.18, 0.28), 0.045, look.second)
    for blade in range(blades):
        turn = 2 * pi * blade / blades + form.uniform(0, 0.1)
        first = (0.5 + radius * 0.9 * cos(turn), 0.38 + radius * 0.9 * sin(turn))
        second = (0.5 + radius * 0.8 * cos(turn + 0.6), 0.38 + radius * 0.8 * sin(turn + 0.6))
        pen.shape([(0.5, 0.38), first, second], look.main)
    pen.ring(0.5, 0.38, radius, radius, look.second, 0.02)
    pen.oval(0.5, 0.38, 0.06, 0.06, look.second)
    if look.variant % 2:
        pen.ring(0.5, 0.38, radius * 0.6, radius * 0.6, look.second, 0.01)


def bowl(pen: Pen, form: Random, look: Look) -> None:
    rim, depth = form.uniform(0.3, 0.45), form.uniform(0.3, 0.48)
    points = [(0.5 + 0.44 * cos(k * pi / 20), rim + depth * sin(k * pi / 20)) for k in range(21)]
    pen.shape(points, look.main)
    pen.oval(0.5, rim, 0.44, form.uniform(0.06, 0.13), shade(look.main, 0.65))
    pen.box(0.36, rim + depth - 0.02, 0.64, rim + depth + 0.05, shade(look.main, 0.8))
    for dot in range(form.randint(3, 7)):
        pen.oval(0.25 + dot * 0.09, rim + depth * 0.4, 0.025, 0.025 + 0.01 * look.variant, look.second)


def vacuum(pen: Pen, form: Random, look: Look) -> None:
    lean = form.uniform(0.25, 0.5)
    pen.line([(lean, 0.08), (0.68, 0.85)], METAL, 0.03)
    pen.ring(lean, 0.1, 0.07, 0.06, DARK, 0.03)
    middle = ((lean + 0.68) / 2, 0.46)
    pen.oval(*middle, form.uniform(0.1, 0.16), form.uniform(0.14, 0.2), look.main)
    pen.oval(middle[0], middle[1] + 0.04, 0.06, 0.08, look.second)
    pen.box(0.5, 0.84, form.uniform(0.85, 0.96), 0.95, look.main, radius=0.03)
    if look.variant % 2:
        pen.box(0.5, 0.93, 0.84, 0.96, look.second)


def toolcase(pen: Pen, form: Random, look: Look) -> None:
    top = form.uniform(0.3, 0.42)
    pen.ring(0.5, top, form.uniform(0.12, 0.2), 0.12, DARK, 0.04)
    pen.box(0.06, top, 0.94, 0.92, look.main, radius=form.uniform(0.02, 0.08))
    pen.line([(0.06, top + 0.16), (0.94, top + 0.16)], shade(look.main, 0.5), 0.015)
    for clip in range(2 + look.variant % 2):
        x = 0.2 + clip * (0.6 / (1 + look.variant % 2))
        pen.box(x - 0.05, top + 0.11, x + 0.05, top + 0.23, look.second, radius=0.01)
    pen.text(0.5, top + 0.35, look.name, look.second, form.uniform(0.08, 0.12))
