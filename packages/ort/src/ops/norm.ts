import { sizeOf } from 'volvox/core'
import type { NormAttrs, TensorType } from 'volvox/graph'
import type { Lower, Site } from '../lower.ts'
import type { Model, Name } from '../model.ts'

export const batchNorm: Lower<'batchNorm'> = (model, site) => normalised(model, site, acrossBatch(site.types[0]))

export const instanceNorm: Lower<'instanceNorm'> = (model, site) => {
  const [x] = site.types
  if (!sameTypes(site.types)) return null
  if (!site.used[1] && !site.used[2] && x.shape.length > 2) {
    const y = model.emit('InstanceNormalization', site.inputs, { epsilon: { float: site.attrs.eps } })
    return [y, '', '']
  }
  return normalised(model, site, withinSample(x))
}

export const batchNormGrad: Lower<'batchNormGrad'> = (model, site) => gradients(model, site, acrossBatch(site.types[1]))

export const instanceNormGrad: Lower<'instanceNormGrad'> = (model, site) =>
  gradients(model, site, withinSample(site.types[1]))

export const batchNormInference: Lower<'batchNormInference'> = (model, { inputs, types, attrs }) =>
  sameTypes(types) ? model.emit('BatchNormalization', inputs, { epsilon: { float: attrs.eps } }) : null

/** By its parts where statistics are asked for. */
export const layerNorm: Lower<'layerNorm'> = (model, { inputs, types, used, attrs: { axis, eps } }) =>
  sameTypes(types) && !used[1] && !used[2]
    ? [model.emit('LayerNormalization', inputs, { axis, epsilon: { float: eps } }), '', '']
    : null

export const layerNormGrad: Lower<'layerNormGrad'> = () => null

/** An instance norm of the groups, where statistics are not asked for; by its parts else. */
export const groupNorm: Lower<'groupNorm'> = (model, site) => {
  const [{ shape }] = site.types
  const { groups, eps } = site.attrs
  if (!sameTypes(site.types) || site.used[1] || site.used[2] || sizeOf(shape) === 0) return null
  const [x, gamma, beta] = site.inputs
  const grouped = model.isSizeless
    ? model.emit('Reshape', [x, model.ints([0, groups, -1])]) // 0 stands for the size as it is
    : model.reshape(x, [shape[0], groups, sizeOf(shape) / (shape[0] * groups)])
  const number = (value: number) => model.constant('float32', [groups], new Array<number>(groups).fill(value))
  const normalised = model.emit('InstanceNormalization', [grouped, number(1), number(0)], { epsilon: { float: eps } })
  const whole = model.isSizeless
    ? model.emit('Reshape', [normalised, model.emit('Shape', [x])])
    : model.reshape(normalised, shape)
  const scaled = model.emit('Mul', [whole, perChannel(model, gamma, site.types[0])])
  return [model.emit('Add', [scaled, perChannel(model, beta, site.types[0])]), '', '']
}

export const groupNormGrad: Lower<'groupNormGrad'> = () => null

function acrossBatch({ shape }: TensorType): number[] {
  return shape.map((_, axis) => axis).filter((axis) => axis !== 1)
}

function withinSample({ shape }: TensorType): number[] {
  return shape.map((_, axis) => axis).slice(2)
}

function sameTypes(types: readonly TensorType[]): boolean {
  return types.every(({ dtype }) => dtype === 'float32')
}

/** `[C]` as `[1, C, 1, ...]`. */
function perChannel(model: Model, x: Name, { shape }: TensorType): Name {
  return model.reshape(
    x,
    shape.map((n, axis) => (axis === 1 ? n : 1)),
  )
}

function normalised(
  model: Model,
  { inputs: [x, gamma, beta], types, results, attrs: { eps } }: Site<NormAttrs>,
  axes: readonly number[],
): readonly Name[] | null {
  if (!sameTypes(types)) return null
  const [type] = types
  const mean = model.reduce('ReduceMean', x, axes, true)
  const centred = model.emit('Sub', [x, mean])
  const count = sizeOf(axes.map((axis) => type.shape[axis]))
  const variance = model.emit('Div', [model.reduce('ReduceSumSquare', centred, axes, true), model.scalar(count)])
  const sigma = model.emit('Sqrt', [model.emit('Add', [variance, model.scalar(eps)])])
  const scale = model.emit('Div', [perChannel(model, gamma, type), sigma])
  const y = model.emit('Add', [model.emit('Mul', [centred, scale]), perChannel(model, beta, type)])
  return [y, model.reshape(mean, results[1].shape), model.reshape(variance, results[2].shape)]
}

/**
 * With x̂ = (x - mean) / σ: dx = gamma / σ · (g - mean(g) - x̂ · mean(g x̂)), dgamma = Σ g x̂, dbeta = Σ g. All that is
 * constant within a channel is worked out first, so that dx = a·g + b·(x - mean) + c takes few passes over the voxels.
 */
function gradients(
  model: Model,
  { inputs: [g, x, mean, variance, gamma], types, attrs: { eps } }: Site<NormAttrs>,
  axes: readonly number[],
): readonly Name[] | null {
  if (!sameTypes(types)) return null
  const [, type, statistics, , { shape: channels }] = types
  const kept = type.shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
  const emit = (opType: string, ...inputs: Name[]) => model.emit(opType, inputs)
  const centred = emit('Sub', x, model.reshape(mean, kept))
  const sigma = emit('Sqrt', emit('Add', model.reshape(variance, kept), model.scalar(eps)))
  const sumG = model.reduce('ReduceSum', g, axes, true)
  const sumGX = emit('Div', model.reduce('ReduceSum', emit('Mul', g, centred), axes, true), sigma)

  const count = model.scalar(sizeOf(axes.map((axis) => type.shape[axis])))
  const a = emit('Div', perChannel(model, gamma, type), sigma)
  const b = emit('Neg', emit('Div', emit('Mul', a, sumGX), emit('Mul', sigma, count)))
  const c = emit('Neg', emit('Div', emit('Mul', a, sumG), count))
  const dx = emit('Add', emit('Add', emit('Mul', g, a), emit('Mul', centred, b)), c)
  // Statistics per sample are summed over the batch.
  const toChannels = (sum: Name) =>
    model.reshape(statistics.shape.length === 1 ? sum : model.reduce('ReduceSum', sum, [0], true), channels)
  return [dx, toChannels(sumGX), toChannels(sumG)]
}
