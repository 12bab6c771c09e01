import { DataError, FormatError, GraphError, MissingError, OptionError, ShapeError, VolvoxError } from 'volvox'
import type { PlainProgram, SessionOptions, Tensors } from 'volvox/graph'

// What the threads say to each other.

export interface OpenRequest {
  readonly kind: 'open'
  readonly programs: readonly PlainProgram[]
  readonly options: SessionOptions
}

export type Request =
  | OpenRequest
  | { readonly kind: 'run'; readonly program: string; readonly inputs: Tensors; readonly reuse: boolean }
  | { readonly kind: 'read'; readonly names: readonly string[] | undefined }
  | { readonly kind: 'write'; readonly tensors: Tensors }
  | { readonly kind: 'profile' }
  | { readonly kind: 'trace' }
  | { readonly kind: 'memoryBytes' }
  | { readonly kind: 'dispose' }

export interface Asked {
  readonly id: number
  readonly request: Request
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PlainError }

/** An error as plain data: structured cloning would forget its class. */
export interface PlainError {
  readonly code: string | null
  readonly where: string
  readonly message: string
  readonly stack: string | undefined
}

export function plainError(error: unknown): PlainError {
  if (error instanceof VolvoxError)
    return { code: error.code, where: error.where, message: error.message, stack: error.stack }
  if (error instanceof Error) return { code: null, where: '', message: error.message, stack: error.stack }
  return { code: null, where: '', message: String(error), stack: undefined }
}

const classes = {
  OPTION: OptionError,
  SHAPE: ShapeError,
  FORMAT: FormatError,
  GRAPH: GraphError,
  DATA: DataError,
  MISSING: MissingError,
}

/** The error that `plainError` was given. */
export function errorFrom({ code, where, message, stack }: PlainError): Error {
  const known = code !== null && Object.hasOwn(classes, code) ? classes[code as keyof typeof classes] : null
  const error = known ? new known(where, message.slice(where.length + 2)) : new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
