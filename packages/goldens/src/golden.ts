import { readSafetensors, type Tensor } from 'volvox'

/** One recorded case: what MONAI was given, and what it gave. */
export interface Golden {
  readonly file: string
  readonly area: string
  readonly name: string
  readonly case: string
  /** The MONAI class or function. */
  readonly target: string
  readonly args: Readonly<Record<string, unknown>>
  readonly call: Readonly<Record<string, unknown>>
  /** Null where nothing is random. */
  readonly seed: number | null
  /** Largest absolute difference that passes. */
  readonly tolerance: number
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** The case in the bytes of a golden file. */
export function readGolden(bytes: Uint8Array, file: string): Golden {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const { area, name, target } = metadata
  if (!area || !name || !target)
    throw new Error(`${file}: has no area, name or target in its metadata; it is not a golden case`)
  return {
    file,
    area,
    name,
    case: metadata.case ?? '',
    target,
    args: json(metadata.args),
    call: json(metadata.call),
    seed: metadata.seed ? Number(metadata.seed) : null,
    tolerance: Number(metadata.tolerance || 0),
    metadata,
    tensors,
  }
}

/** A tensor that the case must have. */
export function tensorOf(golden: Golden, key: string): Tensor {
  const tensor = golden.tensors[key]
  if (!tensor) throw new Error(`${golden.file}: has no tensor "${key}"`)
  return tensor
}

function json(text: string | undefined): Record<string, unknown> {
  return text ? (JSON.parse(text) as Record<string, unknown>) : {}
}
