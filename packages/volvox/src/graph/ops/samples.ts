// Small inputs for every operation: what finite differences, the passes and each executor are tested on.
import { sizeOf, tensor, type Tensor } from '../../core/tensor.ts'
import type { GraphDType, TensorType } from '../ir.ts'
import type { ActivationGradAttrs, AttrsOf, OpName } from './index.ts'
import {
  convCases,
  maxPools,
  averagePools,
  resizes,
  gridSamples,
  normShapes,
  groupNorms,
  attentions,
} from './sampleCases.ts'

/** One input of a sample: distinct numbers spread over a range, or whole numbers below a count. */
export type SampleInput = TensorType & ({ readonly range: readonly [number, number] } | { readonly below: number })

/** One application of an operation. */
export interface Sample<N extends OpName = OpName> {
  readonly title: string
  readonly inputs: readonly SampleInput[]
  readonly attrs: AttrsOf<N>
}

/** float32 numbers, none closer to 0 than 1/n, no two equal, so that finite differences meet no kink and no tie. */
function floats(...shape: number[]): SampleInput {
  return between(-2, 2, ...shape)
}

function between(low: number, high: number, ...shape: number[]): SampleInput {
  return { dtype: 'float32', shape, range: [low, high] }
}

function whole(below: number, dtype: GraphDType, ...shape: number[]): SampleInput {
  return { dtype, shape, below }
}

function sample<A>(
  title: string,
  inputs: readonly SampleInput[],
  attrs: A,
): { title: string; inputs: readonly SampleInput[]; attrs: A } {
  return { title, inputs, attrs }
}

type Elementwise = readonly { title: string; inputs: readonly SampleInput[]; attrs: Readonly<Record<string, never>> }[]

function unary(low = -2, high = 2): Elementwise {
  const shapes = [[2, 3, 5], [], [1], [7, 1, 3, 1], [0, 3]]
  return shapes.map((shape) => sample(`of [${shape.join(', ')}]`, [between(low, high, ...shape)], {}))
}

function binary(a: readonly [number, number] = [-2, 2], b: readonly [number, number] = a): Elementwise {
  const pairs = [
    [
      [2, 3, 5],
      [2, 3, 5],
    ],
    [
      [2, 3, 5],
      [3, 1],
    ],
    [
      [4, 1, 3],
      [2, 1],
    ],
    [[], [2, 3]],
    [[2, 3], []],
    [[1], [1, 1, 1]],
    [
      [0, 3],
      [1, 3],
    ],
  ]
  return pairs.map(([left, right]) =>
    sample(`[${left.join(', ')}] and [${right.join(', ')}]`, [between(...a, ...left), between(...b, ...right)], {}),
  )
}

function attentionInputs([q, k, bias = [], regions = []]: readonly (readonly number[])[]): SampleInput[] {
  return [
    ...[q, k, k, ...(bias.length > 0 ? [bias] : [])].map((shape) => floats(...shape)),
    ...(regions.length > 0 ? [whole(2, 'int32', ...regions)] : []),
  ]
}

// v is the output of the activation, or its input where ops/activation.ts says so.
function activationGrads(): Sample<'activationGrad'>[] {
  const cases: readonly (readonly [ActivationGradAttrs, number, number])[] = [
    [{ of: 'relu' }, -1, 2],
    [{ of: 'sigmoid' }, 0, 1],
    [{ of: 'tanh' }, -1, 1],
    [{ of: 'softplus' }, -3, 3],
    [{ of: 'elu', alpha: 0.7 }, -0.7, 2],
    [{ of: 'leakyRelu', alpha: 0.1 }, -0.3, 2],
    [{ of: 'gelu', approximate: 'none' }, -3, 3],
    [{ of: 'gelu', approximate: 'tanh' }, -3, 3],
    [{ of: 'swish', alpha: 1.5 }, -3, 3],
    [{ of: 'mish' }, -3, 3],
    [{ of: 'hardSwish' }, -5, 5],
  ]
  return cases.map(([attrs, low, high]) =>
    sample(Object.values(attrs).join(' '), [floats(2, 3, 5), between(low, high, 2, 3, 5)], attrs),
  )
}

