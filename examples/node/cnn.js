// The operators of a convolutional network, in plain loops.
//
// Activations are NHWC (batch, height, width, channels), convolution kernels HWIO (height,
// width, input channels, filters). A tensor is {dtype, shape, data}; its data are row-major in
// a Float32Array or Float64Array. Sums are added up in double precision, and storing one in a
// Float32Array rounds it once, as Math.fround does.
"use strict";

const ARRAYS = { float32: Float32Array, float64: Float64Array };
const SIDES = ["height", "width"];

/** Arguments that the specification rules out; the message says which and why. */
class Refusal extends Error {
  name = "Refusal";
}

function demand(condition, message) {
  if (!condition) throw new Refusal(message);
}

const product = (lengths) => lengths.reduce((all, length) => all * length, 1);

/** A tensor of the given numbers, or of zeros. */
function tensor(dtype, shape, data = product(shape)) {
  return { dtype, shape, data: new ARRAYS[dtype](data) };
}

/** A tensor like x whose numbers are those of x, each put through a function. */
function each(x, change) {
  return { ...x, data: x.data.map(change) };
}

// --- what is legal

function demandAxes(name, value, axes, x = value) {
  const { shape, dtype } = value;
  demand(shape.length === axes, `${name} must have ${axes} axes, not the shape [${shape}]`);
  demand(dtype === x.dtype, `${name} is ${dtype} but x is ${x.dtype}`);
}

function demandBias(bias, x, outputs) {
  if (!bias) return;
  demandAxes("bias", bias, 1, x);
  demand(bias.data.length === outputs, `${bias.data.length} biases for ${outputs} outputs`);
}

/** An integer or a pair of them as [height, width]. */
function pair(name, value, least) {
  const both = Array.isArray(value) ? value : [value, value];
  const legal = both.length === 2 && both.every((v) => Number.isInteger(v) && v >= least);
  demand(legal, `${name} must be integers of at least ${least}, not ${JSON.stringify(value)}`);
  return both;
}

// --- where the windows lie

