import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from legend_desktop.views.density import DensityName
from legend_desktop.views.theme import HIDDEN_MONEY, Look, PaletteName, Scheme, Theme
from tests.gui.panel_world import RESOURCES, make_theme

TOKENS = json.loads((RESOURCES / "themes" / "tokens.json").read_text(encoding="utf-8"))
SOURCES = RESOURCES.parent / "legend_desktop"
ICONS = (
    *("magnifying-glass", "lock", "lock-open", "keyboard", "hand-palm", "shield-check"),
    *("shield-warning", "question", "clock", "hourglass", "arrows-clockwise", "prohibit"),
    *("x-circle", "check", "check-circle", "warning", "warning-octagon", "arrow-down"),
    *("target", "flag", "bell", "broadcast", "wifi-slash", "link"),
    *("link-break", "key", "briefcase", "list-bullets", "wallet", "chart-line"),
    *("chart-bar", "gauge", "notebook", "note-pencil", "tag", "camera"),
    *("calendar-blank", "funnel", "columns", "sort-ascending", "sort-descending", "export"),
    *("download-simple", "file-pdf", "file-text", "copy", "trash", "gear"),
    *("sliders-horizontal", "sun", "moon", "eye-slash", "push-pin", "layout"),
    *("play", "pause", "fast-forward", "hard-drives", "database", "pulse"),
    *("dots-three", "caret-down", "caret-right", "arrow-left", "info", "x"),
)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)


