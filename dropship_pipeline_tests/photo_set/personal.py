"""Goods that a person wears, reads, carries or plays with: each function draws one, as in `home`."""

from math import cos, pi, sin
from random import Random

from dropship_pipeline_tests.photo_set.look import DARK, METAL, PAPER, Look
from dropship_pipeline_tests.photo_set.pen import Pen, shade


def bottle(pen: Pen, form: Random, look: Look) -> None:
    width, shoulder, neck = form.uniform(0.13, 0.24), form.uniform(0.25, 0.42), form.uniform(0.05, 0.09)
    pen.box(0.5 - width, shoulder, 0.5 + width, 0.97, look.main, radius=form.uniform(0.02, 0.1))
    pen.shape(
        [(0.5 - width, shoulder + 0.06), (0.5 - neck, 0.17), (0.5 + neck, 0.17), (0.5 + width, shoulder + 0.06)],
        look.main,
    )
    pen.box(0.5 - neck * 1.2, 0.03, 0.5 + neck * 1.2, 0.18, look.second, radius=0.015)
    top = form.uniform(0.5, 0.6)
    pen.box(0.5 - width, top, 0.5 + width, top + 0.25, PAPER)
    pen.text(0.5, top + 0.08, look.name, look.second, 0.055)
    pen.box(0.5 - width * 0.7, top + 0.15, 0.5 + width * (0.1 + 0.2 * look.variant), top + 0.17, look.main)


def shoe(pen: Pen, form: Random, look: Look) -> None:
    heel, toe = form.uniform(0.3, 0.42), form.uniform(0.55, 0.66)
    sole = form.uniform(0.76, 0.82)
    pen.shape(
        [(0.05, heel), (0.3, heel + 0.04), (0.55, toe - 0.06), (0.85, toe), (0.97, sole), (0.05, sole)], look.main
    )
    pen.box(
        0.03,
        sole - 0.01,
        0.98,
        sole + form.uniform(0.06, 0.12),
        PAPER if look.variant % 2 else look.second,
        radius=0.04,
    )
    for step in range(form.randint(3, 6)):
        x = 0.33 + step * 0.06
        pen.line([(x, heel + 0.08 + step * 0.03), (x + 0.1, heel + 0.02 + step * 0.045)], PAPER, 0.015)
    pen.shape([(0.1, 0.7), (0.5, 0.6), (0.46, 0.66), (0.12, 0.74)], look.second)
    pen.oval(0.18, heel + 0.02, 0.13, 0.04, DARK)


def headphones(pen: Pen, form: Random, look: Look) -> None:
    spread, cup = form.uniform(0.26, 0.36), form.uniform(0.1, 0.16)
    pen.arc(0.5, 0.52, spread, form.uniform(0.38, 0.46), 180, 360, look.main, form.uniform(0.04, 0.08))
    for side in (-1, 1):
        x = 0.5 + side * spread
        pen.oval(x - side * 0.05, 0.66, cup * 0.8, cup * 1.5, DARK)
        pen.oval(x, 0.66, cup * 0.8, cup * 1.45, look.main)
        pen.oval(x, 0.66, cup * 0.4, cup * 0.8, look.second)
    if look.variant % 2:
        pen.line([(0.5 - spread, 0.85), (0.4, 0.97), (0.6, 0.97)], DARK, 0.012)


def backpack(pen: Pen, form: Random, look: Look) -> None:
    pen.ring(0.5, 0.12, 0.09, 0.08, DARK, 0.025)
    pen.box(0.2, 0.12, 0.8, 0.96, look.main, radius=form.uniform(0.1, 0.25))
    pocket = form.uniform(0.5, 0.65)
    pen.box(0.28, pocket, 0.72, 0.92, look.second, radius=0.05)
    pen.line([(0.28, pocket + 0.06), (0.72, pocket + 0.06)], DARK, 0.012)
    pen.arc(0.5, form.uniform(0.36, 0.44), 0.24, 0.14, 180, 360, DARK, 0.015)
    pen.text(0.5, pocket + 0.17, look.name, PAPER, 0.06)
    for side in range(look.variant % 3):
        pen.box(0.12 + side * 0.66, 0.55, 0.22 + side * 0.66, 0.85, shade(look.main, 0.8), radius=0.04)


