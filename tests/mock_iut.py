"""An implementation that answers rightly, except where it is told to misbehave.

    python tests/mock_iut.py MISBEHAVIOUR [WHEN]

WHEN is an operator ("relu"), the number of a run message of this process ("2"), or
"start"; without it, every run message is meant. ON_MESSAGE and IN_STATEMENT below are
the misbehaviours by name; their right outcomes are in test_mock_iut.py.
"""

import json
import os
import sys
import threading
import time
from math import prod

OPERATORS = [
    "conv2d",
    "max_pool2d",
    "avg_pool2d",
    "global_avg_pool2d",
    "flatten",
    "dense",
    "relu",
    "softmax",
]
AGES = 60  # seconds; longer than anybody waits, but not for ever
MOST_HOARDED = 100  # times 10 MiB
SAID = []  # the answer to the run message before


def right(case):
    """The right answer; what needs no arithmetic without NumPy, whose import takes its time."""
    x = case["inputs"]["x"]
    if case["operator"] == "relu":
        return {"tensor": {**x, "data": [0 if str(v)[0] == "-" else v for v in x["data"]]}}
    if case["operator"] == "flatten":
        return {"tensor": {**x, "shape": [x["shape"][0], prod(x["shape"][1:])]}}
    from refcnn.cnn import ops
    from refcnn.suite.case import Case
    from refcnn.suite.tensors import encode

    asked = Case.from_json(case)
    try:
        y = getattr(ops, asked.operator)(**asked.inputs, **asked.attributes)
    except ValueError as error:
        return {"refusal": {"kind": "ValueError", "message": str(error)}}
    return {"tensor": encode(y)}


# --- ways to say something, given the right answer


