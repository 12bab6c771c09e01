// Shapes and attributes of operations that have many: each makes several samples.
import type { AttrsOf, ConvAttrs } from './index.ts'

interface ConvCase {
  readonly title: string
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly y: readonly number[]
  readonly attrs: ConvAttrs
}

// prettier-ignore
export const convCases: readonly ConvCase[] = [
  { title: '1-d', x: [2, 3, 9], w: [4, 3, 3], y: [2, 4, 9], attrs: { strides: [1], pads: [1, 1], dilations: [1], groups: 1 } },
  { title: '1-d, dilated, asymmetric pads', x: [1, 2, 11], w: [3, 2, 3], y: [1, 3, 5], attrs: { strides: [2], pads: [0, 3], dilations: [2], groups: 1 } },
  { title: '2-d, kernel 1', x: [2, 5, 3, 4], w: [3, 5, 1, 1], y: [2, 3, 3, 4], attrs: { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } },
  { title: '2-d, uneven in everything, two groups', x: [2, 4, 7, 5], w: [6, 2, 3, 2], y: [2, 6, 4, 6], attrs: { strides: [2, 1], pads: [1, 2, 1, 1], dilations: [1, 2], groups: 2 } },
  { title: '2-d, depthwise', x: [1, 3, 5, 6], w: [6, 1, 3, 3], y: [1, 6, 5, 6], attrs: { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 3 } },
  { title: '3-d', x: [2, 2, 4, 5, 3], w: [3, 2, 3, 3, 3], y: [2, 3, 4, 5, 3], attrs: { strides: [1, 1, 1], pads: [1, 1, 1, 1, 1, 1], dilations: [1, 1, 1], groups: 1 } },
  { title: '3-d, stride 2, last voxels unread', x: [1, 2, 6, 5, 4], w: [4, 2, 3, 3, 3], y: [1, 4, 3, 3, 2], attrs: { strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1], dilations: [1, 1, 1], groups: 1 } },
  { title: '3-d, stride equal to kernel', x: [2, 3, 4, 4, 2], w: [3, 3, 2, 2, 2], y: [2, 3, 2, 2, 1], attrs: { strides: [2, 2, 2], pads: [0, 0, 0, 0, 0, 0], dilations: [1, 1, 1], groups: 1 } },
  { title: '3-d, axes of size 1', x: [1, 1, 1, 5, 1], w: [2, 1, 1, 3, 1], y: [1, 2, 1, 3, 1], attrs: { strides: [1, 1, 1], pads: [0, 0, 0, 0, 0, 0], dilations: [1, 1, 1], groups: 1 } },
]

// prettier-ignore
export const maxPools = [
  { title: '1-d, overlapping', x: [2, 3, 9], y: [2, 3, 4], attrs: { kernel: [3], strides: [2], pads: [0, 0], dilations: [1] } },
  { title: '2-d, uneven, asymmetric pads', x: [1, 2, 7, 5], y: [1, 2, 4, 4], attrs: { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 1, 0], dilations: [1, 1] } },
  { title: '2-d, dilated', x: [1, 2, 7, 6], y: [1, 2, 3, 4], attrs: { kernel: [3, 2], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [2, 2] } },
  { title: '3-d', x: [2, 2, 4, 5, 6], y: [2, 2, 2, 2, 3], attrs: { kernel: [2, 2, 2], strides: [2, 2, 2], pads: [0, 0, 0, 0, 0, 0], dilations: [1, 1, 1] } },
]

// prettier-ignore
export const averagePools = [
  { title: '1-d, padding counts', x: [2, 3, 9], y: [2, 3, 5], attrs: { kernel: [3], strides: [2], pads: [1, 1], countIncludePad: true } },
  { title: '2-d, padding does not count', x: [1, 2, 7, 5], y: [1, 2, 4, 4], attrs: { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 1, 0], countIncludePad: false } },
  { title: '2-d, asymmetric pads', x: [1, 2, 6, 5], y: [1, 2, 3, 3], attrs: { kernel: [2, 3], strides: [2, 2], pads: [0, 1, 1, 1], countIncludePad: true } },
  { title: '3-d', x: [2, 2, 4, 5, 6], y: [2, 2, 2, 2, 3], attrs: { kernel: [2, 2, 2], strides: [2, 2, 2], pads: [0, 0, 0, 0, 0, 0], countIncludePad: true } },
]

