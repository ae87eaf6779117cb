"""The help: every page is shipped, says what is true of this program, can be searched, and its links lead somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFont, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QListWidget
from pytestqt.qtbot import QtBot

from legend_desktop import __version__
from legend_desktop.domain.enums import OrderType, TimeInForce
from legend_desktop.viewmodels.actions import ACTIONS, Guard
from legend_desktop.viewmodels.command_parser import parse_command
from legend_desktop.viewmodels.key_map import load_key_map
from legend_desktop.viewmodels.start import LEGAL_SHORT, LEGAL_VERSION
from legend_desktop.views.dialogs.about import AboutDialog
from legend_desktop.views.dialogs.help_page import HelpPage, read_help, title_of
from legend_desktop.views.dialogs.help_window import PAGES, HelpWindow
from legend_desktop.views.dialogs.legal import LegalNotice
from legend_desktop.views.dialogs.order_sketches import SKETCHES
from legend_desktop.views.theme import Look, Scheme
from legend_desktop.views.widgets.access import access_gaps
from tests.gui.panel_world import RESOURCES, make_theme, picture

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
BROKER_HELP = (
    "https://alpaca.markets/support",
    "https://developer.schwab.com",
    "https://developer.tdameritrade.com/community",
    "https://www.interactivebrokers.com/support",
    "https://www.tradestation.com/support",
)


class Browser(QObject):
    """Stands in the place of the person's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def browser(qapp: QApplication) -> Iterator[Browser]:
    found = Browser()
    QDesktopServices.setUrlHandler("https", found, "open")  # type: ignore[arg-type]  # the stub wants bytes, the binding text
    yield found
    QDesktopServices.unsetUrlHandler("https")


def window(qtbot: QtBot, scheme: Scheme = Scheme.DARK) -> HelpWindow:
    made = HelpWindow(make_theme(scheme), RESOURCES)
    qtbot.addWidget(made)
    made.show()
    return made


def every_page() -> dict[str, str]:
    return {name: read_help(RESOURCES, name) for name in PAGES}


# --- what the pages say ----------------------------------------------------------------------------------------------


