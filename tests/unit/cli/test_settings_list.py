from collections.abc import Callable
from dataclasses import dataclass

import pytest

from legend_desktop.cli import main as command_line
from legend_desktop.cli.commands import (
    Commands,
    CommonArgs,
    DemoArgs,
    ImportEnvArgs,
    ReportArgs,
    SettingReport,
    VerifyArgs,
)
from legend_desktop.domain.errors import LegendError
from legend_desktop.version import __version__


@dataclass(frozen=True)
class Row:
    name: str
    value: str
    source: str
    environment: tuple[str, ...]
    description: str


def commands(report: SettingReport | LegendError | BaseException) -> Commands:
    def settings(common: CommonArgs) -> SettingReport:
        if isinstance(report, BaseException):
            raise report
        return report

    def window(common: CommonArgs) -> int:
        return 11

    def demo(args: DemoArgs) -> int:
        return 12

    def import_env(args: ImportEnvArgs, say: Callable[[str], None]) -> int:
        say(f"{args.file} {'live' if args.live else 'paper'}")
        return 13

    def make_report(args: ReportArgs, say: Callable[[str], None]) -> int:
        say(f"{args.mode.value} {args.format} {args.out} {args.since} {args.until} {args.broker} {args.symbol}")
        return 14

    def verify(args: VerifyArgs, say: Callable[[str], None]) -> int:
        say(f"verify {args.file}")
        return 15

    return Commands(
        window=window, demo=demo, settings=settings, import_env=import_env, report=make_report, verify=verify
    )


def test_each_setting_has_its_value_source_names_and_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Row("a.b", "", "default", (), "The first"), Row("longer.name", "x", ".env", ("ONE", "TWO"), "The second")]
    assert command_line.run(["settings"], commands(SettingReport(rows, "/p/s.json", ["Odd."]))) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[:4] == [
        "a.b          —  (default)",
        "             The first",
        "longer.name  x  (.env)",
        "             The second  [ONE, TWO]",
    ]
    assert "/p/s.json" in said.out
    assert said.err == "Odd.\n"


def test_a_known_trouble_is_a_sentence_and_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["settings"], commands(LegendError("It broke.", advice="Mend it."))) == 1
    assert capsys.readouterr().err == "It broke. Mend it.\n"


def test_where_a_value_of_dotenv_is_shown_it_is_said_that_the_window_does_not_read_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = Row("a.b", "1", "default", (), "The first")
    command_line.run(["settings"], commands(SettingReport([row], "/p/s.json")))
    assert "import-env" not in capsys.readouterr().out
    command_line.run(["settings"], commands(SettingReport([row, Row("c", "2", ".env", ("C",), "")], "/p/s.json")))
    assert "legend-desktop import-env" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["import-env"], ".env paper"),
        (["import-env", "keys.env", "--live"], "keys.env live"),
        (["import-env", "--live", "--profile-dir", "p"], ".env live"),
    ],
)
def test_the_import_gets_its_file_and_kind_and_prints_as_it_goes(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run(argv, commands(KeyboardInterrupt())) == 13
    assert capsys.readouterr().out == said + "\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "paper html best-execution.html None None  "),
        (["--format", "csv"], "paper csv best-execution.csv None None  "),
        (["--out", "a.PDF", "--mode", "live"], "live pdf a.PDF None None  "),
        (
            ["--from", "2026-11-02", "--to", "2026-11-20", "--broker", "alpaca", "--symbol", "KO", "--out", "a.json"],
            "paper json a.json 2026-11-02 2026-11-20 alpaca KO",
        ),
    ],
)
def test_a_report_gets_its_terms_and_its_kind_by_its_name(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run(["report", *argv], commands(KeyboardInterrupt())) == 14
    assert capsys.readouterr().out == said + "\n"


def test_a_file_is_verified_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["report", "--verify", "a.html"], commands(KeyboardInterrupt())) == 15
    assert capsys.readouterr().out == "verify a.html\n"
    assert command_line.run(["report", "--verify", "a.html", "--symbol", "KO"], commands(KeyboardInterrupt())) == 1
    assert "takes its terms from the file" in capsys.readouterr().err


def test_a_name_that_does_not_tell_the_kind_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["report", "--out", "a.docx"], commands(KeyboardInterrupt())) == 1
    assert capsys.readouterr().err == (
        "The name a.docx does not say what kind of file it is. Add --format with one of: html, csv, json, pdf.\n"
    )


@pytest.mark.parametrize("words", [["--from", "soon"], ["--broker", "robin"], ["--mode", "both"], ["--format", "doc"]])
def test_a_word_of_the_report_that_is_none_ends_with_code_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.run(["report", *words], commands(KeyboardInterrupt()))
    assert caught.value.code == 2


@pytest.mark.parametrize(("argv", "code"), [([], 11), (["--headless"], 12), (["demo"], 12)])
def test_what_starts_without_and_with_a_sub_command(argv: list[str], code: int) -> None:
    assert command_line.run(argv, commands(KeyboardInterrupt())) == code


def test_ctrl_c_is_the_usual_code() -> None:
    assert command_line.run(["settings"], commands(KeyboardInterrupt())) == 130


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.run(["--version"], commands(KeyboardInterrupt()))
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"Legend Desktop {__version__}\n"
