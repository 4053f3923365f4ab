// Answers refcnn's questions about the operators in cnn.js: one JSON object a line.
//
//     refcnn check --exec "node examples/node/harness.js"
//
// Standard output is for answers only; what is to be seen by people goes to console.error.
"use strict";

const readline = require("node:readline");
const { operators, tensor, Refusal } = require("./cnn.js");

const STATEMENT = {
  name: "cnn.js",
  operators: Object.keys(operators),
  dtypes: ["float32", "float64"],
  layout: "NHWC",
  kernel_layout: "HWIO",
  implementation: { language: "JavaScript", version: `Node ${process.versions.node}` },
};

/** Number reads "NaN", "Infinity" and "-Infinity" as they are meant, and String writes them. */
function decode({ dtype, shape, data }) {
  return tensor(dtype, shape, data.map(Number));
}

function encode({ dtype, shape, data }) {
  const numbers = Array.from(data, (v) => (Number.isFinite(v) ? v : String(v)));
  return { dtype, shape, data: numbers };
}

/** An exception: a refusal if cnn.js meant it, else a mistake that surfaced. */
function refusal(error) {
  const { name: kind, message } = error;
  return { refusal: { kind, message, deliberate: error instanceof Refusal } };
}

function run({ operator, inputs, attributes = {} }) {
  if (!Object.hasOwn(operators, operator)) return { missing: `there is no operator ${operator}` };
  const tensors = {};
  for (const [name, value] of Object.entries(inputs)) tensors[name] = decode(value);
  try {
    return { tensor: encode(operators[operator](tensors, attributes)) };
  } catch (error) {
    return refusal(error);
  }
}

async function serve() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { seq, command, case: question } = JSON.parse(line);
    if (command === "stop") return;
    const answer = command === "start" ? { statement: STATEMENT } : run(question);
    process.stdout.write(JSON.stringify({ seq, ...answer }) + "\n");
  }
}

serve();
