"""What messages and digests say, and that hostile names in them are text."""

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser

import markdown
import pytest

from pipelines.notify.words.changes import AlertStatusChange
from pipelines.notify.words.digest import MOST, DigestPeriod, digest_notice, rank_alerts
from pipelines.notify.words.markup import Notice, NoticePart, message_body, subject_line
from pipelines.notify.words.message import AlertFacts, NotifiedChange, change_notice

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
CREDIT = "Contains modified Copernicus Sentinel data 2026"
FACTS = AlertFacts(
    "base",
    "Air base",
    status="confirmed",
    headline="Apron fuller than usual",
    summary="The covered area of Apron rose by 900 m2, 6.1 sigma from its same-orbit baseline.",
    score=3.2,
    rate=0.012,
    rate_asked=0.5,
    rate_achieved=0.61,
    causes=["snow", "wet ground"],
    likely_causes=["snow"],
    credits=[CREDIT],
)
TOLD = NotifiedChange(
    "confirmed", 1, NOON, is_possibly_repeated=False, dossier="https://w.org/a1.html"
)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "'; drop table alerts; --",
    "[click](http://evil.example) **bold** `code` <http://evil.example>",
    "<!channel> &lt;!here&gt; @everyone <@123>",
    "two\nlines\r\n# heading\u202eright to left\x00",
    "1. list",
    "- list",
]


