// ONNX Runtime's CPU kernels are fast for Conv and MatMul and slow for ConvTranspose and for a Conv whose kernel is a
// whole image, so that both gradients are written with the fast ones.
import { sizeOf } from 'volvox/core'
import type { ConvAttrs, GraphDType } from 'volvox/graph'
import type { Lower } from '../lower.ts'
import type { Model, Name } from '../model.ts'
import { cropped } from './cropped.ts'
import { phasesOf, type Phase } from './phases.ts'
import { weightGradient } from './weightGrad.ts'

export const conv: Lower<'conv'> = (model, { inputs, types: [, w], attrs }) =>
  model.emit('Conv', inputs, {
    kernel_shape: w.shape.slice(2),
    strides: attrs.strides,
    pads: attrs.pads,
    dilations: attrs.dilations,
    group: attrs.groups,
  })

export const convInputGrad: Lower<'convInputGrad'> = (model, { inputs: [g, w, bias], types, attrs }) =>
  model.isSizeless
    ? convTranspose(model, [g, w, ...(bias ? [bias] : [])], types[0].shape, types[1].shape, attrs)
    : inputGradient(model, { g, w, bias, dtype: types[0].dtype, gShape: types[0].shape, wShape: types[1].shape, attrs })

export const convWeightGrad: Lower<'convWeightGrad'> = (model, { inputs: [x, g], types, attrs }) => {
  const dw = weightGradient(model, { x, g, xShape: types[0].shape, gShape: types[1].shape, attrs })
  if (!attrs.bias) return dw
  const axes = types[1].shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  return [dw, model.reduce('ReduceSum', g, axes, false)]
}

/** ONNX's own transposed convolution: slower, but no size is written into it. */
function convTranspose(
  model: Model,
  inputs: readonly Name[],
  gShape: readonly number[],
  wShape: readonly number[],
  { strides, pads, dilations, groups, shape }: InputGradient['attrs'],
): Name {
  const kernel = wShape.slice(2)
  const added = kernel.map((taps, i) => {
    const least = (gShape[i + 2] - 1) * strides[i] + (taps - 1) * dilations[i] + 1 - pads[i] - pads[i + kernel.length]
    return shape[i + 2] - least
  })
  return model.emit('ConvTranspose', inputs, {
    kernel_shape: kernel,
    strides,
    dilations,
    pads,
    group: groups,
    output_padding: added,
  })
}

export interface InputGradient {
  readonly g: Name
  readonly w: Name
  readonly bias?: Name
  readonly dtype: GraphDType
  readonly gShape: readonly number[]
  readonly wShape: readonly number[]
  readonly attrs: ConvAttrs & { readonly shape: readonly number[] }
}

/**
 * Input voxels whose index has the same remainder by the stride form a phase: an ordinary convolution of g with every
 * stride-th tap of the turned kernel. The phases are then interleaved. With stride 1 there is one phase.
 */
export function inputGradient(model: Model, { g, w, bias, dtype, gShape, wShape, attrs }: InputGradient): Name {
  const { strides, pads, dilations, groups, shape } = attrs
  const spatial = shape.slice(2)
  const phases = spatial.map((_, i) =>
    phasesOf({ kernel: wShape[i + 2], stride: strides[i], dilation: dilations[i], pad: pads[i] }),
  )
  const counts = spatial.map((length, i) => Math.ceil(length / strides[i]))
  const turned = exchanged(model, w, wShape, groups)
  const parts = product(phases).map((phase) =>
    phaseOf(model, { g, turned, bias, dtype, gShape, phase, counts, groups, channels: shape[1] }),
  )
  const whole = interleaved(model, parts, [...shape.slice(0, 2), ...counts], strides)
  const axes = spatial.flatMap((length, i) => (length === counts[i] * strides[i] ? [] : [i + 2]))
  if (axes.length === 0) return whole
  return model.slice(
    whole,
    axes,
    axes.map(() => 0),
    axes.map((axis) => shape[axis]),
    axes.map(() => 1),
  )
}

/** The weight `[O, I/groups, ...]` as `[I, O/groups, ...]`, for the way back. */
function exchanged(model: Model, w: Name, [outputs, inputs, ...kernel]: readonly number[], groups: number): Name {
  const perGroup = outputs / groups
  if (groups === 1) return model.transpose(w, [1, 0, ...kernel.map((_, i) => i + 2)])
  const grouped = model.reshape(w, [groups, perGroup, inputs, sizeOf(kernel)])
  return model.reshape(model.transpose(grouped, [0, 2, 1, 3]), [groups * inputs, perGroup, ...kernel])
}

interface PhaseOf {
  readonly g: Name
  readonly turned: Name
  readonly bias?: Name
  readonly dtype: GraphDType
  readonly gShape: readonly number[]
  /** One for each spatial axis. */
  readonly phase: readonly Phase[]
  /** Voxels of a phase along each spatial axis. */
  readonly counts: readonly number[]
  readonly groups: number
  readonly channels: number
}

function phaseOf(model: Model, { g, turned, bias, dtype, gShape, phase, counts, groups, channels }: PhaseOf): Name {
  const spatial = gShape.slice(2)
  if (phase.some((axis) => axis.taps === 0)) {
    const shape = model.ints([gShape[0], channels, ...counts])
    const row = [1, channels, ...counts.map(() => 1)]
    return model.emit('Expand', [bias ? model.reshape(bias, row) : model.scalar(0, dtype), shape])
  }
  const kernel = phase.map((axis) => axis.taps)
  const w = model.slice(
    turned,
    phase.map((_, i) => i + 2),
    phase.map((axis) => axis.first),
    phase.map((axis) => beforeStart(axis.first - axis.step * axis.taps)),
    phase.map((axis) => -axis.step),
  )
  const begins = phase.map((axis) => axis.pad)
  const ends = phase.map((axis, i) => counts[i] - spatial[i] - axis.pad + axis.dilation * (axis.taps - 1))
  const source = cropped(model, g, begins, ends, spatial)
  const pads = [...begins, ...ends].map((n) => Math.max(0, n))
  const dilations = phase.map((axis) => axis.dilation)
  return model.emit('Conv', bias ? [source, w, bias] : [source, w], {
    kernel_shape: kernel,
    pads,
    dilations,
    group: groups,
  })
}

/** An end below 0 would count from the back; this one is before the first element however long the axis is. */
function beforeStart(end: number): number {
  return end < 0 ? -(2 ** 31) : end
}

/** Joins phases, listed with the last axis fastest, one axis at a time: each pair of neighbours becomes a new axis of size stride. */
function interleaved(model: Model, parts: readonly Name[], shape: readonly number[], strides: readonly number[]): Name {
  const sizes = [...shape]
  let pieces = [...parts]
  for (let axis = shape.length - 1; axis >= 2; axis--) {
    const stride = strides[axis - 2]
    if (stride === 1) continue
    const split = sizes.toSpliced(axis + 1, 0, 1)
    sizes[axis] *= stride
    pieces = Array.from({ length: pieces.length / stride }, (_, i) => {
      const group = pieces.slice(i * stride, (i + 1) * stride).map((piece) => model.reshape(piece, split))
      return model.reshape(model.emit('Concat', group, { axis: axis + 1 }), sizes)
    })
  }
  return pieces[0]
}

/** All ways to pick one of each list, the last list fastest. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]])
}