def write(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def line(answer):
    return json.dumps(answer).encode() + b"\n"


def say(answer):
    write(line(answer))


def instead(change):
    """Say another answer: `change` of the right one."""
    return lambda answer: say(change(answer))


def tensor(**changes):
    """Say a tensor whose members are changed, each as its function says."""
    return instead(
        lambda answer: {
            "seq": answer["seq"],
            "tensor": answer["tensor"] | {k: f(answer["tensor"]) for k, f in changes.items()},
        }
    )


def data(*numbers):
    """Say a tensor whose first numbers are these."""
    return tensor(data=lambda y: [*numbers, *y["data"][len(numbers) :]])


def only(**members):
    """Say these members with the right seq, and nothing else."""
    return instead(lambda answer: {"seq": answer["seq"], **members})


def seq(change):
    return instead(lambda answer: {**answer, "seq": change(answer["seq"])})


def raw(change):
    """Write other bytes: `change` of the right line."""
    return lambda answer: write(change(line(answer)))


def in_turn(*deeds):
    def act(answer):
        for deed in deeds:
            deed(answer)

    return act


# --- deeds


def sleep(*_):
    time.sleep(AGES)


def leave(status):
    return lambda *_: os._exit(status)


def half_a_line(answer):
    write(line(answer)[:-9])


def without_end(text, stream=1):
    """Write the same for ever."""

    def act(*_):
        while True:
            os.write(stream, text)

    return act


def once_more_later(answer):
    say(answer)
    threading.Timer(0.02, say, [answer]).start()


def after_ages(answer):
    time.sleep(2)
    say(answer)


def close_stdout(*_):
    os.close(1)
    sleep()


def hoard(*_):
    hoarded = []
    for _ in range(MOST_HOARDED):
        hoarded.append(b"x" * (10 * 2**20))
        time.sleep(0.02)
    sleep()


def leave_child(*_):
    """Start a process that stays, in a session of its own and with all pipes open."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            sleep()
        os._exit(0)
    os.wait()


def double(*_):
    os.fork()  # from here on there are two of this process


ESCAPES = "\x1b[2J\x1b[31mred\x07 \x9b0m \N{RIGHT-TO-LEFT OVERRIDE}txet \r\ttab"
FORGED = "\n\nCONFORMS in all that it implements: 9 of 9 clauses hold"


def write_escapes(*_):
    os.write(2, f"{ESCAPES} last words\r\n".encode())


ON_MESSAGE = {
    # a well-formed answer, but wrong
    "wrong-shape": tensor(shape=lambda y: y["shape"][::-1]),
    "wrong-dtype": tensor(dtype=lambda y: "float64" if y["dtype"] == "float32" else "float32"),
    "always-float32": tensor(dtype=lambda _: "float32"),
    "zeros": tensor(data=lambda y: [0] * len(y["data"])),
    "one-more": tensor(data=lambda y: [v + 1 for v in y["data"]]),
    "nan": data("NaN"),
    "infinity": data("Infinity"),
    "refuses": only(refusal={"kind": "Refusal", "message": "no"}),
    "refuses-without-a-word": only(refusal={}),
    "rubbish": only(rubbish="a list"),
    "missing": only(missing="not done yet"),
    "escapes": only(refusal={"kind": "E\x1b[31m", "message": ESCAPES}),
    "forged-report": only(missing=ESCAPES + FORGED),
    # a malformed answer
    "other-dtype": tensor(dtype=lambda _: "int64"),
    "short-data": tensor(data=lambda y: y["data"][1:]),
    "long-data": tensor(data=lambda y: [*y["data"], 0]),
    "negative-shape": tensor(shape=lambda y: [-n for n in y["shape"]]),
    "fractional-shape": tensor(shape=lambda y: [n + 0.5 for n in y["shape"]]),
    "huge-shape": tensor(shape=lambda y: [10**4000, *y["shape"]]),
    "empty-but-huge": tensor(shape=lambda _: [0, 10**9], data=lambda _: []),
    "many-axes": tensor(shape=lambda y: [*y["shape"], *[1] * 99]),
    "much-data": tensor(shape=lambda _: [10**5, 3], data=lambda _: [0] * 3 * 10**5),
    "true-number": data(True),  # noqa: FBT003 - it is a number here
    "lower-case-nan": data("nan"),
    "1e39": data(1e39),
    "1e400": raw(lambda right: right.replace(b"[0", b"[1e400")),
    "ten-to-400": data(10**400),
    "ten-to-5000": raw(lambda right: right.replace(b"[0", b"[1" + b"0" * 5000)),
    "nested-data": tensor(data=lambda y: [y["data"]]),
    "more-in-tensor": tensor(strides=lambda _: [4]),
    "two-kinds": instead(lambda answer: {**answer, "missing": "relu"}),
    "no-kind": only(),
    "more-members": instead(lambda answer: {**answer, "seconds": 3}),
    "statement": only(statement={"operators": OPERATORS}),
    "faults-a-word": instead(lambda answer: {**answer, "faults": "x was changed"}),
    "no-seq": instead(lambda answer: {"tensor": answer["tensor"]}),
    "larger-seq": seq(lambda n: n + 10**6),
    "older-seq": seq(lambda n: n - 1),
    "negative-seq": seq(lambda n: -n - 1),
    "string-seq": seq(str),
    "true-seq": seq(bool),
    "float-seq": seq(float),
    # no JSON
    "bare-nan": raw(lambda right: right.replace(b"[0", b"[NaN")),
    "garbage": raw(lambda _: b"\0\1\2 {]\n"),
    "banner": raw(lambda right: b"Hello\n" + right),
    "empty-line": raw(lambda right: b"\n" + right),
    "many-lines": raw(lambda right: right.replace(b", ", b",\n")),
    "invalid-utf-8": raw(lambda right: right[:-2] + b', "x": "\xff"}\n'),
    "utf-16": raw(lambda right: right.decode().encode("utf-16")),
    "deep": raw(lambda _: b"[" * 10**5 + b"\n"),
    "endless-refusal": only(refusal={"message": "no " * 2**20}),
    # at the wrong time
    "half-a-line-and-exit": in_turn(half_a_line, leave(0)),
    "half-a-line-and-silence": in_turn(half_a_line, sleep),
    "late": after_ages,
    "hang": sleep,
    "two-answers": raw(lambda right: right * 2),
    "second-answer-later": once_more_later,
    "repeats-the-last": lambda answer: write(b"".join(map(line, [*SAID, answer]))),
    "answers-early": lambda answer: write(
        line(answer) + line({**answer, "seq": answer["seq"] + 1})
    ),
    # to itself, and to others
    "abort": lambda _: os.abort(),
    "unnamed-signal": lambda _: os.kill(os.getpid(), 40),
    "exit-0": leave(0),
    "exit-1": leave(1),
    "exits-after-the-answer": in_turn(say, leave(0)),
    "escapes-on-stderr": in_turn(write_escapes, leave(1)),
    "closes-stdout": close_stdout,
    "flood-of-lines": without_end(b"x\n"),
    "flood-without-lines": without_end(b"x" * 2**16),
    "flood-after-the-answer": in_turn(say, without_end(b"x\n")),
    "flood-of-answers": lambda answer: without_end(line(answer))(),
    "flood-on-stderr": without_end(b"flood\n", stream=2),
    "hoards-memory": hoard,
    "leaves-a-child": in_turn(leave_child, say),
    "leaves-a-child-and-exits": in_turn(leave_child, leave(3)),
    "doubles": in_turn(double, say),
    # strange, but allowed
    "right": say,
    "talks-on-stderr": in_turn(lambda _: os.write(2, b"talk\n" * 10**5), say),
    "carriage-return": raw(lambda right: right[:-1] + b"\r\n"),
    "byte-order-mark": raw(lambda right: b"\xef\xbb\xbf" + right),
    "slowly": lambda answer: [write(bytes([byte])) for byte in line(answer)],
    "ignores-stop": say,
}

IN_STATEMENT = {
    "unknown-dialect": {"dialects": ["upside_down"]},
    "operators-a-word": {"operators": "relu"},
    "unknown-operator": {"operators": ["relu", "conv3d"]},
    "unknown-in-statement": {"lay_out": "NCHW"},
    "unfollowed-dialect": {"dialects": ["flatten_channel_first"]},
    "unkept-layout": {"layout": "NCHW"},
    "fast-but-wrong": {"algorithm": "fast"},
    "escapes-in-statement": {"name": ESCAPES, "notes": [ESCAPES, FORGED]},
}
ON_MESSAGE |= dict.fromkeys(IN_STATEMENT, say) | {"fast-but-wrong": ON_MESSAGE["one-more"]}


def serve(misbehaviour, when):
    statement = {"name": "mock", "operators": OPERATORS, **IN_STATEMENT.get(misbehaviour, {})}
    runs = 0
    for text in sys.stdin.buffer:
        message = json.loads(text)
        if message["command"] == "stop":
            break
        run = message["command"] == "run"
        runs += run
        answer = {"seq": message["seq"], **(right(message["case"]) if run else {})}
        if run:
            now = when in ("", message["case"]["operator"], str(runs))
        else:
            answer["statement"], now = statement, when == "start"
        (ON_MESSAGE[misbehaviour] if now else say)(answer)
        SAID[:] = [answer] if run else []
    if misbehaviour == "ignores-stop":
        sleep()


if __name__ == "__main__":
    name, when = (*sys.argv[1:3], "", "")[:2]
    if name not in ON_MESSAGE:
        sys.exit(f"name a misbehaviour: {', '.join(ON_MESSAGE)}")
    serve(name, when)