def phone(pen: Pen, form: Random, look: Look) -> None:
    width = form.uniform(0.2, 0.27)
    pen.box(0.5 - width, 0.04, 0.5 + width, 0.96, look.main, radius=form.uniform(0.03, 0.09))
    pen.box(0.52 - width, 0.07, 0.48 + width, 0.93, shade(look.second, 0.5), radius=0.03)
    horizon = form.uniform(0.4, 0.7)
    pen.oval(form.uniform(0.4, 0.6), horizon, width * 0.7, width * 0.7, look.second)
    pen.shape([(0.52 - width, 0.93), (0.5, horizon), (0.48 + width, 0.93)], shade(look.main, 1.3))
    for icon in range(3 + look.variant):
        pen.box(0.55 - width + icon * 0.075, 0.8, 0.6 - width + icon * 0.075, 0.85, PAPER, radius=0.01)


def book(pen: Pen, form: Random, look: Look) -> None:
    pen.shape([(0.16, 0.1), (0.84, 0.05), (0.86, 0.92), (0.18, 0.97)], look.main)
    pen.shape([(0.1, 0.13), (0.16, 0.1), (0.18, 0.97), (0.12, 0.94)], shade(look.main, 0.6))
    y = form.uniform(0.2, 0.35)
    pen.text(0.51, y, look.name, PAPER, 0.1)
    sides = form.randint(3, 8)
    radius = form.uniform(0.14, 0.24)
    pen.shape(
        [(0.51 + radius * cos(2 * pi * k / sides), 0.62 + radius * sin(2 * pi * k / sides)) for k in range(sides)],
        look.second,
    )
    pen.box(0.25, y + 0.08, 0.4 + 0.12 * look.variant, y + 0.1, look.second)


def watch(pen: Pen, form: Random, look: Look) -> None:
    strap = form.uniform(0.09, 0.14)
    pen.box(0.5 - strap, 0.02, 0.5 + strap, 0.98, look.main, radius=0.04)
    radius = form.uniform(0.19, 0.27)
    if form.random() < 0.5:
        pen.oval(0.5, 0.5, radius, radius, METAL)
        pen.oval(0.5, 0.5, radius * 0.85, radius * 0.85, look.second)
    else:
        pen.box(0.5 - radius, 0.5 - radius, 0.5 + radius, 0.5 + radius, METAL, radius=0.06)
        pen.box(0.53 - radius, 0.53 - radius, 0.47 + radius, 0.47 + radius, look.second, radius=0.04)
    turn = form.uniform(0, 2 * pi)
    pen.line([(0.5, 0.5), (0.5 + 0.14 * cos(turn), 0.5 + 0.14 * sin(turn))], PAPER, 0.018)
    pen.line([(0.5, 0.5), (0.5 + 0.09 * cos(turn + 2), 0.5 + 0.09 * sin(turn + 2))], PAPER, 0.025)
    for hole in range(3 + look.variant):
        pen.hole(0.5, 0.82 + hole * 0.035, 0.01, 0.01)


def teddy(pen: Pen, form: Random, look: Look) -> None:
    head, body = form.uniform(0.16, 0.22), form.uniform(0.2, 0.28)
    for side in (-1, 1):
        pen.oval(0.5 + side * head * 0.8, 0.28 - head * 0.8, 0.08, 0.08, look.main)
        pen.oval(0.5 + side * body, 0.6, 0.07, form.uniform(0.1, 0.17), shade(look.main, 0.85))
        pen.oval(0.5 + side * body * 0.7, 0.9, 0.1, 0.08, shade(look.main, 0.9))
    pen.oval(0.5, 0.68, body, 0.25, look.main)
    pen.oval(0.5, 0.7, body * 0.6, 0.16, shade(look.main, 1.3))
    pen.oval(0.5, 0.28, head, head, look.main)
    for side in (-1, 1):
        pen.oval(0.5 + side * head * 0.4, 0.25, 0.02, 0.02, DARK)
    pen.oval(0.5, 0.33, 0.035, 0.025, DARK)
    if look.variant % 2:
        pen.shape([(0.42, 0.43), (0.58, 0.51), (0.58, 0.43), (0.42, 0.51)], look.second)


