import { expect, test } from 'vitest'
import {
  add,
  batchNorm,
  broadcastTo,
  clip,
  concat,
  conv,
  convTranspose,
  elu,
  exp,
  gather,
  gradients,
  groupNorm,
  input,
  matmul,
  maxPool,
  mean,
  narrow,
  onesLike,
  oneHot,
  ops,
  pad,
  reshape,
  resize,
  scoped,
  slice,
  softmax,
  split,
  sum,
  transpose,
  type GraphDType,
  type Op,
  type OpName,
  type Value,
} from '../index.ts'
import { samples, type Sample } from './samples.ts'

const value = (shape: readonly number[], dtype: GraphDType = 'float32') => input('x', { dtype, shape })

const wrong: readonly (readonly [string, () => unknown, string])[] = [
  [
    'channels',
    () => scoped('unet.model.0', () => conv(value([1, 4, 8, 8, 8]), value([32, 1, 3, 3, 3]))),
    'conv (unet.model.0): input has 4 channels, weight [32, 1, 3, 3, 3] with groups 1 takes 1',
  ],
  [
    'spatial axes',
    () => conv(value([1, 4, 8, 8]), value([8, 4, 3])),
    'conv: input [1, 4, 8, 8] has 2 spatial axes, weight [8, 4, 3] has 1; they must agree',
  ],
  [
    'groups',
    () => conv(value([1, 4, 8]), value([6, 1, 3]), null, { groups: 4 }),
    'conv: groups is 4; it must divide the 6 output channels of weight [6, 1, 3]',
  ],
  ['bias', () => conv(value([1, 4, 8]), value([6, 4, 3]), value([4])), 'conv: bias has shape [4]; it must be [6]'],
  [
    'kernel',
    () => conv(value([1, 4, 2]), value([6, 4, 3])),
    'conv: the kernel spans 3 elements of spatial axis 0, the padded input has 2; enlarge the input or pad more',
  ],
  [
    'strides',
    () => conv(value([1, 4, 9]), value([6, 4, 3]), null, { strides: [2, 2] }),
    'conv: strides has 2 values; it takes 1',
  ],
  [
    'negative pads',
    () => conv(value([1, 4, 9]), value([6, 4, 3]), null, { pads: -1 }),
    'conv: pads [-1, -1] contains -1; use whole numbers of at least 0',
  ],
  [
    'transposed',
    () => convTranspose(value([1, 4, 9]), value([3, 4, 3])),
    'convInputGrad: gradient has shape [1, 4, 9]; the convolution of [1, 4, 11] gives [1, 3, 9]',
  ],
  [
    'types',
    () => add(value([2]), value([2], 'int32')),
    'add: inputs are float32 and int32; cast one to the type of the other',
  ],
  [
    'integers',
    () => exp(value([2], 'int32')),
    'exp: got int32 numbers of shape [2]; cast them to a floating-point type first',
  ],
  [
    'broadcast',
    () => add(value([2, 3]), value([2])),
    'add: shapes [2, 3] and [2] do not broadcast; each axis must be equal or 1',
  ],
  ['axis', () => sum(value([2, 3]), [2]), 'sum: axis 2 does not exist in 2 axes; use -2 to 1'],
  ['axis twice', () => mean(value([2, 3]), [1, -1]), 'sum: axes [1, 1] name an axis twice; name each once'],
  ['soft-max', () => softmax(value([2, 3]), -3), 'softmax: axis -3 does not exist in 2 axes; use -2 to 1'],
  ['clip', () => clip(value([2]), 1, 0), 'clip: min 1 is not at most max 0; swap them'],
  [
    'alpha',
    () => elu(value([2]), -1),
    'elu: alpha is -1; its gradient is taken from the output, which needs alpha >= 0',
  ],
  [
    'matmul',
    () => matmul(value([2, 3]), value([4, 5])),
    'matmul: the first matrix has 3 columns, the second 4 rows (shapes [2, 3] and [4, 5]); they must agree',
  ],
  [
    'concat',
    () => concat([value([2, 3]), value([1, 3])], 1),
    'concat: shapes [2, 3] and [1, 3] differ in more than axis 1; pad or resize one',
  ],
  ['no inputs', () => concat([], 0), 'concat: got 0 inputs; it takes at least 1'],
  [
    'slice',
    () => slice(value([4]), [2], [2], [2]),
    'slice: reaches element 4 of axis 0, which has 4 (input [4]); stay below 4',
  ],
  ['pad', () => pad(value([4, 4]), [1, 1]), 'pad: pads has 2 values; it takes 4'],
  [
    'transpose',
    () => transpose(value([2, 3]), [0, 0]),
    'transpose: perm [0, 0] is not an order of the 2 axes of [2, 3]; name each axis once',
  ],
  ['reshape', () => reshape(value([2, 3]), [4]), 'reshape: [2, 3] has 6 elements, [4] takes 4; the numbers must agree'],
  [
    'reshape -1',
    () => reshape(value([2, 3]), [4, -1]),
    'reshape: [2, 3] does not divide into [4, -1]; give sizes whose product fits',
  ],
  [
    'broadcastTo',
    () => broadcastTo(value([2, 3]), [2, 1]),
    'broadcastTo: [2, 3] does not broadcast to [2, 1]; each of its axes must be equal or 1',
  ],
  [
    'one-hot',
    () => oneHot(value([2, 3, 4]), 3),
    'oneHot: class numbers have shape [2, 3, 4]; they take [N, 1, ...], one channel',
  ],
  ['indices', () => gather(value([2]), value([1]), 0), 'gather: indices are float32; cast them to int32'],
  [
    'pool',
    () => maxPool(value([1, 1, 8]), 2, { pads: 2 }),
    'maxPool: pads [2, 2] would put a window of 2 on padding alone; use less than 2',
  ],
  ['resize', () => resize(value([1, 1, 8]), 0), 'resize: sizes [0] contains 0; use whole numbers of at least 1'],
  [
    'corners',
    () => resize(value([1, 1, 8]), 4, 'nearest', true),
    'resize: alignCorners is true for mode "nearest"; only "linear" and "cubic" have it',
  ],
  ['norm', () => batchNorm(value([2, 3, 4]), value([2]), value([3])), 'batchNorm: gamma has shape [2]; it must be [3]'],
  [
    'group norm',
    () => groupNorm(value([2, 6, 4]), 4),
    'groupNorm: 4 groups do not divide 6 channels; use a divisor of 6',
  ],
]

