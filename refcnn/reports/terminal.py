"""A run told on a terminal: a table, failure cards, and a summary with denominators."""

import shlex
from collections.abc import Sequence

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from refcnn.diagnosis.identify.picture import Picture
from refcnn.harness.calls import LAYOUTS
from refcnn.implementations import layouts
from refcnn.reports.asking import plain_call
from refcnn.reports.card import card_lines, title
from refcnn.reports.explanation import explanation, picture
from refcnn.reports.picture_text import picture_lines
from refcnn.reports.replay import told as replay_told
from refcnn.reports.summary import (
    MOST_CARDS,
    Finding,
    Summary,
    counts,
    in_words,
    not_offered,
    remark,
)
from refcnn.suite.clauses import LEVELS
from refcnn.suite.dialects import known_dialects
from refcnn.suite.judge import Verdict

MOST_FOLLOWERS = 4  # named with their sentence on the card of what they follow from
MOST_VIOLATIONS = 3  # of the protocol that are told


def show(summary: Summary, console: Console, *, all_cards: bool = False) -> None:
    """Print everything there is to say about a run."""
    console.print(table(summary))
    console.print(Text("clauses that hold / judged; n.j.: not judged", style="dim"))
    for line in (*domain(summary), *unjudged(summary)):
        console.print(Text(line, style="yellow"))
    for line in faults(summary):
        console.print(Text(line, style="red"))
    cards(summary, console, all_cards=all_cards)
    for line in remarks(summary):
        console.print(Text(line, style="yellow"))
    console.print(conclusion(summary))


def domain(summary: Summary) -> list[str]:
    """What was asked for: what is not there, what is stated, and the limits, a line each."""
    missing = [f"not implemented: {line}" for line in not_offered(summary.offer)]
    told = {op: limits for op, limits in summary.limits.items() if limits.words}
    limits = [f"limits: {op}: {in_words(found)}" for op, found in told.items()]
    notes = [f"note: {note}" for note in summary.statement.notes]
    return [*missing, *stated(summary), *limits, *notes]


def unjudged(summary: Summary) -> list[str]:
    """Clauses that were not judged, by the reason why."""
    skipped: dict[str, list[str]] = {}
    for finding in summary.having(Verdict.SKIPPED):
        skipped.setdefault(finding.worst.reason, []).append(finding.clause.id)
    return [
        f"not judged: {', '.join(dict.fromkeys(names))}: {reason}"
        for reason, names in skipped.items()
    ]


def faults(summary: Summary) -> list[str]:
    """What is wrong with the run, or with the implementation beyond single cases."""
    errors = [f"error: {f.clause.id}: {f.worst.reason}" for f in summary.having(Verdict.ERROR)]
    first, rest = summary.violations[:MOST_VIOLATIONS], summary.violations[MOST_VIOLATIONS:]
    broken = [f"broke the protocol: {violation}" for violation in first]
    more = [f"broke the protocol: {len(rest)} times more, at least"] if rest else []
    return [*errors, *broken, *more, *(inconsistency(summary, op) for op in summary.inconsistent)]


def remarks(summary: Summary) -> list[str]:
    """What does not hold and does not decide, a line each."""
    lines = [f"remark: {remark(finding)}" for finding in summary.remarks]
    names = [f.clause.id for f in summary.remarks if f.clause.level == "extended"]
    told = " and ".join(dict.fromkeys(names))
    extended = [f"({told}: other ranks are a matter of level extended.)"] if told else []
    return [*lines, *extended]


def inconsistency(summary: Summary, operator: str) -> str:
    """One sentence on what is declined, although nothing tells it from what is answered."""
    untold = summary.limits[operator].untold
    return (
        f"inconsistent: {operator} declines {plain_call(untold[0])} with x of the shape "
        f"{untold[0].inputs['x'].shape} and answers others, and nothing tells them apart "
        f"({len(untold)} cases)"
    )


def stated(summary: Summary) -> list[str]:
    """What the statement changes in how answers are judged, a line each."""
    said, lines = summary.statement, []
    if said.algorithm != "direct":
        judged = [op for op, found in summary.offer.features.items() if said.algorithm in found]
        which = " and ".join(judged) or "none"
        lines = [
            f"stated to be {said.algorithm}, and judged by the bound for such algorithms: {which}"
        ]
    lines += [
        f"stated dialect {name}: {known_dialects()[name].sentence}"
        for name in said.every("dialects")
    ]
    lines += [f"{op} is called as {' '.join(call.split())}" for op, call in said.calls]
    if (stated := layouts.of(said)) != LAYOUTS:
        images, kernels, matrices = stated.values()
        lines.append(f"stated layouts: {images}, kernels {kernels}, matrices {matrices}")
    return lines