def shirt(pen: Pen, form: Random, look: Look) -> None:
    sleeve = form.uniform(0.35, 0.75)
    pen.shape([(0.25, 0.1), (0.04, sleeve), (0.16, sleeve + 0.06), (0.3, 0.3)], shade(look.main, 0.9))
    pen.shape([(0.75, 0.1), (0.96, sleeve), (0.84, sleeve + 0.06), (0.7, 0.3)], shade(look.main, 0.9))
    pen.shape([(0.25, 0.1), (0.75, 0.1), (0.72, 0.96), (0.28, 0.96)], look.main)
    pen.hole(0.5, 0.09, 0.11, form.uniform(0.04, 0.09))
    if form.random() < 0.5:
        for line in range(form.randint(2, 7)):
            pen.box(0.28, 0.3 + line * 0.09, 0.72, 0.33 + line * 0.09, look.second)
    else:
        pen.oval(0.5, 0.42, form.uniform(0.08, 0.15), 0.1, look.second)
    if look.variant % 2:
        pen.box(0.56, 0.26, 0.66, 0.36, shade(look.second, 0.7))


def speaker(pen: Pen, form: Random, look: Look) -> None:
    width = form.uniform(0.2, 0.42)
    top = form.uniform(0.05, 0.3)
    pen.box(0.5 - width, top, 0.5 + width, 0.95, look.main, radius=form.uniform(0.02, 0.12))
    radius = min(width * 0.75, (0.9 - top) * 0.28)
    pen.oval(0.5, 0.93 - radius * 1.2, radius, radius, DARK)
    pen.oval(0.5, 0.93 - radius * 1.2, radius * 0.5, radius * 0.5, look.second)
    if look.variant % 2:
        pen.oval(0.5, top + radius * 0.7, radius * 0.5, radius * 0.5, DARK)
    else:
        pen.text(0.5, top + 0.1, look.name, look.second, 0.06)


def glasses(pen: Pen, form: Random, look: Look) -> None:
    rx, ry = form.uniform(0.16, 0.2), form.uniform(0.1, 0.17)
    for side in (-1, 1):
        pen.oval(0.5 + side * 0.23, 0.5, rx, ry, shade(look.second, 0.6))
        pen.ring(0.5 + side * 0.23, 0.5, rx, ry, look.main, form.uniform(0.015, 0.04))
        pen.line([(0.5 + side * 0.4, 0.47), (0.5 + side * 0.48, form.uniform(0.3, 0.42))], look.main, 0.025)
    pen.arc(0.5, 0.48, 0.07, 0.05, 180, 360, look.main, 0.025)
    if look.variant % 2:
        pen.line([(0.3, 0.44), (0.7, 0.44)], look.main, 0.015)


def tube(pen: Pen, form: Random, look: Look) -> None:
    wide, narrow = form.uniform(0.16, 0.22), form.uniform(0.1, 0.15)
    pen.shape([(0.5 - wide, 0.04), (0.5 + wide, 0.04), (0.5 + narrow, 0.8), (0.5 - narrow, 0.8)], look.main)
    pen.box(0.5 - narrow * 1.1, 0.79, 0.5 + narrow * 1.1, 0.97, look.second, radius=0.02)
    y = form.uniform(0.25, 0.4)
    pen.text(0.5, y, look.name, PAPER, 0.05)
    pen.oval(0.5, y + 0.2, 0.06 + 0.015 * look.variant, 0.06, look.second)


def keyboard(pen: Pen, form: Random, look: Look) -> None:
    rows, top = form.randint(4, 6), form.uniform(0.3, 0.4)
    columns = form.randint(10, 16)
    pen.box(0.03, top, 0.97, 0.78, look.main, radius=0.03)
    width, height = 0.88 / columns, (0.74 - top) / rows
    for row in range(rows):
        for column in range(columns):
            x, y = 0.06 + column * width, top + 0.03 + row * height
            accent = (row, column) in {(0, 0), (rows - 1, columns - 1)} or column < look.variant
            pen.box(
                x, y, x + width * 0.8, y + height * 0.8, look.second if accent else shade(look.main, 1.6), radius=0.006
            )
