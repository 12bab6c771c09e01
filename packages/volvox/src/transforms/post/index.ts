export { Activations, Activationsd } from './activations.ts'
export { AsDiscrete, AsDiscreted } from './asDiscrete.ts'
export { Invertd } from './invert.ts'
export { KeepLargestConnectedComponent, KeepLargestConnectedComponentd } from './largestComponent.ts'
