"""A class of seven, each with a difficulty of their own, for the tests of the exports."""

from refcnn.grading.report import Example, Graded, Item, Person, Picture, Provenance, Report, State

PROVENANCE = Provenance(
    refcnn="0.1.0",
    suite=1,
    python="3.12.1",
    numpy="2.1.0",
    isolation="Landlock ABI 7, seccomp, limits",
    assignment="a" * 64,
    commitment="c" * 64,
    submission="5" * 64,
)
EXAMPLE = Example(
    vector="conv2d/42",
    call="conv2d(x, kernel, strides=2)",
    reason="wrong numbers: 3 of 9 differ",
    lines=("y[0,1,0,0] = 1*2 + 3*-1", "expected -1, got <script>alert(1)</script>"),
    pictures=(Picture(role="input", title="x[0,:,:,0]", rows=(("1", "3"),)),),
)
TITLES = {"conv": "Convolution", "pool": "Pooling, all kinds", "secret": "Beyond the examples"}
WORTH = {"conv": 6.0, "pool": 4.0, "secret": 2.0}


def item(name, earned=None, state=State.PASS, **more):
    points = WORTH[name]
    said = {"happened": "All of it holds."} if state is State.PASS else {}
    return Item(
        id=name,
        title=TITLES[name],
        points=points,
        earned=points if earned is None else earned,
        state=state,
        hidden=name == "secret",
        **(said | more),
    )


def report(*items, state=State.PASS, **more):
    earned = sum(one.earned for one in items)
    return Report(
        title="A small CNN", total=12.0, earned=earned, state=state, items=items,
        provenance=PROVENANCE, **more,
    )  # fmt: skip


PARTIAL = item(
    "conv", 4.25, State.FAIL,
    happened="3 of 5 requirements hold.",
    works="Stride 1 is right.",
    mistakes=("The kernel is flipped.", "The bias is left out where C_in < 3 & padding is 'same'."),
    example=EXAMPLE,
)  # fmt: skip
SECRET = item(
    "secret", 0.0, State.FAIL, happened="Hidden cases fail.", mistakes=("Wrong for odd sizes.",),
    example=EXAMPLE,
)  # fmt: skip
REST = (item("pool"), item("secret"))
MISSING = item("pool", 0.0, State.NOT_IMPLEMENTED)
BUILDS_ON = item("pool", 0.0, State.NOT_RUN)
STOPPED = item("pool", 0.0, State.GRADER_ERROR, happened="The judge stopped.")
WRONG = item("conv", 0.0, State.FAIL, happened="<b>x</b> & more.")


def graded(said, **person):
    return Graded(person=Person(**person), report=said)


GRADED = [
    graded(
        report(
            item("conv"),
            MISSING,
            SECRET,
            state=State.FAIL,
            acts=("=cmd|' /C calc'!A0", "imports torch (line 3)"),
            notes=("\x1b[31m@red\tnote\r\nwith two lines",),
        ),
        id='=HYPERLINK("x")',
        name="Evil, Mallory",
        number="1007",
        file="-1+1.py",
    ),
    graded(report(item("conv"), *REST), id="asa@uni.example", number="1001", file="asa/cnn.py"),
    graded(
        report(PARTIAL, *REST, state=State.FAIL),
        id="ben",
        name="Ben Bauer",
        number="1002",
        file="ben.py",
    ),
    graded(
        report(item("conv"), BUILDS_ON, SECRET, state=State.FAIL),
        id="carla",
        name="Chen, Carla",
        file="carla.ipynb",
    ),
    graded(
        report(state=State.NOT_RUN, problem="Line 3 of dora.py is no Python: '(' is not closed."),
        id="dora",
        name="Diaz, Dora",
        file="dora.py",
    ),
    graded(
        report(item("conv"), STOPPED, state=State.GRADER_ERROR),
        id="eva",
        name="Eng, Eva",
        file="eva.py",
    ),
    graded(
        report(WRONG, *REST, state=State.FAIL),
        id="o'brien\n<script>",
        name='O\'Brien, "Bob"',
        number="1006",
        file="a,b;c.py",
    ),
]
BY_ID = {one.person.id: one.report for one in GRADED}
