"""The rows of text and style of one cell: ground, glyph, id and clock.

The state is the ground of the cell; a glyph is in every cell whose state is not the plain one, so
that form says the same as colour. Without colours, patterns take the place of grounds.
"""

from typing import NamedTuple

from rich.color import Color, ColorType
from rich.style import Style

from vmss_tui.ui.drawing.glyphs import CellStyle, Glyphs, Tone
from vmss_tui.ui.instances.layout.cell_size import CellSize

CellRows = tuple[tuple[tuple[str, Style], ...], ...]
"""Row by row, texts with a style; together as wide as the cell."""

_MIX = 0.16
"""Share of the screen's background in every second cell, where no gap separates them."""
_DIMMED = 0.55
"""The same for cells of an outdated reading."""
_NUMBER_WIDTH = 3
"""Columns from which on a cell has the number of a batch instead of one sign."""
_ROOMY_WIDTH = 4
"""Columns from which on the last one stays free beside an id."""
_LEAST_CONTRAST = 3.0
"""Least contrast of the ink of a selected cell; otherwise it keeps the ink of its state."""
_FILLS = {Tone.MOVING: ("▒", "~"), Tone.UNHEALTHY: ("✚", "+"), Tone.FAILED: ("✖", "X")}
"""What fills a cell without colours, in Unicode and in ASCII; other tones are blank."""


ANSI_THEME = "vmss-16"


def glyph_on_cells(glyph: str, theme: str) -> str:
    """A larger sign for a dot in the theme of the terminal's own 16 colours, in which a dot is hard
    to see on its ground; cells and legend show the same."""
    return "○" if theme == ANSI_THEME and glyph == "·" else glyph


class Cell(NamedTuple):
    """What a cell shows."""

    style: CellStyle
    instance_id: str
    """Empty where the cell shows no id."""
    clock: str
    """Empty where the cell shows no time."""
    is_selected: bool
    is_cursor: bool
    """Only where there is no gap for a frame around the cell."""
    is_mixed: bool


class CellThemeStyles(NamedTuple):
    """Styles of a theme. `grounds` have the ink of the glyph as their colour."""

    grounds: dict[Tone, Style]
    shades: tuple[Style, ...]
    """The same for planned batches, from shade 1 on."""
    base: Style
    """The background of the heat map."""
    cursor: Style
    """The ink of the cursor on the background."""
    selected: Style
    """The ink of a selected cell."""
    is_plain: bool
    """Without colours: patterns instead of grounds."""
    is_ansi: bool
    """With the terminal's own 16 colours."""