def test_every_shipped_page_is_in_the_list_and_has_a_title() -> None:
    assert {path.stem for path in (RESOURCES / "help").glob("*.md")} == set(PAGES)
    titles = [title_of(text) for text in every_page().values()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_every_link_of_the_help_leads_somewhere() -> None:
    dead = []
    for name, text in every_page().items():
        for target in LINK.findall(text):
            kind, _, rest = target.partition(":")
            good = {
                "help": rest in PAGES,
                "action": rest in ACTIONS,
                "sketch": rest in SKETCHES,
                "licence": (RESOURCES / rest / "LICENSE.txt").is_file(),
                "https": rest.startswith("//"),
            }
            if not good.get(kind, False):
                dead.append(f"{name}: {target}")
    assert dead == []


def test_each_order_type_is_explained_with_when_to_use_it() -> None:
    text = read_help(RESOURCES, "order-types")
    chapters = dict(re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for kind in OrderType:
        words = kind.value.replace("_", " ").replace("stop limit", "stop-limit")
        assert any(title.lower().startswith(words) for title in chapters), words
    assert {"Trailing stop, by amount", "Trailing stop, by per cent", "OCO, one cancels the other"} <= set(chapters)
    for title, body in chapters.items():
        assert "*Use it*" in body or title == "How long an order lives", title
    assert all(f"| {word.value} |" in text for word in TimeInForce)


def test_the_commands_of_the_help_are_understood() -> None:
    table = re.compile(r"^\| (`.+?`)(?:, (`.+?`))? \|", re.MULTILINE)
    typed = [code.strip("`") for row in table.findall(read_help(RESOURCES, "command-line")) for code in row if code]
    typed += [code for code in CODE.findall(read_help(RESOURCES, "order-types")) if code.startswith("stop AAPL")]
    typed += [code for code in CODE.findall(read_help(RESOURCES, "first-steps")) if code.startswith(("buy", "close"))]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    typed += [code.strip("`") for row in table.findall(readme) for code in row if " " in code]
    assert len(typed) > 30
    for line in typed:
        parse_command(line)


def test_the_keys_of_the_help_are_the_shipped_ones() -> None:
    shipped = load_key_map((RESOURCES / "hotkeys" / "default.toml").read_text(encoding="utf-8"), platform="linux")
    keys = {part for action_id in ACTIONS for part in shipped.text_of(action_id).split(" to ")}
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|$", read_help(RESOURCES, "keys"), re.MULTILINE)
    told = [(key, words) for cell, words in rows for key in CODE.findall(cell)]
    assert len(told) > 12
    assert [key for key, _ in told if key not in keys] == []
    guards = {shipped.text_of(action.id): action.guard for action in ACTIONS.values()}
    for key, words in told:
        assert ("(armed)" in words) is (guards[key] is Guard.ARMED), key
        assert ("(hold)" in words) is (guards[key] is Guard.HOLD), key


def test_the_keys_of_the_readme_are_the_shipped_ones() -> None:
    shipped = load_key_map((RESOURCES / "hotkeys" / "default.toml").read_text(encoding="utf-8"), platform="linux")
    guards = {shipped.text_of(action.id): action.guard for action in ACTIONS.values()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \| .+? \| (armed|hold .+? s|) ?\|$", readme, re.MULTILINE)
    told = [(key, words) for cell, words in rows for key in CODE.findall(cell)]
    assert len(told) > 12
    for key, words in told:
        assert ("armed" in words) is (guards[key] is Guard.ARMED), key
        assert ("hold" in words) is (guards[key] is Guard.HOLD), key


def test_the_links_to_each_brokers_help_are_there() -> None:
    text = read_help(RESOURCES, "support")
    assert [link for link in BROKER_HELP if link not in text] == []


def test_the_legal_notice_is_whole_and_the_same_everywhere() -> None:
    text = read_help(RESOURCES, "legal")
    assert f"Version {LEGAL_VERSION} of this notice." in text
    for words in (
        "lose more than you put in",
        "not advice",
        "paper trading",
        "bear to lose",
        "adviser",
        "laws",
        "liable",
    ):
        assert words in text
    body = text.split("\n", 1)[1].strip()
    assert body in (ROOT / "README.md").read_text(encoding="utf-8")
    assert LEGAL_SHORT.split(".", maxsplit=1)[0] in text


def test_every_library_that_is_shipped_is_named_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[><=\[]", line)[0] for line in project["project"]["dependencies"]]
    text = read_help(RESOURCES, "licences").lower()
    assert [name for name in names if name.lower().removesuffix("-essentials") not in text] == []
    assert "lesser general public license" in text


# --- the window ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_shown_in_the_type_of_the_desk(qtbot: QtBot, scheme: Scheme, name: str) -> None:
    help_window = window(qtbot, scheme)
    help_window.show_page(name)
    page = help_window.page
    assert help_window.current_page() == name
    assert page.toPlainText().startswith(title_of(read_help(RESOURCES, name)))
    block = page.document().begin()
    sizes = []
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            form = place.fragment().charFormat()
            assert form.fontPointSize() == 0  # pixels, as everywhere in the desk
            sizes.append(QFont(form.font()).family())
            place += 1
        block = block.next()
    assert not any("mono" in family.lower() for family in sizes)
    picture(help_window, f"help-{name}-{scheme}")


def test_the_window_leaves_the_desk_free_and_escape_closes_it(qtbot: QtBot) -> None:
    help_window = window(qtbot)
    assert not help_window.isModal()
    assert access_gaps(help_window) == []
    QTest.keyClick(help_window, Qt.Key.Key_Escape)
    assert not help_window.isVisible()


def test_a_search_leaves_the_pages_with_every_word_and_marks_the_places(qtbot: QtBot) -> None:
    help_window = window(qtbot)
    help_window.search("trailing stop")
    assert help_window.current_page() == "order-types"
    assert set(help_window.shown_pages()) < set(PAGES)
    places = help_window.page.extraSelections()
    assert len(places) >= 2
    first = help_window.page.textCursor().selectionStart()
    field = help_window.findChild(QLineEdit)
    assert field is not None
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert help_window.isVisible()
    assert help_window.page.textCursor().selectionStart() > first
    for _ in places:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert help_window.page.textCursor().selectionStart() > first  # round once, and on to the second again


def test_a_search_without_result_says_so_and_comes_back(qtbot: QtBot) -> None:
    help_window = window(qtbot)
    help_window.search("zeppelin")
    assert help_window.shown_pages() == []
    assert "Nothing found" in help_window.page.toPlainText()
    help_window.show_page("risk")
    assert help_window.current_page() == "risk"
    assert help_window.shown_pages() == list(PAGES)


def test_links_between_pages_to_actions_and_to_the_web(qtbot: QtBot, browser: Browser) -> None:
    help_window = window(qtbot)
    asked: list[str] = []
    help_window.action_wanted.connect(asked.append)
    help_window.page.follow(QUrl("help:risk"))
    assert help_window.current_page() == "risk"
    help_window.page.follow(QUrl("action:help.keys"))
    assert asked == ["help.keys"]
    help_window.page.follow(QUrl(BROKER_HELP[0]))
    help_window.page.follow(QUrl("file:///etc/passwd"))
    help_window.page.follow(QUrl("http://example.com"))
    assert browser.opened == [BROKER_HELP[0]]


def test_a_licence_text_is_shown_and_the_list_leads_back(qtbot: QtBot) -> None:
    help_window = window(qtbot)
    help_window.show_page("licences")
    help_window.page.follow(QUrl("licence:fonts"))
    assert "SIL OPEN FONT LICENSE" in help_window.page.toPlainText()
    pages = help_window.findChild(QListWidget)
    assert pages is not None
    place = pages.visualItemRect(pages.currentItem()).center()
    QTest.mouseClick(pages.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert help_window.page.toPlainText().startswith("Licences")


@pytest.mark.parametrize("name", sorted(SKETCHES))
def test_a_sketch_is_drawn_in_the_colours_of_the_theme(qtbot: QtBot, name: str) -> None:
    theme = make_theme(Scheme.DARK)
    page = HelpPage(theme, "Help text")
    qtbot.addWidget(page)
    dark = page.loadResource(2, f"sketch:{name}").toImage()
    assert isinstance(dark, QImage)
    theme.set_look(Look(scheme=Scheme.LIGHT))
    light = page.loadResource(2, f"sketch:{name}").toImage()
    assert light.size() == dark.size()
    assert light != dark
    blank = QImage(dark.size(), dark.format())
    blank.fill(Qt.GlobalColor.transparent)
    assert dark != blank


def test_a_page_loads_nothing_from_disk_or_net(qtbot: QtBot) -> None:
    page = HelpPage(make_theme(), "Help text")
    qtbot.addWidget(page)
    for name in ("file:///etc/hosts", "https://example.com/x.png", "sketch:nothing", "logo.png"):
        assert page.loadResource(2, name) is None


def test_a_change_of_the_look_keeps_page_and_search(qtbot: QtBot) -> None:
    theme = make_theme(Scheme.DARK)
    help_window = HelpWindow(theme, RESOURCES)
    qtbot.addWidget(help_window)
    help_window.show()
    help_window.search("overconcentrate")
    help_window.search("paper")
    before = help_window.current_page(), len(help_window.page.extraSelections())
    theme.set_look(Look(scheme=Scheme.LIGHT, zoom=150))
    assert (help_window.current_page(), len(help_window.page.extraSelections())) == before


# --- About and the legal notice --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_about_names_the_version_and_shows_the_whole_notice(qtbot: QtBot, scheme: Scheme) -> None:
    dialog = AboutDialog(make_theme(scheme), RESOURCES)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.isModal()
    assert access_gaps(dialog) == []
    assert "No liability." in dialog.page.toPlainText()
    dialog.show_page("licences")
    assert "PySide6" in dialog.page.toPlainText()
    dialog.page.follow(QUrl("licence:icons"))
    assert "Phosphor" in dialog.page.toPlainText()
    QTest.mouseClick(dialog.tabs.button("support"), Qt.MouseButton.LeftButton)
    assert "alpaca.markets" in dialog.page.toPlainText()
    dialog.page.follow(QUrl("help:order-types"))
    assert "Stop-limit" in dialog.page.toPlainText()
    assert dialog.tabs.current() == ""
    picture(dialog, f"about-{scheme}")


def test_the_version_can_be_copied_for_somebody_who_helps(qtbot: QtBot) -> None:
    dialog = AboutDialog(make_theme(), RESOURCES)
    qtbot.addWidget(dialog)
    dialog.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert f"Version {__version__}" in copied
    assert "Python 3." in copied


@pytest.mark.parametrize("ask", [True, False])
def test_the_legal_notice_asks_only_where_it_should(qtbot: QtBot, ask: bool) -> None:
    notice = LegalNotice(make_theme(Scheme.LIGHT), RESOURCES, ask=ask)
    qtbot.addWidget(notice)
    notice.show()
    heard: list[int] = []
    notice.accepted_notice.connect(lambda: heard.append(1))
    assert notice.read_button.isVisible() is ask
    assert access_gaps(notice) == []
    picture(notice, f"legal-{ask}")
    QTest.mouseClick(notice.read_button if ask else notice.close_button, Qt.MouseButton.LeftButton)
    assert heard == ([1] if ask else [])
    assert not notice.isVisible()


def test_escape_reads_nothing(qtbot: QtBot) -> None:
    notice: QDialog = LegalNotice(make_theme(), RESOURCES, ask=True)
    qtbot.addWidget(notice)
    notice.show()
    heard: list[int] = []
    assert isinstance(notice, LegalNotice)
    notice.accepted_notice.connect(lambda: heard.append(1))
    QTest.keyClick(notice, Qt.Key.Key_Escape)
    assert heard == []
    assert not notice.isVisible()
