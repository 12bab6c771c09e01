// Entry of the WebAssembly build. AssemblyScript, not TypeScript: compiled by `npm run kernels`, outside of tsc.
// Kernels take addresses in the shared memory and a range [begin, end) of rows, so that threads can share the work.
export { sampleAffine } from './affine'
export { applyBands, correlateLines } from './bands'
export { displace } from './displace'
export { sampleField } from './field'
export { gammaCurve } from './gamma'
export { circlePoints, normalPairs, uniformFloats } from './twister'
export { gatherFloats } from './gather'
export { clearRuns, findRuns, joinRuns, numberRuns } from './components'
export { copyBlock, countRows, distancesAcross, distancesAlong, distancesAt, edges, unionBox } from './distance'
export { medianRows } from './median'
export { extentAndSum, keepBeyond, reaching, roundEven, scaleShift, squaredDeviations } from './pointwise'
