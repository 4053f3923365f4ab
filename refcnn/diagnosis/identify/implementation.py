"""Reading all that can be read of an implementation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from refcnn.diagnosis.identify.identified import Identified, identify
from refcnn.diagnosis.identify.reading import UnreadableError
from refcnn.diagnosis.identify.shapes import telling
from refcnn.implementations.trial import Stated, trial_of
from refcnn.suite.case import Case, Outcome
from refcnn.suite.registry import records


@dataclass(frozen=True, slots=True)
class ReadOperator:
    """What was read of an operator at one shape, or why nothing was."""

    operator: str
    case: Case | None
    read: Identified | None
    why_not: str = ""


def readable() -> tuple[str, ...]:
    """The operators that can be read."""
    return tuple(name for name, one in records().items() if one.read_in)


def read_all(iut: Stated, operators: Sequence[str] = ()) -> Iterator[ReadOperator]:
    """Read these operators, or all that can be read, each at one or two shapes."""
    wanted = [op for op in operators or readable() if op in iut.statement.operators]
    for missing in (op for op in operators if op not in wanted):
        yield ReadOperator(missing, None, None, "it is not there")
    trial = trial_of(iut, operators=tuple(wanted))
    stated = iut.statement

    def ask(case: Case) -> Outcome:
        return trial.iut.run(replace(case, algorithm=stated.algorithm))

    for operator in wanted:
        features = trial.offer.features.get(operator)
        if features is None:
            why = trial.offer.reasons[operator]["all of it"]
            yield ReadOperator(operator, None, None, f"it is not offered: {why}")
            continue
        cases = telling(operator, features, stated.of("dialects", operator))
        if not cases:
            yield ReadOperator(operator, None, None, "no question that can be read is offered")
        for case in cases:
            try:
                yield ReadOperator(operator, case, identify(ask, case))
            except UnreadableError as error:
                yield ReadOperator(operator, case, None, str(error))