class CellLooks:
    """The rows of cells of one size in one theme; equal cells share one value."""

    def __init__(
        self, size: CellSize, colours: CellThemeStyles, glyphs: Glyphs, *, is_dimmed: bool
    ) -> None:
        self.size, self.colours, self.is_dimmed = size, colours, is_dimmed
        self._glyphs = glyphs
        self._rows: dict[Cell, CellRows] = {}
        self._styles: dict[tuple[object, ...], Style] = {}

    def rows_of(self, shown: Cell) -> CellRows:
        """The rows of a cell."""
        rows = self._rows.get(shown)
        if rows is None:
            draw = self._patterned if self.colours.is_plain else self._solid
            rows = self._rows[shown] = draw(shown)
        return rows

    def glyph(self, style: CellStyle) -> str:
        """The glyph inside a cell; blank for the plain state."""
        if style.is_plain:
            return " "
        if style.shade:
            is_room = self.size.width >= max(_NUMBER_WIDTH, len(style.glyph) + 1)
            return style.glyph if is_room else style.ascii
        if self._glyphs is Glyphs.ASCII:
            return style.ascii
        return glyph_on_cells(style.glyph, ANSI_THEME if self.colours.is_ansi else "")

    # With colours

    def _solid(self, shown: Cell) -> CellRows:
        style = self._style(shown)
        width, height = self.size
        rows = [f"{text:<{width}}" for text in (self._first_row(shown), *[""] * (height - 1))]
        if height >= 2:
            rows[-1] = self._id_row(shown.instance_id)
        if shown.clock:
            rows[1] = f"{shown.clock[: width - 1]:>{width - 1}} "
        ground = self._ground(style)
        return tuple(((row, ground if row.isspace() else style),) for row in rows)

    def _ground(self, style: Style) -> Style:
        """The style of rows without text: it takes fewer bytes on its way to the terminal."""
        if self.size.height == 1:
            return style
        return self._styles.setdefault(("ground", style), Style(bgcolor=style.bgcolor))

    def _id_row(self, instance_id: str) -> str:
        """The id at the right; the last column stays free where there is room."""
        width = self.size.width
        is_room = width >= _ROOMY_WIDTH and len(instance_id) < width
        return f"{instance_id[-width:]:>{width - is_room}}".ljust(width)

    def _first_row(self, shown: Cell) -> str:
        """Glyph and sign of the selection; the id too where the cell has one row."""
        width, height = self.size
        glyph = self.glyph(shown.style)
        sign = self._selection_sign if shown.is_selected else ""
        if height == 1 and width >= 4:
            return self._only_row(sign or glyph, shown.instance_id, " ")
        if sign and (width == 1 or shown.style.is_quiet):
            glyph, sign = sign, ""
        if width <= 2:
            return f"{glyph}{sign}"
        return f" {glyph}{sign}"

    def _only_row(self, label: str, instance_id: str, fill: str) -> str:
        """Glyph and id; the number of a batch alone where it has two digits, which would be read
        together with those of the id."""
        width = self.size.width
        if len(label) > 1:
            return f"{label:{fill}<{width}}"[:width]
        return f"{label}{instance_id[-(width - 1) :]:{fill}>{width - 1}}"

    @property
    def _selection_sign(self) -> str:
        return "*" if self._glyphs is Glyphs.ASCII else "✓"

    def _style(self, shown: Cell) -> Style:
        key = (
            shown.style.tone,
            shown.style.shade,
            shown.is_selected,
            shown.is_cursor,
            shown.is_mixed,
        )
        if key not in self._styles:
            self._styles[key] = self._build_style(shown)
        return self._styles[key]

    def _build_style(self, shown: Cell) -> Style:
        colours, tone = self.colours, shown.style.tone
        shade, base = shown.style.shade, colours.base.bgcolor
        style = colours.shades[shade - 1] if shade else colours.grounds[tone]
        ink, ground = style.color, style.bgcolor
        is_bold = tone not in (Tone.OUTDATED, Tone.GONE)
        if shown.is_selected:
            is_bold = True
            ink = _selected_ink(colours.selected.color, ink, ground)
        if shown.is_mixed and tone in (Tone.GOOD, Tone.OUTDATED):
            ground = _blend(ground, base, _MIX)
        if self.is_dimmed:
            ground, ink = _blend(ground, base, _DIMMED), _blend(ink, base, _DIMMED / 2)
            is_bold = False
        if shown.is_cursor:
            ground, ink = colours.cursor.color, _darker(ink, ground)
        return Style(color=ink, bgcolor=ground, bold=is_bold)

    # Without colours

    def _patterned(self, shown: Cell) -> CellRows:
        style, tone = self._pattern_style(shown), shown.style.tone
        width, height = self.size
        fill = _FILLS.get(tone, (" ", " "))[self._glyphs is Glyphs.ASCII]
        fill = " " if shown.style.shade else fill
        first = self._pattern_row(shown, fill)
        rows = [first, *[fill * width] * (height - 1)]
        if height >= 2 and shown.instance_id:
            instance_id = shown.instance_id[-width:]
            rows[-1] = f"{instance_id:{fill}>{width}}"
        if shown.clock and height >= 4:
            rows[1] = f"{shown.clock[:width]:{fill}>{width}}"
        return tuple(((row, style),) for row in rows)

    def _pattern_row(self, shown: Cell, fill: str) -> str:
        """The first row: the glyph alone, or a row of it for what is filled and for dots."""
        width, height = self.size
        glyph = self.glyph(shown.style)
        sign = self._selection_sign if shown.is_selected else ""
        if height == 1 and width >= 4:
            return self._only_row(sign or glyph, shown.instance_id, fill)
        repeated = glyph if shown.style.tone is Tone.OUTDATED else fill
        if sign and (width == 1 or shown.style.is_quiet):
            glyph, sign = sign, ""
        return f"{glyph}{sign}{repeated * width}"[:width]

    def _pattern_style(self, shown: Cell) -> Style:
        tone = shown.style.tone
        is_bold = shown.is_selected or tone in (Tone.MOVING, Tone.UNHEALTHY, Tone.FAILED)
        return self.colours.base + Style(
            reverse=(tone is Tone.GOOD) is not shown.is_cursor,
            bold=is_bold,
            underline=shown.is_selected,
            dim=self.is_dimmed,
        )


def _blend(colour: Color | None, base: Color | None, share: float) -> Color | None:
    """The colour with a share of the background; unchanged where one of them is the terminal's."""
    if colour is None or base is None or not (colour.triplet and base.triplet):
        return colour
    if ColorType.TRUECOLOR not in (colour.type, base.type):
        return colour
    mixed = (
        round(part * (1 - share) + other * share)
        for part, other in zip(colour.triplet, base.triplet, strict=True)
    )
    return Color.from_rgb(*mixed)


def _selected_ink(chosen: Color | None, ink: Color | None, ground: Color | None) -> Color | None:
    """The ink of a selected cell: the chosen one if it can be read on the ground, and is brighter
    than the ground or clearer than the usual ink."""
    if chosen is None or ground is None or not (chosen.triplet and ground.triplet):
        return ink
    contrast = _contrast(chosen, ground)
    if contrast < _LEAST_CONTRAST:
        return ink
    is_brighter = _luminance(chosen) > _luminance(ground)
    return chosen if is_brighter or contrast > _contrast(ink, ground) else ink


def _contrast(colour: Color | None, ground: Color | None) -> float:
    """Contrast as defined by WCAG; 0 where one of them is the terminal's own."""
    if colour is None or ground is None or not (colour.triplet and ground.triplet):
        return 0.0
    lighter, darker = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    parts = []
    for value in colour.triplet or ():
        part = value / 255
        parts.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    red, green, blue = parts
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _darker(first: Color | None, second: Color | None) -> Color | None:
    """The darker of two colours: a glyph on the white ground of the cursor."""
    if first is None or second is None or not (first.triplet and second.triplet):
        return Color.parse("black")
    return min(first, second, key=_luminance)
