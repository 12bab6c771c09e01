import { count } from '../../core/options.ts'
import { complexAbs, ifftnCentered, rootSumOfSquares } from '../../graph/complex.ts'
import type { Value } from '../../graph/ir.ts'
import { checkComplex, complexAxes, measuredInputs, varnetBlock } from '../blocks/varnetBlock.ts'
import { copied, layer } from '../layer.ts'
import { network, networkOption, singleLayer } from '../network.ts'

/**
 * Reconstructs MR images from k-space of which only some lines were measured (Sriram et al. 2020; MONAI
 * VariationalNetworkModel). Inputs: the measured k-space `[N, C, ...spatial, 2]` with coils as C and 0 where nothing was
 * measured, and the mask, `[1, 1, ..., lines, 1]`. It gives images `[N, ...spatial]`.
 */
export const VariationalNetworkModel = network({
  name: 'VariationalNetworkModel',
  inputs: () => measuredInputs,
  options: {
    coilSensitivityModel: networkOption.req('Gives the sensitivities of the coils: a CoilSensitivityModel.'),
    refinementModel: networkOption.req('Refines images, such as a ComplexUnet; each step has a copy of its own.'),
    numCascades: count.opt('Steps.', 12),
    spatialDims: complexAxes,
  },
  build({ coilSensitivityModel, refinementModel, numCascades, spatialDims }) {
    const first = singleLayer(refinementModel)
    // MONAI's steps transform the last two axes even of volumes.
    const step = (_: unknown, i: number) => varnetBlock(i === 0 ? first : copied(first), spatialDims, 2)
    return layer({
      children: {
        coil_sensitivity_model: singleLayer(coilSensitivityModel),
        cascades: Array.from({ length: numCascades }, step),
      },
      forward(own, [measured, mask]) {
        checkComplex('VariationalNetworkModel', measured, spatialDims)
        const sensitivities = own.coil_sensitivity_model(measured, mask)
        const kspace = own.cascades.reduce((y: Value, one) => one(y, measured, mask, sensitivities), measured)
        return rootSumOfSquares(complexAbs(ifftnCentered(kspace, spatialDims)), 1)
      },
    })
  },
})
