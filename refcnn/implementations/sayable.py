"""Whether a stated call has words for a case, told without the code that it calls."""

from collections.abc import Callable
from typing import Any

from refcnn.harness.calls import LAYOUTS, NotExpressible, bound, named
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.suite.case import Case


class _Anything:
    """Stands for every name of a file that is not there: whatever is done with it leads to it."""

    def __call__(self, *_: Any, **__: Any) -> "_Anything":
        return self

    def __getattr__(self, name: str) -> "_Anything":
        if name.startswith("__"):  # what NumPy asks of an object is not answered
            raise AttributeError(name)
        return self

    def __getitem__(self, _: Any) -> "_Anything":
        return self


def sayable(stated: Statement) -> Callable[[Case], bool]:
    """Whether a case, in the specification's layouts, can be said by the calls that are stated.

    It can unless the call itself says that something is missing, or has no word for a part
    of the case. Raises CallError for a call that is wrong whatever is asked.
    """
    own = {name: getattr(stated, name) for name in LAYOUTS}
    calls = {
        operator: bound(operator, expression, dict.fromkeys(named(operator, expression), ANY), own)
        for operator, expression in stated.calls
    }

    def can_be_said(case: Case) -> bool:
        call = calls.get(case.operator)
        if call is None:
            return True
        asked = layouts.asked(case, stated)
        try:
            call(asked, asked.inputs)
        except NotExpressible:
            return False
        except Exception:  # noqa: BLE001 - the code that would answer is not there
            return True
        return True

    return can_be_said


ANY = _Anything()