class Tags(HTMLParser):
    """Elements and text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, _: object) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.said += data


def test_a_message_says_what_a_reader_must_know() -> None:
    text = message_body(change_notice(FACTS, TOLD), "text", 32768)
    for said in (
        "Site: Air base (base).",
        "Status: confirmed (a further clear look agrees), known since 2026-03-02 12:00 UTC.",
        FACTS.summary,
        "the quiet site would show as much about once in 83 years;",
        "set to 0.5 a year, all zones together, which comes to 0.61 on its quiet past",
        "Ordinary causes to rule out first: snow, wet ground.",
        "confirm it independently",
        "https://w.org/a1.html",
        CREDIT,
    ):
        assert said in text
    assert "Possibly repeated" not in text
    assert "SIMULATED" not in text
    assert "No picture" not in text
    assert (
        subject_line(change_notice(FACTS, TOLD))
        == "Air base: alert confirmed: Apron fuller than usual"
    )


def test_a_message_says_what_is_special_about_it() -> None:
    told = replace(TOLD, is_possibly_repeated=True, turn=2, missing="its look is gone")
    notice = change_notice(replace(FACTS, is_simulated=True, status="closed"), told)
    text = message_body(notice, "text", 32768)
    assert text.startswith("Possibly repeated: ")
    assert "SIMULATED: made-up scenes" in text
    assert "By now it is closed." in text
    assert "No picture is attached: its look is gone." in text
    assert (
        subject_line(notice)
        == "SIMULATED: Air base: alert confirmed again: Apron fuller than usual"
    )


def test_an_alert_that_is_judged_no_more_is_told_all_the_same() -> None:
    bare = AlertFacts("base", "Air base", credits=[CREDIT])
    text = message_body(change_notice(bare, replace(TOLD, status="withdrawn")), "text", 32768)
    assert "please take back what was concluded from it" in text
    assert "None" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_in_html(name: str) -> None:
    facts = replace(FACTS, site_name=name, summary=f"{name} rose")
    plain = Tags(message_body(change_notice(FACTS, TOLD), "html", 32768))
    found = Tags(message_body(change_notice(facts, TOLD), "html", 32768))
    assert found.found == plain.found
    assert name.split(maxsplit=1)[0] in found.said


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_in_markdown(name: str) -> None:
    """Held against a parser of Markdown: no element but those of the message itself."""
    facts = replace(FACTS, site_name=name, summary=f"{name} rose")
    tags = [
        Tags(markdown.markdown(message_body(change_notice(one, TOLD), "markdown", 32768))).found
        for one in (FACTS, facts)
    ]
    assert tags[0] == tags[1]


@pytest.mark.parametrize("style", ["text", "html", "markdown"])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_line_or_calls_anybody(style, name: str) -> None:
    notice = change_notice(replace(FACTS, site_name=name), TOLD)
    told = message_body(notice, style, 32768)
    assert "\x00" not in told
    assert "\u202e" not in told
    assert len(told.splitlines()) == len(
        message_body(change_notice(FACTS, TOLD), style, 32768).splitlines()
    )
    assert "\n" not in subject_line(notice)
    assert "@everyone" not in subject_line(notice)
    assert style != "markdown" or "@everyone" not in told
    assert style == "text" or "<!channel>" not in told


@pytest.mark.parametrize("style", ["text", "html", "markdown"])
def test_a_long_message_is_cut_in_its_sentences_and_keeps_credit_and_link(style) -> None:
    facts = replace(FACTS, summary="It rose by far. " * 400, causes=["snow and ice"] * 40)
    notice = change_notice(facts, TOLD)
    told = message_body(notice, style, 2000)
    assert len(told) + len(subject_line(notice)) <= 2000
    assert CREDIT in told
    assert TOLD.dossier in told


def change(alert_id: str, status: str, day: float, site_id: str = "base") -> AlertStatusChange:
    at = NOON + dt.timedelta(days=day)
    return AlertStatusChange(alert_id, site_id, status, 1, at, at)


def week(*, is_first: bool = False) -> DigestPeriod:
    return DigestPeriod(NOON, NOON + dt.timedelta(days=7), is_first=is_first)


def told_digest(found, facts, **period) -> Notice:
    return digest_notice(
        week(**period), found, facts, watched={"base": "tested", "port": "learning"},
        is_possibly_repeated=False,
    )  # fmt: skip


def test_a_digest_ranks_by_score_and_those_without_one_come_last() -> None:
    scores = {"a": 1.0, "b": 5.5, "c": None, "d": 3.0}
    facts = {name: replace(FACTS, score=score) for name, score in scores.items()}
    found = [change(name, "possible", 1) for name in scores]
    assert [alert_id for alert_id, _ in rank_alerts(found, facts)] == ["b", "d", "a", "c"]
    items = [part.text for part in told_digest(found, facts).parts if part.kind == "item"]
    told = [item.split(": possible")[0].rsplit(", ", 1)[1] for item in items]
    assert told == ["score 5.5", "score 3.0", "score 1.0", "no score any more"]


def test_a_digest_tells_each_alert_once_with_its_steps_of_the_week() -> None:
    found = [change("a", "possible", -3), change("a", "confirmed", 1), change("a", "closed", 6)]
    notice = told_digest([*found, change("a", "possible", 9)], {"a": FACTS})
    (item,) = [part.text for part in notice.parts if part.kind == "item"]
    assert "confirmed 2026-03-03, closed 2026-03-08." in item
    assert notice.title == "sitewatch digest 2026-03-02 to 2026-03-09: 1 alert"


def test_the_first_digest_tells_history_in_numbers_alone() -> None:
    found = [change(f"h{n}", "confirmed", -100 + n, site_id=f"s{n % 3}") for n in range(30)]
    text = message_body(told_digest(found, {}, is_first=True), "text", 32768)
    assert "30 alerts at 3 sites, by now 30 confirmed" in text
    assert "h7" not in text
    assert "Before you were put" not in message_body(told_digest(found, {}), "text", 32768)


def test_a_digest_of_a_quiet_week_says_so_and_who_is_not_tested_yet() -> None:
    text = message_body(told_digest([], {}), "text", 32768)
    assert "no alert." in text
    assert "Sites watched: 2, of which 1 are tested and 1 have too little history yet." in text
    assert "no alert is not no activity" in text
    assert CREDIT in text


@pytest.mark.parametrize(
    ("made_up", "mark", "notes"),
    [
        ((), "", []),
        (("b",), "Partly SIMULATED: ", ["Partly SIMULATED: what is marked so did not happen."]),
        (("a", "b"), "SIMULATED: ", ["SIMULATED: made-up scenes; nothing of this happened."]),
        (("later",), "", []),
    ],
)
def test_a_digest_calls_simulated_what_is_and_nothing_else(made_up, mark: str, notes) -> None:
    facts = {name: replace(FACTS, is_simulated=name in made_up) for name in ("a", "b", "later")}
    found = [change("a", "possible", 1), change("b", "possible", 2), change("later", "possible", 9)]
    notice = told_digest(found, facts)
    assert notice.title == f"{mark}sitewatch digest 2026-03-02 to 2026-03-09: 2 alerts"
    assert [one.text for one in notice.parts if one.text.split(":")[0].endswith("ATED")] == notes
    marked = [one.text for one in notice.parts if one.kind == "item" and "SIMULATED, " in one.text]
    assert len(marked) == len({"a", "b"} & set(made_up))


def test_a_long_digest_says_how_many_it_leaves_out() -> None:
    names = [f"a{n:02d}" for n in range(MOST + 5)]
    facts = {name: replace(FACTS, score=float(n)) for n, name in enumerate(names)}
    notice = told_digest([change(name, "possible", 1) for name in names], facts)
    assert sum(part.kind == "item" for part in notice.parts) == MOST
    assert "5 more of a lower score" in message_body(notice, "text", 32768)
    short = message_body(notice, "markdown", 2000)
    assert len(short) <= 2000
    assert "score 24.0" in short
    assert "more are left out here" in short


def test_parts_of_each_kind_are_shown_as_such() -> None:
    notice = Notice(
        "t",
        (NoticePart("a & b", "strong"), NoticePart("one", "item"), NoticePart("https://w", "link")),
    )
    assert message_body(notice, "html", 999) == (
        '<p><b>a &amp; b</b></p>\n<p>&bull; one</p>\n<p><a href="https://w">https://w</a></p>'
    )
    assert message_body(notice, "markdown", 999) == "**a \\& b**\n\n- one\n\n<https://w>"
    assert message_body(notice, "text", 999) == "a & b\n\n- one\n\nhttps://w"
