export * from './report.ts'
export type { Case as ReportCase, EncodePng } from './slices.ts'
export { meanOf, type CaseScores } from './table.ts'
export * from './dataReport.ts'
