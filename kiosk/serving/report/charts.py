"""Charts as inline SVG: no script, no font and no picture from anywhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 40
_COLORS = 6
_ROW = 26
_NAME_WIDTH = 190
_LABELS = 10


@dataclass(frozen=True)
class Series:
    """Named values, one for each place on the axis."""

    name: str
    values: Sequence[float]


def stacked_bars(title: str, places: Sequence[str], series: Sequence[Series], digits: int = 0) -> str:
    """Return bars that stand on each other, one stack for each place."""
    return _columns(title, places, series, digits, stacked=True)


def grouped_bars(title: str, places: Sequence[str], series: Sequence[Series], digits: int = 0) -> str:
    """Return bars beside each other, one group for each place."""
    return _columns(title, places, series, digits, stacked=False)


def rows(title: str, values: Mapping[str, float], digits: int = 0) -> str:
    """Return one bar to the right for each name."""
    highest = max(values.values(), default=0.0) or 1.0
    room = WIDTH - _NAME_WIDTH - 90
    marks = []
    for place, (name, value) in enumerate(values.items()):
        y, length = place * _ROW + 6, room * value / highest
        marks += [
            _text(_NAME_WIDTH - 8, y + 12, name, "end"),
            _bar(_NAME_WIDTH, y, length, _ROW - 10, 0, f"{name}: {value:,.{digits}f}"),
            _text(_NAME_WIDTH + length + 6, y + 12, f"{value:,.{digits}f}", "start"),
        ]
    return _svg(title, marks, len(values) * _ROW + 8)


def _columns(title: str, places: Sequence[str], series: Sequence[Series], digits: int, *, stacked: bool) -> str:
    stacks = [[one.values[place] for one in series] for place in range(len(places))]
    highest = max((sum(stack) if stacked else max(stack, default=0.0) for stack in stacks), default=0.0) or 1.0
    slot = (WIDTH - _LEFT - _RIGHT) / max(1, len(places))
    width = min(48.0, slot * 0.7)
    marks = _axis(highest, digits)
    every = max(1, -(-len(places) // _LABELS))
    for place, name in enumerate(places):
        middle = _LEFT + slot * (place + 0.5)
        marks += _stack(name, series, stacks[place], highest, (middle, width), digits, stacked=stacked)
        if place % every == 0:
            marks.append(_text(middle, HEIGHT - _BOTTOM + 16, name, "middle"))
    return _svg(title, marks + _legend(series), HEIGHT)


def _stack(
    name: str,
    series: Sequence[Series],
    values: Sequence[float],
    highest: float,
    spot: tuple[float, float],
    digits: int,
    *,
    stacked: bool,
) -> list[str]:
    (middle, width), base = spot, HEIGHT - _BOTTOM
    each = width if stacked else width / max(1, len(series))
    marks, below = [], 0.0
    for number, (one, value) in enumerate(zip(series, values, strict=True)):
        height = (base - _TOP) * value / highest
        x = middle - width / 2 + (0 if stacked else number * each)
        y = base - below - height
        if value > 0:
            marks.append(_bar(x, y, each, height, number, f"{name}, {one.name}: {value:,.{digits}f}"))
        below += height if stacked else 0
    return marks


def _axis(highest: float, digits: int) -> list[str]:
    marks = []
    for part in (0.0, 0.5, 1.0):
        y = HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * part
        marks.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        marks.append(_text(_LEFT - 6, y + 4, f"{highest * part:,.{digits}f}", "end"))
    return marks


def _legend(series: Sequence[Series]) -> list[str]:
    marks, x = [], float(_LEFT)
    for number, one in enumerate(series):
        marks.append(_bar(x, HEIGHT - 14, 10, 10, number, one.name))
        marks.append(_text(x + 14, HEIGHT - 5, one.name, "start"))
        x += 28 + 8 * len(one.name)
    return marks


def _bar(x: float, y: float, width: float, height: float, color: int, told: str) -> str:
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {size} class="c{color % _COLORS}"><title>{escape(told)}</title></rect>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, marks: Sequence[str], height: float) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
    return f"{head}<title>{escape(title)}</title>{''.join(marks)}</svg>"
