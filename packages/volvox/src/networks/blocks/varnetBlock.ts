import { ShapeError, shown } from '../../core/errors.ts'
import { count } from '../../core/options.ts'
import { complexConj, complexMul, fftnCentered, ifftnCentered } from '../../graph/complex.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { ones, zero } from '../init.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, type Layer } from '../layer.ts'
import { network, networkOption, singleLayer } from '../network.ts'

/** Spatial axes of complex images `[N, C, ...spatial, 2]`. */
export const complexAxes = count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 2)

/** Refuses what is not `[N, C, ...spatial, 2]`. */
export function checkComplex(where: string, { shape }: Value, spatialDims: number): void {
  if (shape.length !== spatialDims + 3 || shape[shape.length - 1] !== 2)
    throw new ShapeError(
      where,
      `got shape ${shown(shape)}; give [N, C, ...spatial, 2] with ${spatialDims} spatial axes, real and imaginary part last`,
    )
}

/** What reconstruction networks take. */
export const measuredInputs: readonly NetworkInput[] = [
  { name: 'masked_kspace', about: 'the measured k-space' },
  {
    name: 'mask',
    about: 'the mask of what was measured',
    shape: (kspace) => kspace.map((n, axis) => (axis === kspace.length - 2 ? n : 1)),
  },
]

/**
 * K-space of coils `[N, C, ...spatial, 2]` as one image `[N, 1, ...spatial, 2]`, by their sensitivities, of the shape of
 * the k-space (MONAI sensitivity_map_reduce).
 */
export function sensitivityMapReduce(kspace: Value, sensitivities: Value, spatialDims = 2): Value {
  return m.sum(complexMul(ifftnCentered(kspace, spatialDims), complexConj(sensitivities)), [1], true)
}

/** One image `[N, 1, ...spatial, 2]` as k-space of coils `[N, C, ...spatial, 2]` (MONAI sensitivity_map_expand). */
export function sensitivityMapExpand(image: Value, sensitivities: Value, spatialDims = 2): Value {
  return fftnCentered(complexMul(image, sensitivities), spatialDims)
}

/**
 * One step of a variational network (Sriram et al. 2020; MONAI VarNetBlock): k-space comes closer to what was measured,
 * and its image is refined. Inputs: the k-space so far and the measured one, `[N, C, ...spatial, 2]` with coils as C; the
 * mask of what was measured, `[1, 1, ..., lines, 1]`; the sensitivities of the coils, of the shape of the k-space.
 */
export const VarNetBlock = network({
  name: 'VarNetBlock',
  inputs: () => [
    { name: 'current_kspace', about: 'the k-space so far' },
    { name: 'ref_kspace', about: 'the measured one' },
    { name: 'mask', about: 'the mask of what was measured' },
    { name: 'sens_maps', about: 'the sensitivities of the coils' },
  ],
  options: {
    refinementModel: networkOption.req('Refines images `[N, 1, ...spatial, 2]`, such as a ComplexUnet.'),
    spatialDims: complexAxes,
  },
  build: ({ refinementModel, spatialDims }) => varnetBlock(singleLayer(refinementModel), spatialDims),
})

/** The layer of VarNetBlock. The transforms are over the last `transformed` spatial axes, all of them unless given. */
export function varnetBlock(model: Layer, spatialDims: number, transformed = spatialDims): Layer {
  return layer({
    weights: {
      dc_weight: { shape: [1], init: ones, role: 'scale' },
      zeros: { shape: new Array<number>(transformed + 3).fill(1), init: zero, role: 'fixed' },
    },
    children: { model },
    forward: (own, [kspace, measured, mask, sensitivities]) => {
      checkComplex('VarNetBlock', kspace, spatialDims)
      const off = m.mul(m.where(mask, m.sub(kspace, measured), own.zeros), own.dc_weight)
      const image = own.model(sensitivityMapReduce(kspace, sensitivities, transformed))
      return m.sub(m.sub(kspace, off), sensitivityMapExpand(image, sensitivities, transformed))
    },
  })
}
