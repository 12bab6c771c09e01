export { networkFacts, type BlockFacts, type NetworkFacts } from './facts.ts'
export { networkSvg } from './svg.ts'
export { traceNetwork, type Trace } from './trace.ts'
export { shortBytes, shortCount, shortShape } from './words.ts'
