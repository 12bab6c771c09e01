import { MissingError } from 'volvox/core'
import type { Executor } from 'volvox/graph'
import type { Io } from './io.ts'

/** Executors; after a colon, where ONNX Runtime computes unless on the processor. */
export const executorNames = ['onednn', 'ort', 'ort:cuda', 'ort:dml', 'ort:coreml', 'ort:webgpu'] as const
export type ExecutorName = (typeof executorNames)[number]

/** What can be said of an executor on this machine without running anything. */
export interface Availability {
  readonly name: 'onednn' | 'ort'
  /** Version of the library; null when it cannot be used. */
  readonly version: string | null
  /** Why it cannot be used. */
  readonly problem: string | null
  /** What else there is to say of it: its file, what it is good at. */
  readonly details: readonly string[]
  /** Whether it has kernels made for this processor. */
  readonly isFast: boolean
}

/** The executor called `name`; unless named, the fastest that this machine has, with a word on what would be faster. */
export async function chooseExecutor(name: ExecutorName | null, io: Pick<Io, 'note'>): Promise<Executor> {
  if (name !== null && name !== 'onednn') return ort(name)
  const { problem, isFast } = await onednnAvailability()
  if (problem === null && (isFast || name === 'onednn')) return onednn()
  if (name === 'onednn' && problem !== null) throw new MissingError('--executor onednn', problem)
  if (problem !== null)
    io.note(
      `Running on ONNX Runtime. oneDNN would train several times faster: ${howToInstall()} (volvox doctor tells more)`,
    )
  return ort('ort')
}

/** The fastest executor that this machine has; `note` is told when there could be a faster one. */
export function fastestExecutor(note: (line: string) => void = console.warn): Promise<Executor> {
  return chooseExecutor(null, { note })
}

export async function onednnAvailability(): Promise<Availability> {
  try {
    const { onednnStatus } = await import('@volvox/onednn')
    const status = onednnStatus()
    if ('missing' in status) return unusable('onednn', status.missing)
    const { version, path, hasBfloat16, isFast } = status
    const details = [
      path,
      hasBfloat16 ? 'bfloat16 units' : 'no bfloat16 units',
      ...(isFast ? [] : ['no fast kernels for this processor']),
    ]
    return { name: 'onednn', version, problem: null, details, isFast }
  } catch (error) {
    return unusable('onednn', messageOf(error))
  }
}

export async function ortAvailability(): Promise<Availability> {
  try {
    const module = (await import('onnxruntime-node')) as { env?: { versions?: { node?: string } } }
    const version = module.env?.versions?.node ?? 'unknown'
    return { name: 'ort', version, problem: null, details: [], isFast: true }
  } catch (error) {
    return unusable('ort', messageOf(error))
  }
}

function unusable(name: Availability['name'], problem: string): Availability {
  return { name, version: null, problem: problem.replace(/^onednn: /, ''), details: [], isFast: false }
}

/** The command that installs oneDNN here. */
export function howToInstall(platform: string = process.platform): string {
  return platform === 'darwin'
    ? 'brew install onednn'
    : 'apt-get install libdnnl3.6 (Debian 13), libdnnl3 (Ubuntu 24.04) or libdnnl2 (Debian 12, Ubuntu 22.04)'
}

async function onednn(): Promise<Executor> {
  const { createOnednn } = await import('@volvox/onednn')
  return createOnednn()
}

async function ort(name: Exclude<ExecutorName, 'onednn'>): Promise<Executor> {
  const { createOrt, providers } = await import('@volvox/ort')
  return createOrt({ provider: providers.find((provider) => name === `ort:${provider}`) })
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0]
}