for (const [what, build, message] of wrong)
  test(`a wrong graph is named: ${what}`, () => {
    expect(build).toThrow(expect.objectContaining({ message }))
  })

const shapes: readonly (readonly [string, () => Value, readonly number[]])[] = [
  [
    'conv',
    () => conv(value([2, 4, 9, 8]), value([6, 2, 3, 3]), value([6]), { groups: 2, strides: 2, pads: 1 }),
    [2, 6, 5, 4],
  ],
  [
    'transposed conv',
    () =>
      convTranspose(value([2, 4, 5, 5]), value([4, 3, 3, 3]), value([6]), {
        groups: 2,
        strides: 2,
        pads: 1,
        outputPads: 1,
      }),
    [2, 6, 10, 10],
  ],
  ['mean', () => mean(value([2, 3, 4]), [-1, 0], true), [1, 3, 1]],
  ['reshape', () => reshape(value([2, 3, 4]), [2, -1]), [2, 12]],
  ['narrow', () => narrow(value([2, 3, 4]), -1, 1, 2), [2, 3, 2]],
  ['second part', () => split(value([2, 5]), 1, [2, 3])[1], [2, 3]],
  ['group norm', () => groupNorm(value([2, 6, 4, 4]), 3, value([6]), value([6])), [2, 6, 4, 4]],
]

for (const [what, build, shape] of shapes) test(`shape of ${what}`, () => expect(build().shape).toEqual(shape))

test('statistics of 16-bit inputs are float32', () => {
  const { y, mean: average, variance } = batchNorm(value([2, 3, 4], 'bfloat16'), value([3]), value([3]))
  expect([y.dtype, average.dtype, variance.dtype]).toEqual(['bfloat16', 'float32', 'float32'])
})

const names = Object.keys(samples) as OpName[]
const statistics = (dtype: GraphDType) => (dtype === 'bfloat16' ? 'float32' : dtype)

// The mean and variance that these take are float32 beside 16-bit inputs.
const takesStatistics: Partial<Record<OpName, readonly number[]>> = {
  batchNormGrad: [2, 3],
  instanceNormGrad: [2, 3],
  groupNormGrad: [2, 3],
  layerNormGrad: [2, 3],
}

for (const dtype of ['float64', 'bfloat16'] as const)
  for (const name of names)
    test(`${name} of ${dtype} keeps its types in its gradient and decomposition`, () => {
      const { all, rules } = ops[name] as unknown as Op<unknown>
      for (const { inputs, attrs } of samples[name] as readonly Sample[]) {
        const values = inputs.map((type, i) => {
          const wide = takesStatistics[name]?.includes(i) ? statistics(dtype) : dtype
          return value(type.shape, type.dtype === 'int32' ? 'int32' : wide)
        })
        const results = all(values, attrs)
        const types = (list: readonly Value[]) => list.map(({ dtype, shape }) => ({ dtype, shape }))
        if (rules.decompose) expect(types(rules.decompose(values, attrs))).toEqual(types(results))
        const floats = results.filter((result) => result.dtype !== 'int32')
        const wrt = values.filter((result) => result.dtype !== 'int32')
        for (const result of floats) expect(types(gradients(result, wrt, onesLike(result)))).toEqual(types(wrt))
      }
    })
