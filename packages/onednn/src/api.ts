/** What a C function takes as a pointer: an address, or JavaScript memory that it reads during the call. */
export type Ref = bigint | Uint8Array | BigInt64Array | Float32Array

export type MemoryType = 'float32' | 'bfloat16' | 'int32'

/** How a tensor may be laid out: row-major, channels last, in blocks of 16 channels, or as the primitive likes it. */
export type Tag = 'plain' | 'channelsLast' | 'blocked16' | 'any'

/** A memory descriptor: where each element of a tensor lies. */
export interface Layout {
  readonly ref: Ref
  readonly dtype: MemoryType
  readonly dims: readonly number[]
  /** Distance in elements between neighbours along each axis; between blocks where the axis is blocked. */
  readonly strides: readonly number[]
  /** Inner blocks, outermost first. */
  readonly blocks: readonly { readonly axis: number; readonly size: number }[]
  readonly bytes: number
  /** Whether the elements fill their memory without gaps and padding. */
  readonly dense: boolean
  /** Equal for equal layouts. */
  readonly key: string
}

export type EltwiseAlgorithm =
  | 'relu' | 'tanh' | 'elu' | 'square' | 'abs' | 'sqrt' | 'linear' | 'softRelu' | 'logistic' | 'exp' | 'geluTanh'
  | 'geluErf' | 'swish' | 'mish' | 'hardSwish' | 'log' | 'clip' | 'pow' | 'reluFromOutput' | 'tanhFromOutput'
  | 'eluFromOutput' | 'logisticFromOutput' // prettier-ignore

export type BinaryAlgorithm = 'add' | 'mul' | 'max' | 'min' | 'div' | 'sub' | 'ge' | 'gt' | 'le' | 'lt' | 'eq'

export interface Window {
  readonly strides: readonly number[]
  /** The gap between taps: 0 for a dense kernel. */
  readonly dilates: readonly number[]
  readonly padBegin: readonly number[]
  readonly padEnd: readonly number[]
}

/** One primitive, in words that hold for every version of the library. */
export type Operation =
  | ({
      readonly kind: 'convolution'
      readonly direction: 'forward' | 'backwardData' | 'backwardWeights'
      readonly src: Layout
      readonly weights: Layout
      readonly bias: Layout | null
      readonly dst: Layout
      /** The forward convolution of a backward one where its element types differ: results of it are another's input. */
      readonly forward?: { readonly src: Layout; readonly weights: Layout; readonly dst: Layout }
    } & Window)
  | ({
      readonly kind: 'pooling'
      readonly direction: 'forward' | 'backward'
      readonly algorithm: 'max' | 'averageWithPadding' | 'averageWithoutPadding'
      readonly src: Layout
      readonly dst: Layout
      readonly kernel: readonly number[]
    } & Window)
  | {
      readonly kind: 'eltwise'
      readonly direction: 'forward' | 'backward'
      readonly algorithm: EltwiseAlgorithm
      readonly alpha: number
      readonly beta: number
      readonly data: Layout
    }
  | {
      readonly kind: 'binary'
      readonly algorithm: BinaryAlgorithm
      readonly a: Layout
      readonly b: Layout
      readonly dst: Layout
    }
  | {
      readonly kind: 'prelu'
      readonly direction: 'forward' | 'backward'
      readonly data: Layout
      readonly slope: Layout
    }
  | {
      readonly kind: 'batchNorm'
      readonly direction: 'forward' | 'backward'
      readonly data: Layout
      readonly eps: number
    }
  | {
      /** Over the last axis; statistics are float32 in rows. */
      readonly kind: 'layerNorm'
      readonly direction: 'forward' | 'backward'
      readonly data: Layout
      readonly stats: Layout
      readonly eps: number
    }
  | {
      readonly kind: 'softmax'
      readonly direction: 'forward' | 'backward'
      readonly log: boolean
      readonly axis: number
      readonly data: Layout
    }
  | { readonly kind: 'reduction'; readonly algorithm: 'sum' | 'max'; readonly src: Layout; readonly dst: Layout }
  | { readonly kind: 'matmul'; readonly a: Layout; readonly b: Layout; readonly dst: Layout }
  | {
      readonly kind: 'resampling'
      readonly direction: 'forward' | 'backward'
      readonly src: Layout
      readonly dst: Layout
    }
  | { readonly kind: 'reorder'; readonly src: Layout; readonly dst: Layout }
  | { readonly kind: 'concat'; readonly axis: number; readonly sources: readonly Layout[]; readonly dst: Layout }

/** What happens to each element of a result before it is stored. */
export type PostOp =
  | { readonly kind: 'sum' }
  | { readonly kind: 'eltwise'; readonly algorithm: EltwiseAlgorithm; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'binary'; readonly algorithm: BinaryAlgorithm; readonly operand: Layout }

/** Arguments of a primitive by their role. `post` n is the operand of the n-th post-op. */
export type Role =
  | 'src' | 'src1' | 'dst' | 'weights' | 'bias' | 'mean' | 'variance' | 'scale' | 'shift' | 'workspace' | 'scratchpad'
  | 'diffSrc' | 'diffDst' | 'diffWeights' | 'diffBias' | 'diffScale' | 'diffShift' | `source${number}` | `post${number}` // prettier-ignore

/** A primitive ready to run. */
export interface Primitive {
  readonly handle: bigint
  /** The kernel that the library chose; `ref...` are slow ones. */
  readonly implementation: string
  /** The layout chosen for an argument. */
  layout(role: 'src' | 'weights' | 'dst' | 'diffSrc' | 'diffWeights' | 'diffDst' | 'workspace' | 'scratchpad'): Layout
}

/** The library, the same for its versions 2 and 3. */
export interface Api {
  readonly version: string
  /** Whether the processor multiplies bfloat16 numbers by itself; without, they are slower than float32. */
  readonly hasBfloat16: boolean
  /** Whether each elementwise post-op has its own parameters; before 2.7 those of one algorithm share them. */
  readonly hasOwnPostOpParameters: boolean
  /** Whether the gradient of a batch norm must be given a shift; where not, it must not. A layer norm's always may. */
  readonly batchNormGradTakesShift: boolean
  layout(dtype: MemoryType, dims: readonly number[], tag: Tag): Layout
  strided(dtype: MemoryType, dims: readonly number[], strides: readonly number[]): Layout
  /** The part of `parent` from `offsets` on, in its memory. */
  part(parent: Layout, dims: readonly number[], offsets: readonly number[]): Layout
  /** Null where the library has no kernel for it. Without `create`, only to ask what would be chosen. */
  primitive(operation: Operation, postOps?: readonly PostOp[]): Primitive | null
  destroy(primitive: Primitive): void
  memory(layout: Layout, address: bigint): bigint
  destroyMemory(memory: bigint): void
  argument(role: Role): number
  /** Runs a primitive; `args` is the address of (int argument, memory) pairs. Returns 0 when all is well. */
  execute(primitive: bigint, count: number, args: bigint): number
  /** Waits until all that was executed is done. */
  wait(): number
  /** Gives back the engine and all layouts; what was made with them must be gone. */
  dispose(): void
}
