"""Test that a report is one page that has no scripts and loads nothing, and that tag values never become markup."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT
from tests.program import run
from tests.recordings import a_body, a_recording, an_exchange

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><b>bold",
    "[link](javascript:alert(1)) | `code`",
    "&lt;b&gt;\x1b[31m\u202e",
)
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "dl",
        "dt",
        "dd",
        "p",
        "ul",
        "li",
        "pre",
        "small",
    ),
    *("div", "table", "thead", "tbody", "tr", "th", "td", "svg", "text", "rect", "line"),
}
VOID = {"meta"}


class Strict(HTMLParser):
    """An HTML parser that fails at an element that is unclosed or unknown, or that could load or run something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.headings: list[str] = []
        self.text: list[str] = []
        self.bars = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, _ in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "href", "action", "style")
        self.bars += ("class", "bar") in attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def recorded(path: Path) -> Path:
    """Write a recording of 45 minutes with malicious names, and return its path.

    The last 15 minutes of the recorded traffic contain refused connections.
    """
    exchanges = []
    for number in range(3):
        window = Window(MOMENT - 900 * (3 - number), MOMENT - 900 * (2 - number))
        rows = [
            {
                "client": name,
                "server": "payments-internal",
                "bytes_sent_by_client": 10**6,
                "packets_sent_by_client": 10**5,
                "tcp_established_connections": 1_000,
                "tcp_refusals": 600 * (number == 2),
            }
            for name in HOSTILE
        ]
        query = query_for(Query(search='team:"<i>x</i>"'), window)
        exchanges.append(an_exchange(query, window.end + 60, a_body(*rows), window=window))
    return a_recording(path, *exchanges)


def report(tmp_path: Path, name: str, *arguments: str) -> str:
    done = run("report", str(recorded(tmp_path / "a.cnm")), "-o", str(tmp_path / name), *arguments, environ={})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return (tmp_path / name).read_text(encoding="utf-8")


def test_a_page_has_every_part_and_nothing_that_runs_or_loads(tmp_path: Path) -> None:
    text = report(tmp_path, "report.html")

    page = Strict()
    page.feed(text)
    assert page.open == []
    assert page.headings == ["Timeline", "Findings", "Comparison", "Rows", "How to ask again"]
    assert page.bars == 3 * 2
    assert HOSTILE[0] in "".join(page.text)
    assert "default-src 'none'" in text or "default-src &#x27;none&#x27;" in text
    assert "connections are refused" in text
    assert "cnm-tui query -g client_service,server_service" in text


def test_markdown_has_every_part_and_no_value_is_markup(tmp_path: Path) -> None:
    text = report(tmp_path, "report.md")

    parts = [line for line in text.splitlines() if line.startswith("## ")]
    assert parts == ["## Timeline", "## Findings", "## Comparison", "## Rows", "## How to ask again"]
    rows = text.partition("## Rows")[2].partition("##")[0]
    assert "<" not in rows.replace("\\<", "")
    assert "\\[link\\](javascript" in rows


def test_the_open_part_of_a_timeline_is_reported_with_the_closed_ones(tmp_path: Path) -> None:
    windows = [Window(MOMENT + 300 * at, MOMENT + 300 * at + (300 if at < 3 else 120)) for at in range(4)]
    exchanges = [an_exchange(query_for(Query(), one), one.end + 1, window=one) for one in windows]
    path = a_recording(tmp_path / "a.cnm", *exchanges)

    run("report", str(path), "-o", str(tmp_path / "a.html"), environ={})

    page = Strict()
    page.feed((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert page.headings[0] == "Timeline"
    # A bar of the open part, which has fewer bytes for its length alone, would look like a fall.
    assert page.bars == 3
    assert "3 parts of 5m" in "".join(page.text)
    assert "the rows are of 2026-03-01 10:15Z to 2026-03-01 10:17Z, which no part covers" in "".join(page.text)
    assert re.search(r"--from 2026-03-01T10:15\S* --to 2026-03-01T10:17", "".join(page.text))


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MEASURE = """<body onload="for (let at = 0; at < frames.length; at++) {{
  const one = frames[at], page = one.document.documentElement,
    box = document.createElement('i');
  box.textContent = [one.innerWidth, page.scrollWidth, one.document.querySelectorAll('svg rect').length,
    one.document.scripts.length, getComputedStyle(one.document.querySelector('h1')).color].join(' ');
  document.body.append(box) }}">{frames}</body>"""


@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_a_browser_shows_the_page_without_a_network_at_any_width(tmp_path: Path) -> None:
    assert BROWSER is not None
    text = report(tmp_path, "report.html")
    widths = (360, 800, 1_600)
    frames = "".join(f'<iframe src="report.html" width="{width}" height="600"></iframe>' for width in widths)
    (tmp_path / "measure.html").write_text(MEASURE.format(frames=frames), encoding="utf-8")

    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        # Every host name leads nowhere.
        + ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        + [(tmp_path / "measure.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    measured = [one.split(" ", 4) for one in re.findall(r"<i>(.*?)</i>", done.stdout)]
    assert len(measured) == len(widths)
    for inner, whole, bars, scripts, colour in measured:
        assert int(whole) <= int(inner), measured
        assert (int(bars), scripts) == (text.count("<rect"), "0")
        assert colour.startswith("rgb")


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_a_redacted_report_has_no_name(tmp_path: Path, name: str) -> None:
    text = report(tmp_path, name, "--redact")

    assert not any(value in text for value in ("payments", "alert(", "onerror", "bold", "javascript", "datadoghq.eu"))
    assert "service-" in text
    assert "Left in clear: figures" in text


@pytest.mark.parametrize(("name", "code"), [("report.pdf", 2), ("-", 2)])
def test_another_form_is_refused(tmp_path: Path, name: str, code: int) -> None:
    path = name if name == "-" else str(tmp_path / name)
    done = run("report", str(recorded(tmp_path / "a.cnm")), "-o", path, environ={})

    assert (done.returncode, "report.html or report.md" in done.stderr) == (code, True)
