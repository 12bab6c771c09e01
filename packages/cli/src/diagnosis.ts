import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { howToInstall, onednnAvailability, ortAvailability, type Availability } from './executors.ts'
import { counted } from './progressBar.ts'
import { version } from './version.ts'

/** What Volvox finds on this machine. */
export interface Diagnosis {
  readonly volvox: string
  readonly node: string
  readonly platform: string
  readonly processor: string
  /** Cores that this process may use. */
  readonly cores: number
  readonly memoryGiB: number
  /** Instruction sets that matter: avx2, avx512f, amx_bf16. */
  readonly instructions: readonly string[]
  readonly executors: readonly Availability[]
  /** The one that runs unless another is asked for. */
  readonly runs: string | null
  /** What would make it faster or work at all, with how to get it. */
  readonly advice: readonly string[]
}

export async function diagnose(): Promise<Diagnosis> {
  const executors = [await onednnAvailability(), await ortAvailability()]
  const [onednn, ort] = executors
  const cores = availableParallelism()
  return {
    volvox: version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memoryGiB: Math.round(totalmem() / 2 ** 28) / 4,
    instructions: instructionSets(),
    executors,
    runs: (executors.find(({ isFast }) => isFast) ?? executors.find(({ problem }) => problem === null))?.name ?? null,
    advice: [
      ...(onednn.problem === null
        ? []
        : [`install oneDNN, which trains several times faster than ONNX Runtime: ${howToInstall()}`]),
      ...(ort.problem === null
        ? []
        : ['install ONNX Runtime, which runs where oneDNN does not: npm install onnxruntime-node']),
      ...(cores === 1 ? ['give the process more than one core: augmentation and network then run side by side'] : []),
    ],
  }
}

export function diagnosisLines(d: Diagnosis): string[] {
  return [
    `Volvox ${d.volvox}, Node ${d.node}, ${d.platform}`,
    `${d.processor}, ${counted(d.cores, 'core')}, ${d.memoryGiB} GiB${d.instructions.length > 0 ? `, ${d.instructions.join(' ')}` : ''}`,
    '',
    ...d.executors.map(
      ({ name, version: found, problem, details }) =>
        `${name === d.runs ? '->' : '  '} ${name.padEnd(7)} ${problem === null ? [`version ${found}`, ...details].join(', ') : `not usable: ${problem}`}`,
    ),
    '',
    ...(d.advice.length === 0 ? ['Nothing to improve.'] : d.advice.map((line) => `To do: ${line}`)),
  ]
}

function instructionSets(): string[] {
  if (process.platform !== 'linux') return []
  try {
    const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].trim().split(/\s+/))
    return ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16'].filter((name) => flags.has(name))
  } catch {
    return [] // only told for information
  }
}
