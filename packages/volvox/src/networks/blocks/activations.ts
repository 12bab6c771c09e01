// MONAI's own activations as components; the Act factory has them, too.
import { bool, number } from '../../core/options.ts'
import { network } from '../network.ts'
import { actLayer } from './act.ts'

const inplace = bool.opt('No effect: values of a graph are never overwritten.', false)

/** x sigmoid(alpha x) (Ramachandran et al. 2017; MONAI Swish). */
export const Swish = network({
  name: 'Swish',
  options: { alpha: number.opt('Steepness.', 1) },
  build: ({ alpha }) => actLayer(['swish', { alpha }]),
})

/** x sigmoid(x); here no other than Swish (MONAI MemoryEfficientSwish). */
export const MemoryEfficientSwish = network({
  name: 'MemoryEfficientSwish',
  options: { inplace },
  build: () => actLayer('memswish'),
})

/** x tanh(softplus(x)) (Misra 2019; MONAI Mish). */
export const Mish = network({ name: 'Mish', options: { inplace }, build: () => actLayer('mish') })

/** The first half of the last axis, times the GELU of the second (Shazeer 2020; MONAI GEGLU). */
export const GEGLU = network({ name: 'GEGLU', options: {}, build: () => actLayer('geglu') })