def table(summary: Summary) -> Table:
    """Operators by levels: clauses that hold, of those judged."""
    rows = counts(summary)
    judged = {level for _, row in rows for level in row if row[level][2]}
    levels = [level for level in LEVELS if level in judged]
    command = " ".join(summary.command)
    result = Table(title=f"refcnn {command} {summary.target}", title_justify="left")
    result.add_column("operator")
    for level in levels:
        result.add_column(level, justify="right")
    for operator, row in rows:
        if any(total for _, _, total in row.values()):
            offered = operator in summary.offer.features
            nothing = "not judged" if offered else "not implemented"
            if any(judged for _, judged, _ in row.values()):
                result.add_row(operator, *(_cell(*row[level], nothing) for level in levels))
            else:
                result.add_row(operator, Text(nothing, style="yellow"))  # once, of all levels
    return result


def _cell(holds: int, judged: int, total: int, nothing: str) -> Text:
    if not total:
        return Text("")
    if not judged:
        return Text(nothing, style="yellow")
    fails = "" if holds == judged else " FAIL"
    cell = Text(f"{holds}/{judged}{fails}", style="bold red" if fails else "green")
    return cell.append(f" ({total - judged} n.j.)", style="yellow") if judged < total else cell


def cards(summary: Summary, console: Console, *, all_cards: bool) -> None:
    """A card for every failure that does not follow from another; the others named below it."""
    shown: dict[str, int] = {}
    for finding in summary.failed if all_cards else summary.roots():
        shown[finding.operator] = shown.get(finding.operator, 0) + 1
        if all_cards or shown[finding.operator] <= MOST_CARDS:
            console.print(card(summary, finding))
        else:
            line = f"also failed: {title(finding.clause, finding.operator)}"
            console.print(Text(line, style="red"))


def card(summary: Summary, finding: Finding) -> Panel:
    """One failure on one screen."""
    failure = finding.worst.failure
    lines = card_lines(failure, summary.statement) if failure else [finding.worst.reason]
    body: list[Text] = [
        Text(finding.clause.sentence, style="bold"),
        Text(finding.clause.formula, style="italic"),
        *_explained(explanation(summary, finding)),
        *_drawn(picture(summary, finding)),
        Text(),
        *(Text(line) for line in lines),
        Text(),
    ]
    if followers := summary.consequences(finding):
        body.append(Text("fails with it:", style="dim"))
        body += [Text(f"  {_headline(f)}", style="dim") for f in followers[:MOST_FOLLOWERS]]
        if rest := followers[MOST_FOLLOWERS:]:
            body.append(Text("  and " + ", ".join(f.clause.id for f in rest), style="dim"))
    body.append(Text(f"again: {again(summary, finding)}", style="dim"))
    replay = summary.replays.get((finding.clause.id, finding.operator), ())
    body += [Text(line, style="dim") for line in replay_told(replay)]
    heading = f"{finding.clause.id} · {finding.operator}"
    return Panel(Group(*body), title=heading, title_align="left", border_style="red")


def _explained(lines: Sequence[str]) -> list[Text]:
    """The sentences above a card, set off from what is above them."""
    return [Text(), *(Text(line, style="bold yellow") for line in lines)] if lines else []


def _drawn(found: Picture | None) -> list[Text]:
    """A picture, set off from what is above it."""
    return [Text(), *map(Text, picture_lines(found))] if found else []


def again(summary: Summary, finding: Finding) -> str:
    """The command that asks the same again."""
    alone = (finding.clause.id, finding.operator) in summary.replayed
    chosen = ["--clauses", finding.clause.id, "--ops", finding.operator] if alone else []
    words = ["refcnn", *summary.command, *chosen]
    if summary.command == ("check",):
        words += [] if summary.profile == "standard" else ["--profile", summary.profile]
        words += [] if summary.seed is None else ["--seed", str(summary.seed)]
    why = "" if alone else "  (asked alone it does not fail: it depends on earlier calls)"
    return shlex.join([*words, *summary.words]) + why


def _headline(finding: Finding) -> str:
    """Id and first sentence of a clause."""
    return f"{finding.clause.id} {finding.clause.sentence.split('. ')[0].rstrip('.')}"


def _remarks(count: int) -> str:
    return (
        "1 remark (--strict counts it)" if count == 1 else f"{count} remarks (--strict counts them)"
    )


def _times(summary: Summary) -> str:
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.times.items())


def conclusion(summary: Summary) -> Text:
    """The verdict in one or two lines."""
    passed, failed = len(summary.having(Verdict.PASS)), len(summary.failed)
    missing = len(summary.having(Verdict.NOT_IMPLEMENTED))
    line = f"{passed} of {passed + failed} clauses hold"
    line += f", {_remarks(len(summary.remarks))}" if summary.remarks else ""
    line += f", {failed} {'does' if failed == 1 else 'do'} not" if failed else ""
    line += f", {missing} not judged: they ask for what it does not offer" if missing else ""
    partly = sum(f.partly for f in summary.findings)
    line += f", {partly} of those that hold only in part" if partly else ""
    line += f" ({summary.cases:,} cases; {_times(summary)})."
    verdicts = {
        0: ("CONFORMS in all that it implements: ", "bold green"),
        1: ("DOES NOT CONFORM: ", "bold red"),
        2: ("COULD NOT BE JUDGED: ", "bold yellow"),
    }
    word, style = verdicts[summary.exit_status]
    return Text.assemble((word, style), line)