def luminance(color: QColor) -> float:
    red, green, blue = (linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs() -> Iterator[tuple[str, str, str, float]]:
    for scheme in ("dark", "light"):
        for pair in TOKENS["contrast"]["pairs"]:
            yield scheme, pair["text"], pair["background"], pair["required"]


@pytest.mark.parametrize(("scheme", "text", "background", "required"), list(pairs()))
def test_every_pair_of_tokens_is_readable(scheme: str, text: str, background: str, required: float) -> None:
    colors = TOKENS["color"][scheme]
    assert contrast(QColor(colors[text]), QColor(colors[background])) >= required


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_heat_map_figures_are_readable_on_every_step(scheme: str, qapp: QApplication) -> None:
    theme = Theme(RESOURCES, Look(scheme=Scheme(scheme)))
    for basis_points in (-3, -1.5, -0.5, 0, 0.5, 1.5, 3, 9):
        fill, ink = theme.heat(basis_points)
        assert contrast(fill, ink) >= 4.5, basis_points


def test_no_module_holds_a_colour_of_its_own() -> None:
    literal = re.compile(r"[\"'](#[0-9A-Fa-f]{3,8})[\"']|QColor\((\d|[\"'])|Qt\.GlobalColor\.(?!transparent)")
    found = []
    for path in SOURCES.rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if path.is_relative_to(SOURCES / "views") and literal.search(line):
                found.append(f"{path.name}:{number}: {line.strip()}")
    assert found == []


def test_figures_are_all_as_wide_as_each_other(qapp: QApplication) -> None:
    theme = Theme(RESOURCES)
    for role in ("caption", "small", "body", "field", "quote", "hero"):
        for weight in (400, 600):
            metrics = QFontMetricsF(theme.font(role, weight))
            widths = [metrics.horizontalAdvance(digit) for digit in "0123456789"]
            assert max(widths) - min(widths) < 0.05


def test_every_icon_of_the_set_can_be_drawn_in_the_ink_of_its_place(qapp: QApplication) -> None:
    theme = Theme(RESOURCES, Look(scheme=Scheme.DARK))
    assert set(ICONS) <= set(theme.icons.names())
    assert (RESOURCES / "icons" / "LICENSE.txt").read_text(encoding="utf-8").startswith("MIT")
    assert "OFL" in (RESOURCES / "fonts" / "LICENSE.txt").read_text(encoding="utf-8")
    for name in theme.icons.names():
        image = theme.icons.pixmap(name, theme.color("danger"), 14).toImage()
        solid = [image.pixelColor(x, y) for x in range(14) for y in range(14)]
        inked = [color for color in solid if color.alpha() > 200]
        assert any(color.alpha() > 0 for color in solid), name
        for color in inked:
            assert abs(color.red() - theme.color("danger").red()) < 12, name


def test_icons_named_in_the_code_exist() -> None:
    named = re.compile(r"(?:icon=|glyph=|paint_icon\(painter, |EmptyState\(\w+(?:\.\w+)*, )\"([a-z-]+)\"")
    missing = set()
    for path in (SOURCES / "views").rglob("*.py"):
        for name in named.findall(path.read_text(encoding="utf-8")):
            if not (RESOURCES / "icons" / f"{name}.svg").exists():
                missing.add(f"{path.name}: {name}")
    assert missing == set()


def test_an_icon_follows_the_theme(qapp: QApplication) -> None:
    theme = Theme(RESOURCES, Look(scheme=Scheme.DARK))
    icon = theme.icon("warning-octagon", "text.primary")

    def brightness() -> int:
        image = icon.pixmap(QSize(32, 32)).toImage()
        return max(
            image.pixelColor(x, y).lightness()
            for x in range(32)
            for y in range(32)
            if image.pixelColor(x, y).alpha() > 200
        )

    dark = brightness()
    theme.set_look(replace(theme.look, scheme=Scheme.LIGHT))
    assert dark > 150 > brightness()
    disabled = icon.pixmap(QSize(32, 32), QIcon.Mode.Disabled).toImage()
    shades = {
        disabled.pixelColor(x, y).name()
        for x in range(32)
        for y in range(32)
        if disabled.pixelColor(x, y).alpha() == 255
    }
    assert theme.hex("text.disabled") in shades


def test_palettes_change_gain_and_loss_alone(qapp: QApplication) -> None:
    theme = Theme(RESOURCES, Look(scheme=Scheme.DARK))
    assert theme.hex("gain") == TOKENS["color"]["dark"]["gain"].lower()
    theme.set_look(replace(theme.look, palette=PaletteName.CLASSIC))
    assert theme.hex("gain") == TOKENS["color"]["dark"]["classic.gain"].lower()
    theme.set_look(replace(theme.look, palette=PaletteName.MONO))
    assert theme.hex("gain") == theme.hex("loss") == theme.hex("text.primary")
    assert theme.hex("warning") == TOKENS["color"]["dark"]["warning"].lower()


def test_zoom_and_density_scale_sizes_and_captions_stay_readable(qapp: QApplication) -> None:
    theme = Theme(RESOURCES)
    assert (theme.density.row, theme.density.field, theme.font_pixels("body")) == (22, 26, 12)
    theme.set_look(replace(theme.look, zoom=200))
    assert (theme.density.row, theme.px(4), theme.font_pixels("body")) == (44, 8, 24)
    theme.set_look(replace(theme.look, zoom=80))
    assert theme.font_pixels("caption") == 10
    theme.set_look(replace(theme.look, zoom=100, density=DensityName.COMFORTABLE))
    assert (theme.density.row, theme.density.field, theme.font_pixels("body")) == (28, 32, 13)


def test_changed_is_told_once_for_a_real_change_only(qapp: QApplication) -> None:
    theme = Theme(RESOURCES)
    told: list[int] = []
    theme.changed.connect(lambda: told.append(theme.look.zoom))
    theme.set_look(theme.look)
    theme.set_look(replace(theme.look, zoom=110))
    assert told == [110]


def test_an_unknown_token_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(KeyError):
        Theme(RESOURCES).color("accent")


def test_money_is_hidden_in_sentences(qapp: QApplication) -> None:
    theme = Theme(RESOURCES)
    assert theme.masked("$1,234.50 and 2.08 R") == "$1,234.50 and 2.08 R"
    theme.set_look(replace(theme.look, hide_money=True))
    assert theme.masked("−$1,234.50 and 2.08 R") == f"−${HIDDEN_MONEY} and 2.08 R"
    assert theme.masked("reduce at −$3,000, halt at −$5,000.50.") == "reduce at −$•••, halt at −$•••."


def test_the_focus_ring_lies_inside_its_control(qtbot: QtBot) -> None:
    theme = make_theme(Scheme.DARK)
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(120, 80)
    box, combo = QCheckBox(host), QComboBox(host)
    combo.addItem("Market")
    combo.setGeometry(20, 20, 80, 26)
    box.setGeometry(20, 50, 80, 20)
    host.show()
    combo.setFocus()
    QApplication.processEvents()
    pixmap = QPixmap(host.size())
    host.render(pixmap)
    image = pixmap.toImage()
    ring = theme.color("focus")
    inside = QRect(20, 20, 80, 26)
    lit = [(x, y) for x in range(120) for y in range(80) if image.pixelColor(x, y) == ring and y < 48]
    assert lit
    assert all(inside.contains(x, y) for x, y in lit)
    painter = QPainter(pixmap)
    painter.end()
