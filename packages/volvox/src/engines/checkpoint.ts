import { isRecord } from '../core/json.ts'
import { FormatError } from '../core/errors.ts'
import { readSafetensors, writeSafetensors } from '../core/safetensors.ts'
import type { Tensor } from '../core/tensor.ts'
import type { LoaderPosition } from '../data/jobs.ts'

/** Everything that a run is at one moment. In one file, so that no part of it can be of another moment. */
export interface Checkpoint {
  /** Weights, averages and moments by name. */
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly progress: CheckpointProgress
  /** What was trained, so that the file alone is enough to evaluate, infer and resume. */
  readonly config: Readonly<Record<string, unknown>>
}

/** All random states of a run derive from `seed`, `iteration` and `position`, so these are the random state too. */
export interface CheckpointProgress {
  readonly iteration: number
  /** The next batch. */
  readonly position: LoaderPosition
  readonly elapsedSeconds: number
  /** Of these, spent waiting for batches; absent in checkpoints of versions that did not tell. */
  readonly waitedSeconds?: number
  readonly seed: number
  /** Latest validation metrics by name. */
  readonly metrics: Readonly<Record<string, number>>
  /** What handlers remember (best metric, patience, ...), by handler. */
  readonly handlers: Readonly<Record<string, unknown>>
}

const version = '1'

/** A checkpoint as a safetensors file; what is not a tensor is JSON in its metadata. */
export function encodeCheckpoint({ tensors, progress, config }: Checkpoint): Uint8Array {
  return writeSafetensors(tensors, {
    'volvox.checkpoint': version,
    'volvox.progress': JSON.stringify(progress),
    'volvox.config': JSON.stringify(config),
  })
}

/** Reads what `encodeCheckpoint` wrote; `where` names the file in errors. */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, where)
  const found = metadata['volvox.checkpoint']
  if (found !== version)
    throw new FormatError(
      where,
      found === undefined
        ? 'holds weights but no training run; give a checkpoint that volvox train wrote'
        : `is a checkpoint of version ${found}; this Volvox reads version ${version}`,
    )
  const progress = json(metadata['volvox.progress'], where)
  if (!isProgress(progress)) throw new FormatError(where, 'does not say how far its run was; the file is damaged')
  const config = json(metadata['volvox.config'], where)
  if (!isRecord(config)) throw new FormatError(where, 'does not say what was trained; the file is damaged')
  return { tensors, progress, config }
}

function json(text: string | undefined, where: string): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    throw new FormatError(where, 'the record of its run is not JSON; the file is damaged')
  }
}

function isProgress(value: unknown): value is CheckpointProgress {
  if (!isRecord(value) || !isRecord(value.position) || !isRecord(value.metrics) || !isRecord(value.handlers))
    return false
  return [value.iteration, value.elapsedSeconds, value.seed, value.position.epoch, value.position.batch].every(
    (n) => typeof n === 'number',
  )
}
