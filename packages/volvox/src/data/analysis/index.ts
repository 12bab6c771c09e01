export { caseStats, contentOf, type CaseStats, type LabelStats } from './caseStats.ts'
export { summarize, type AxisStatistics, type DataSummary } from './summary.ts'
export type { Statistics } from './statistics.ts'
export { CaseStatsd } from './transform.ts'