/** Cells [before, after] for which ceil(size / stride) windows fit; the odd one goes after. */
function samePadding(size, window, stride) {
  const outputs = Math.ceil(size / stride);
  const total = Math.max((outputs - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Every way to ask for padding, as [[top, bottom], [left, right]]. */
function paddings(padding, sizes, window, strides) {
  if (padding === "same")
    return [0, 1].map((axis) => samePadding(sizes[axis], window[axis], strides[axis]));
  if (padding === "valid") padding = 0;
  if (!Array.isArray(padding)) padding = [0, 1].map(() => [padding, padding]);
  const nested = padding.length === 2 && padding.every(Array.isArray);
  demand(nested, "padding in numbers must be [[top, bottom], [left, right]]");
  return padding.map((sides) => pair("padding", sides, 0));
}

/** Windows that fit on one axis: floor((H + P - F) / S) + 1. */
function outputSize(side, size, window, [before, after], stride) {
  const padded = size + before + after;
  demand(size >= 1 && window >= 1, `the input and the window must have a ${side}`);
  demand(window <= padded, `window ${side} ${window} exceeds the padded input ${side} ${padded}`);
  return Math.floor((padded - window) / stride) + 1;
}

function layout(x, window, stridesGiven, paddingGiven) {
  const sizes = x.shape.slice(1, 3);
  const strides = pair("strides", stridesGiven, 1);
  const pads = paddings(paddingGiven, sizes, window, strides);
  const output = SIDES.map((side, axis) =>
    outputSize(side, sizes[axis], window[axis], pads[axis], strides[axis]));
  return { sizes, window, strides, pads, output };
}

/** The input cells under window (i, j) as {m, n, row, column}; those in the padding left out. */
function cellsUnder({ sizes, window, strides, pads }, i, j) {
  const cells = [];
  for (let m = 0; m < window[0]; m++)
    for (let n = 0; n < window[1]; n++) {
      const row = i * strides[0] + m - pads[0][0];
      const column = j * strides[1] + n - pads[1][0];
      if (0 <= row && row < sizes[0] && 0 <= column && column < sizes[1])
        cells.push({ m, n, row, column });
    }
  return cells;
}

/** Fill (batch, rows, columns, depth) with compute(b, cells under the window, last index). */
function slide(x, place, depth, compute) {
  const y = tensor(x.dtype, [x.shape[0], ...place.output, depth]);
  let next = 0;
  for (let b = 0; b < x.shape[0]; b++)
    for (let i = 0; i < place.output[0]; i++)
      for (let j = 0; j < place.output[1]; j++) {
        const cells = cellsUnder(place, i, j);
        for (let o = 0; o < depth; o++) y.data[next++] = compute(b, cells, o);
      }
  return y;
}

/** Where x[b, row, column, 0] lies in the data of x. */
function offset({ shape: [, height, width, channels] }, b, row, column) {
  return ((b * height + row) * width + column) * channels;
}

// --- the operators

function conv2d({ x, kernel, bias }, { strides = 1, padding = "valid" }) {
  demandAxes("x", x, 4);
  demandAxes("kernel", kernel, 4, x);
  const [height, width, depth, filters] = kernel.shape;
  demand(depth === x.shape[3], `kernel depth ${depth} differs from the ${x.shape[3]} channels`);
  demandBias(bias, x, filters);
  const place = layout(x, [height, width], strides, padding);
  return slide(x, place, filters, (b, cells, o) => {
    let total = bias ? bias.data[o] : 0;
    for (const { m, n, row, column } of cells) {
      const first = offset(x, b, row, column);
      for (let c = 0; c < depth; c++)
        total += kernel.data[((m * width + n) * depth + c) * filters + o] * x.data[first + c];
    }
    return total;
  });
}

function pool(x, { pool_size, strides, padding = "valid" }, choose) {
  demandAxes("x", x, 4);
  const window = pair("pool_size", pool_size, 1);
  const place = layout(x, window, strides ?? window, padding);
  SIDES.forEach((side, axis) => {
    const pad = Math.max(...place.pads[axis]);
    demand(pad < window[axis], `padding ${pad} must be smaller than the pool ${side}`);
  });
  return slide(x, place, x.shape[3], (b, cells, c) =>
    choose(cells.map(({ row, column }) => x.data[offset(x, b, row, column) + c])));
}

function maxPool2d({ x }, attributes) {
  return pool(x, attributes, (values) => Math.max(...values));
}

function avgPool2d({ x }, attributes) {
  return pool(x, attributes, (values) => values.reduce((a, b) => a + b, 0) / values.length);
}

function globalAvgPool2d({ x }) {
  demandAxes("x", x, 4);
  const [batch, height, width, channels] = x.shape;
  demand(height * width > 0, "x must have rows and columns");
  const y = tensor(x.dtype, [batch, channels]);
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++) {
      let total = 0;
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++)
          total += x.data[offset(x, b, row, column) + c];
      y.data[b * channels + c] = total / (height * width);
    }
  return y;
}

function flatten({ x }) {
  demand(x.shape.length >= 2, "x must have a batch axis and at least one more");
  return tensor(x.dtype, [x.shape[0], product(x.shape.slice(1))], x.data);
}

function dense({ x, kernel, bias }) {
  demandAxes("x", x, 2);
  demandAxes("kernel", kernel, 2, x);
  const [batch, inputs] = x.shape;
  const [rows, outputs] = kernel.shape;
  demand(rows === inputs, `the kernel has ${rows} rows for ${inputs} inputs`);
  demandBias(bias, x, outputs);
  const y = tensor(x.dtype, [batch, outputs]);
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outputs; o++) {
      let total = bias ? bias.data[o] : 0;
      for (let i = 0; i < inputs; i++)
        total += x.data[b * inputs + i] * kernel.data[i * outputs + o];
      y.data[b * outputs + o] = total;
    }
  return y;
}

function relu({ x }) {
  return each(x, (value) => (value < 0 ? 0 : value));
}

function softmax({ x }) {
  const classes = x.shape.at(-1) ?? 0;
  demand(classes >= 1, "x must have at least one class on its last axis");
  const y = tensor(x.dtype, x.shape);
  for (let first = 0; first < x.data.length; first += classes) {
    const logits = [...x.data.subarray(first, first + classes)];
    const largest = Math.max(...logits); // taken off, so that no exponential overflows
    const powers = logits.map((logit) => Math.exp(logit - largest));
    const total = powers.reduce((a, b) => a + b);
    powers.forEach((power, i) => (y.data[first + i] = power / total));
  }
  return y;
}

const operators = {
  conv2d, max_pool2d: maxPool2d, avg_pool2d: avgPool2d, global_avg_pool2d: globalAvgPool2d,
  flatten, dense, relu, softmax,
};
module.exports = { operators, tensor, Refusal };
