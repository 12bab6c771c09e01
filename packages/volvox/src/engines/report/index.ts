export * from './report.ts'
export type { Case, EncodePng } from './slices.ts'
export { meanOf, type CaseScores } from './table.ts'