/** Samples of every operation; one that is missing here does not compile. */
// prettier-ignore
export const samples = {
  neg: unary(), exp: unary(), log: unary(0.2, 3), sqrt: unary(0.2, 3), abs: unary(), square: unary(), reciprocal: unary(0.3, 2),
  sign: unary(), floor: unary(-2.2, 2.1), erf: unary(-3, 3), relu: unary(), sigmoid: unary(-5, 5), tanh: unary(), softplus: unary(-5, 5),
  clip: [
    sample('both ends', [floats(3, 5)], { min: -1.1, max: 0.9 }),
    sample('from below', [floats(7)], { min: 0.1, max: Infinity }),
  ],
  elu: [sample('alpha 1', [floats(2, 3, 5)], { alpha: 1 }), sample('alpha 0.5', [floats(7, 1)], { alpha: 0.5 })],
  leakyRelu: [sample('alpha 0.01', [floats(2, 3, 5)], { alpha: 0.01 }), sample('alpha 0.2', [floats(7, 1)], { alpha: 0.2 })],
  gelu: [
    sample('by erf', [between(-3, 3, 2, 3, 5)], { approximate: 'none' }),
    sample('by tanh', [between(-3, 3, 2, 3, 5)], { approximate: 'tanh' }),
  ],
  swish: [sample('alpha 1', [between(-4, 4, 2, 3, 5)], { alpha: 1 }), sample('alpha 2', [between(-3, 3, 7, 1)], { alpha: 2 })],
  mish: unary(-4, 4), hardSwish: unary(-5, 5),
  activationGrad: activationGrads(),
  prelu: [
    sample('one slope', [floats(2, 3, 5), between(0.1, 0.4, 1)], {}),
    sample('a slope per channel', [floats(2, 3, 2, 4), between(0.1, 0.4, 3)], {}),
  ],
  preluGrad: [
    sample('one slope', [floats(2, 3, 5), floats(2, 3, 5), between(0.1, 0.4, 1)], {}),
    sample('a slope per channel', [floats(2, 3, 2, 4), floats(2, 3, 2, 4), between(0.1, 0.4, 3)], {}),
  ],
  add: binary(), sub: binary(), mul: binary(), div: binary([-2, 2], [0.4, 2]), max: binary(), min: binary(), pow: binary([0.3, 2], [-2, 3]),
  less: binary(), lessEqual: binary(), greater: binary(), greaterEqual: binary(),
  equal: [...binary(), sample('equal elements', [whole(3, 'float32', 4, 5), whole(3, 'float32', 5)], {})],
  where: [
    sample('same shapes', [whole(2, 'float32', 2, 3, 5), floats(2, 3, 5), floats(2, 3, 5)], {}),
    sample('broadcast', [whole(2, 'float32', 3, 1), floats(2, 1, 5), floats()], {}),
  ],
  sum: [
    sample('all axes', [floats(2, 3, 5)], { axes: [0, 1, 2], keepDims: false }),
    sample('spatial axes', [floats(2, 3, 4, 5)], { axes: [2, 3], keepDims: false }),
    sample('all but channels, kept', [floats(2, 3, 4, 5)], { axes: [0, 2, 3], keepDims: true }),
    sample('no axes', [floats(2, 3)], { axes: [], keepDims: false }),
    sample('an axis of size 1', [floats(2, 1, 3)], { axes: [1], keepDims: false }),
    sample('nothing', [floats(2, 0, 3)], { axes: [1], keepDims: false }),
  ],
  reduceMax: [
    sample('all axes', [floats(2, 3, 5)], { axes: [0, 1, 2], keepDims: false }),
    sample('spatial axes, kept', [floats(2, 3, 4, 5)], { axes: [2, 3], keepDims: true }),
    sample('the channel axis', [floats(2, 3, 4)], { axes: [1], keepDims: false }),
  ],
  softmax: [sample('channels', [floats(2, 3, 4, 5)], { axis: 1 }), sample('last axis', [floats(3, 7)], { axis: 1 }), sample('one class', [floats(2, 1, 3)], { axis: 1 })],
  logSoftmax: [sample('channels', [floats(2, 3, 4, 5)], { axis: 1 }), sample('last axis', [floats(3, 7)], { axis: 1 })],
  softmaxGrad: [sample('channels', [floats(2, 3, 4), between(0.1, 0.6, 2, 3, 4)], { axis: 1 }), sample('last axis', [floats(3, 7), between(0.05, 0.3, 3, 7)], { axis: 1 })],
  logSoftmaxGrad: [sample('channels', [floats(2, 3, 4), between(-2, -0.5, 2, 3, 4)], { axis: 1 }), sample('last axis', [floats(3, 7), between(-3, -1, 3, 7)], { axis: 1 })],
  conv: convCases.flatMap(({ title, x, w, attrs }) => [
    sample(title, [floats(...x), floats(...w)], attrs),
    sample(`${title}, bias`, [floats(...x), floats(...w), floats(w[0])], attrs),
  ]),
  convInputGrad: convCases.flatMap(({ title, x, w, y, attrs }) => [
    sample(title, [floats(...y), floats(...w)], { ...attrs, shape: x }),
    sample(`${title}, bias`, [floats(...y), floats(...w), floats(x[1])], { ...attrs, shape: x }),
  ]),
  convWeightGrad: convCases.flatMap(({ title, x, w, y, attrs }) => [
    sample(title, [floats(...x), floats(...y)], { ...attrs, shape: w, bias: false }),
    sample(`${title}, bias`, [floats(...x), floats(...y)], { ...attrs, shape: w, bias: true }),
  ]),
  batchNorm: normShapes.map((shape) => sample(`of [${shape.join(', ')}]`, [floats(...shape), floats(shape[1]), floats(shape[1])], { eps: 1e-5 })),
  instanceNorm: normShapes.map((shape) => sample(`of [${shape.join(', ')}]`, [floats(...shape), floats(shape[1]), floats(shape[1])], { eps: 1e-5 })),
  batchNormGrad: normShapes.map((shape) =>
    sample(`of [${shape.join(', ')}]`, [floats(...shape), floats(...shape), between(-1, 1, shape[1]), between(0.5, 2, shape[1]), floats(shape[1])], { eps: 1e-5 }),
  ),
  instanceNormGrad: normShapes.map(([n, c, ...spatial]) =>
    sample(`of [${[n, c, ...spatial].join(', ')}]`, [floats(n, c, ...spatial), floats(n, c, ...spatial), between(-1, 1, n, c), between(0.5, 2, n, c), floats(c)], { eps: 1e-3 }),
  ),
  batchNormInference: normShapes.map((shape) =>
    sample(`of [${shape.join(', ')}]`, [floats(...shape), floats(shape[1]), floats(shape[1]), floats(shape[1]), between(0.5, 2, shape[1])], { eps: 1e-5 }),
  ),
  layerNorm: [
    sample('last axis', [floats(2, 3, 6), floats(6), floats(6)], { axis: 2, eps: 1e-5 }),
    sample('last two axes', [floats(3, 4, 5), floats(4, 5), floats(4, 5)], { axis: 1, eps: 1e-6 }),
  ],
  layerNormGrad: [
    sample('last axis', [floats(2, 3, 6), floats(2, 3, 6), between(-1, 1, 2, 3), between(0.5, 2, 2, 3), floats(6)], { axis: 2, eps: 1e-5 }),
    sample('last two axes', [floats(3, 4, 5), floats(3, 4, 5), between(-1, 1, 3), between(0.5, 2, 3), floats(4, 5)], { axis: 1, eps: 1e-3 }),
  ],
  groupNorm: groupNorms.map(([groups, ...shape]) =>
    sample(`${groups} groups of [${shape.join(', ')}]`, [floats(...shape), floats(shape[1]), floats(shape[1])], { groups, eps: 1e-5 }),
  ),
  groupNormGrad: groupNorms.map(([groups, ...shape]) =>
    sample(`${groups} groups of [${shape.join(', ')}]`, [floats(...shape), floats(...shape), between(-1, 1, shape[0], groups), between(0.5, 2, shape[0], groups), floats(shape[1])], { groups, eps: 1e-3 }),
  ),
  maxPool: maxPools.map(({ title, x, attrs }) => sample(title, [floats(...x)], attrs)),
  maxPoolGrad: maxPools.map(({ title, x, y, attrs }) => sample(title, [floats(...y), floats(...x)], attrs)),
  maxPoolPick: maxPools.map(({ title, x, attrs }) => sample(title, [floats(...x), floats(...x)], attrs)),
  averagePool: averagePools.map(({ title, x, attrs }) => sample(title, [floats(...x)], attrs)),
  averagePoolGrad: averagePools.map(({ title, x, y, attrs }) => sample(title, [floats(...y)], { ...attrs, shape: x })),
  resize: resizes.map(({ title, x, attrs }) => sample(title, [floats(...x)], attrs)),
  resizeGrad: resizes.map(({ title, x, y, attrs }) => sample(title, [floats(...y)], { ...attrs, shape: x })),
  gridSample: gridSamples.map(({ title, x, grid, from, to, attrs }) => sample(title, [floats(...x), between(from, to, ...grid)], attrs)),
  gridSampleGrad: gridSamples.map(({ title, x, grid, from, to, attrs }) =>
    sample(title, [floats(x[0], x[1], ...grid.slice(1, -1)), floats(...x), between(from, to, ...grid)], attrs),
  ),
  matmul: [
    sample('plain', [floats(3, 4), floats(4, 5)], { transposeA: false, transposeB: false }),
    sample('both transposed', [floats(4, 3), floats(5, 4)], { transposeA: true, transposeB: true }),
    sample('first transposed, batch', [floats(2, 4, 3), floats(2, 4, 5)], { transposeA: true, transposeB: false }),
    sample('second transposed, broadcast batch', [floats(2, 1, 3, 4), floats(3, 5, 4)], { transposeA: false, transposeB: true }),
    sample('one matrix for the batch', [floats(2, 3, 4), floats(4, 1)], { transposeA: false, transposeB: false }),
  ],
  attention: attentions.map(({ title, shapes, attrs }) => sample(title, attentionInputs(shapes), attrs)),
  attentionGrad: attentions.map(({ title, shapes, attrs }) => sample(title, [floats(...shapes[0]), ...attentionInputs(shapes)], attrs)),
  concat: [
    sample('channels', [floats(2, 3, 4), floats(2, 1, 4), floats(2, 2, 4)], { axis: 1 }),
    sample('batch', [floats(1, 3), floats(2, 3)], { axis: 0 }),
    sample('one input', [floats(2, 3)], { axis: 1 }),
    sample('with nothing', [floats(2, 0), floats(2, 3)], { axis: 1 }),
  ],
  slice: [
    sample('a block', [floats(4, 5, 6)], { starts: [1, 0, 2], sizes: [2, 5, 3], steps: [1, 1, 1] }),
    sample('with steps', [floats(5, 7)], { starts: [0, 1], sizes: [3, 2], steps: [2, 3] }),
    sample('one element', [floats(3, 4)], { starts: [2, 3], sizes: [1, 1], steps: [1, 2] }),
    sample('nothing', [floats(3, 4)], { starts: [1, 1], sizes: [0, 2], steps: [1, 1] }),
  ],
  pad: [
    sample('zeros', [floats(2, 3, 4)], { pads: [0, 1, 2, 0, 0, 3], value: 0 }),
    sample('a value', [floats(3)], { pads: [1, 1], value: -1.5 }),
  ],
  roll: [
    sample('one axis', [floats(2, 5)], { shifts: [0, 2] }),
    sample('three axes', [floats(2, 3, 4, 5, 2)], { shifts: [0, 1, 3, 2, 0] }),
    sample('channels', [whole(40, 'int32', 2, 4, 3)], { shifts: [1, 3, 0] }),
    sample('nothing moved', [floats(3)], { shifts: [0] }),
  ],
  distanceTransform: [
    sample('a volume', [whole(2, 'float32', 1, 2, 3, 4, 5)], {}),
    sample('a line', [whole(3, 'float32', 2, 1, 7)], {}),
    sample('nothing but object', [floats(1, 1, 3, 4)], {}),
    sample('whole numbers', [whole(2, 'int32', 1, 1, 5, 4)], {}),
  ],
  transpose: [
    sample('matrix', [floats(3, 5)], { perm: [1, 0] }),
    sample('channels last', [floats(2, 3, 4, 5)], { perm: [0, 2, 3, 1] }),
    sample('nothing moved', [floats(2, 3)], { perm: [0, 1] }),
  ],
  reshape: [
    sample('flatten', [floats(2, 3, 4)], { shape: [2, 12] }),
    sample('to a scalar', [floats(1, 1)], { shape: [] }),
    sample('more axes', [floats(6)], { shape: [1, 2, 3] }),
  ],
  broadcastTo: [
    sample('new axes', [floats(3)], { shape: [2, 4, 3] }),
    sample('stretched axes', [floats(2, 1, 3, 1)], { shape: [2, 4, 3, 5] }),
    sample('a scalar', [floats()], { shape: [2, 3] }),
  ],
  cast: [
    sample('to int32', [floats(3, 4)], { to: 'int32' }),
    sample('from int32', [whole(9, 'int32', 3, 4)], { to: 'float32' }),
    sample('to the same', [floats(3, 4)], { to: 'float32' }),
  ],
  oneHot: [
    sample('floats', [whole(4, 'float32', 2, 1, 3, 2)], { classes: 4 }),
    sample('integers', [whole(3, 'int32', 2, 1, 5)], { classes: 3 }),
    sample('numbers outside', [whole(5, 'float32', 2, 1, 7)], { classes: 3 }),
  ],
  argMax: [
    sample('channels, kept', [floats(2, 3, 4)], { axis: 1, keepDims: true }),
    sample('last axis', [floats(3, 5)], { axis: 1, keepDims: false }),
    sample('ties', [whole(2, 'float32', 4, 6)], { axis: 1, keepDims: false }),
  ],
  gather: [
    sample('rows', [floats(4, 3), whole(4, 'int32', 5)], { axis: 0 }),
    sample('a middle axis by a table', [floats(2, 5, 3), whole(5, 'int32', 2, 2)], { axis: 1 }),
  ],
  gatherGrad: [
    sample('rows', [floats(5, 3), whole(4, 'int32', 5)], { axis: 0, shape: [4, 3] }),
    sample('a middle axis by a table', [floats(2, 2, 2, 3), whole(5, 'int32', 2, 2)], { axis: 1, shape: [2, 5, 3] }),
  ],
  after: [sample('a number', [floats(2, 3, 4), floats()], {}), sample('whole numbers', [floats(5), whole(3, 'int32', 2)], {})],
  detach: [sample('numbers', [floats(2, 3, 4)], {}), sample('nothing', [floats(0, 3)], {})],
} satisfies { readonly [N in OpName]: readonly Sample<N>[] }

/** The tensors of a sample, always the same. */
export function sampleTensors({
  inputs,
}: {
  readonly inputs: readonly SampleInput[]
}): Tensor<Float32Array | Int32Array>[] {
  return inputs.map((type, slot) => {
    const n = sizeOf(type.shape)
    const numbers = shuffled(n, slot).map((rank) => {
      if ('below' in type) return rank % type.below
      const [low, high] = type.range
      return low + ((high - low) * (rank + 0.25 + 0.07 * slot)) / n
    })
    return type.dtype === 'int32'
      ? tensor('int32', type.shape, Int32Array.from(numbers))
      : tensor('float32', type.shape, Float32Array.from(numbers))
  })
}

/** 0 to n-1 in an order that depends on the seed alone (Fisher-Yates by a linear congruential generator). */
function shuffled(n: number, seed: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  let state = 12345 + 7919 * seed
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