// prettier-ignore
export const resizes = [
  { title: '1-d, nearest, up', x: [2, 3, 5], y: [2, 3, 12], attrs: { sizes: [12], mode: 'nearest', alignCorners: false } },
  { title: '2-d, nearest, down', x: [1, 2, 7, 6], y: [1, 2, 3, 4], attrs: { sizes: [3, 4], mode: 'nearest', alignCorners: false } },
  { title: '2-d, nearestExact', x: [1, 2, 7, 3], y: [1, 2, 4, 5], attrs: { sizes: [4, 5], mode: 'nearestExact', alignCorners: false } },
  { title: '1-d, linear', x: [2, 3, 5], y: [2, 3, 8], attrs: { sizes: [8], mode: 'linear', alignCorners: false } },
  { title: '2-d, linear, up and down', x: [1, 2, 7, 3], y: [1, 2, 4, 5], attrs: { sizes: [4, 5], mode: 'linear', alignCorners: false } },
  { title: '3-d, linear', x: [1, 2, 2, 3, 4], y: [1, 2, 4, 6, 8], attrs: { sizes: [4, 6, 8], mode: 'linear', alignCorners: false } },
  { title: '3-d, linear, aligned corners', x: [1, 2, 3, 4, 1], y: [1, 2, 5, 1, 3], attrs: { sizes: [5, 1, 3], mode: 'linear', alignCorners: true } },
  { title: '2-d, cubic, up and down', x: [1, 2, 7, 5], y: [1, 2, 4, 9], attrs: { sizes: [4, 9], mode: 'cubic', alignCorners: false } },
  { title: '3-d, cubic, aligned corners', x: [2, 1, 3, 4, 1], y: [2, 1, 5, 4, 2], attrs: { sizes: [5, 4, 2], mode: 'cubic', alignCorners: true } },
] as const

// The ranges keep all coordinates away from the middles and borders of voxels.
export const gridSamples = [
  {
    title: '2-d, linear, zeros',
    x: [2, 3, 4, 5],
    grid: [2, 3, 2, 2],
    from: -1.37,
    to: 1.63,
    attrs: { mode: 'linear', paddingMode: 'zeros', alignCorners: true },
  },
  {
    title: '2-d, linear, border',
    x: [1, 2, 3, 4],
    grid: [1, 5, 3, 2],
    from: -1.24,
    to: 1.27,
    attrs: { mode: 'linear', paddingMode: 'border', alignCorners: false },
  },
  {
    title: '3-d, linear, zeros',
    x: [2, 1, 3, 2, 4],
    grid: [2, 2, 1, 3, 3],
    from: -1.32,
    to: 1.68,
    attrs: { mode: 'linear', paddingMode: 'zeros', alignCorners: false },
  },
  {
    title: '3-d, linear, reflection',
    x: [1, 2, 2, 3, 4],
    grid: [1, 2, 2, 3, 3],
    from: -1.57,
    to: 1.43,
    attrs: { mode: 'linear', paddingMode: 'reflection', alignCorners: true },
  },
  {
    title: '2-d, linear, reflection, one row',
    x: [1, 2, 1, 4],
    grid: [1, 3, 3, 2],
    from: -1.11,
    to: 1.15,
    attrs: { mode: 'linear', paddingMode: 'reflection', alignCorners: false },
  },
  {
    title: '3-d, nearest, border',
    x: [1, 2, 3, 2, 4],
    grid: [1, 2, 2, 3, 3],
    from: -1.32,
    to: 1.68,
    attrs: { mode: 'nearest', paddingMode: 'border', alignCorners: true },
  },
  {
    title: '2-d, nearest, zeros',
    x: [2, 2, 3, 4],
    grid: [2, 3, 3, 2],
    from: -1.49,
    to: 1.51,
    attrs: { mode: 'nearest', paddingMode: 'zeros', alignCorners: false },
  },
  {
    title: '2-d, cubic, zeros',
    x: [1, 2, 4, 5],
    grid: [1, 3, 4, 2],
    from: -1.36,
    to: 1.62,
    attrs: { mode: 'cubic', paddingMode: 'zeros', alignCorners: true },
  },
  {
    title: '2-d, cubic, reflection',
    x: [2, 1, 5, 4],
    grid: [2, 2, 3, 2],
    from: -1.21,
    to: 1.19,
    attrs: { mode: 'cubic', paddingMode: 'reflection', alignCorners: false },
  },
  {
    title: '3-d, cubic, border',
    x: [1, 1, 3, 4, 3],
    grid: [1, 2, 1, 2, 3],
    from: -1.11,
    to: 1.55,
    attrs: { mode: 'cubic', paddingMode: 'border', alignCorners: false },
  },
] as const

export const normShapes = [
  [2, 3, 5],
  [4, 2, 3, 4],
  [2, 3, 2, 3, 4],
  [1, 4, 3, 1, 2],
]

// Groups, then the shape.
export const groupNorms = [
  [1, 2, 3, 5],
  [2, 3, 4, 3, 4],
  [4, 1, 8, 2, 3, 2],
  [8, 2, 16, 2, 1, 3],
  [3, 4, 6],
]

// Shapes of q, of k and v, of the bias; then rows of regions.
// prettier-ignore
export const attentions: readonly { title: string; shapes: readonly (readonly number[])[]; attrs: AttrsOf<'attention'> }[] = [
  { title: 'one head', shapes: [[2, 3, 4], [2, 5, 4]], attrs: { heads: 1, scale: 0.5, bias: false, regions: false } },
  { title: 'with a bias', shapes: [[3, 4, 6], [3, 4, 6], [2, 4, 4]], attrs: { heads: 2, scale: 1, bias: true, regions: false } },
  { title: 'apart', shapes: [[4, 3, 2], [4, 3, 2], [], [2, 3]], attrs: { heads: 2, scale: 0.7, bias: false, regions: true } },
  { title: 'with a bias, apart', shapes: [[2, 6, 6], [2, 6, 6], [3, 6, 6], [1, 6]], attrs: { heads: 3, scale: 0.6, bias: true, regions: true } },
]
