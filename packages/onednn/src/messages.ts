import type { WireError } from 'volvox/core'
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
  | { readonly id: number; readonly ok: false; readonly error: WireError }
