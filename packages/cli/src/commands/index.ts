import type { Command } from '../command.ts'

/** The subcommands; each file is read when it is needed. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.ts')).train,
  evaluate: async () => (await import('./evaluate.ts')).evaluate,
  infer: async () => (await import('./infer.ts')).infer,
  info: async () => (await import('./info.ts')).info,
  convert: async () => (await import('./convert.ts')).convert,
  deid: async () => (await import('./deid.ts')).deid,
  export: async () => (await import('./export.ts')).exportModel,
  analyze: async () => (await import('./analyze.ts')).analyze,
  split: async () => (await import('./split.ts')).split,
  doctor: async () => (await import('./doctor.ts')).doctor,
  demo: async () => (await import('./demo.ts')).demo,
}
