import { bytesIn, type TypedArray } from '../core/dtype.ts'
import { OptionError } from '../core/errors.ts'
import { prepared } from '../core/largeArrays.ts'
import type { StoredVoxels } from '../core/stored.ts'
import type { KernelExports, RowKernel } from './exports.ts'
import { KeptFloats, type Stay } from './kept.ts'
import { Left } from './left.ts'
import { call, mostKernelThreads, pageBytes, Team, type RowKernels } from './threads.ts'
import { sharedFlagAt, wasmBase64 } from './wasm.ts'

const addressablePages = 65536
/** The first page is the compiler's, then one for each thread. */
const scratchStart = (1 + mostKernelThreads) * pageBytes
/** A memory that grew beyond this is let go after the call that needed it: WebAssembly memories never shrink. */
const largestBytes = 512 * 2 ** 20

interface Instance {
  readonly exports: KernelExports
  readonly memory: WebAssembly.Memory
  /** The threads that share the memory. */
  readonly team: Team | null
  /** What was left in it. */
  readonly left: Left
  /** Where scratch memory begins: behind what is kept. */
  start: number
}

/** Instances of this thread, made when first needed: with a memory that threads share, and with one of its own. */
const instances: { shared?: Instance; own?: Instance } = {}
let compiled: WebAssembly.Module | undefined

function sharedInstance(): Instance {
  if (instances.shared) return instances.shared
  compiled ??= new WebAssembly.Module(bytesFromBase64(wasmBase64))
  const memory = newMemory(true)
  return (instances.shared = {
    ...instantiated(compiled, memory),
    team: new Team(compiled, memory),
  })
}

function ownInstance(): Instance {
  if (instances.own) return instances.own
  const bytes = bytesFromBase64(wasmBase64)
  bytes[sharedFlagAt] &= ~2 // of the limits of an imported memory: bit 1 says that it is shared
  return (instances.own = {
    ...instantiated(new WebAssembly.Module(bytes), newMemory(false)),
    team: null,
  })
}

function instantiated(module: WebAssembly.Module, memory: WebAssembly.Memory): Omit<Instance, 'team'> {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return { exports: exports as unknown as KernelExports, memory, left: new Left(), start: scratchStart } // the build fixes what is exported
}

/** As much room to grow as the system grants: all of 4 GiB, or less where addresses are scarce. */
function newMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = addressablePages; ; maximum /= 4) {
    try {
      return new WebAssembly.Memory({ initial: 2, maximum, shared })
    } catch (error) {
      if (maximum <= 1024) throw error
    }
  }
}

function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text)
  const bytes = new Uint8Array(raw.length)
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i)
  return bytes
}

/** Memory for the length of one kernel call. */
export interface Scratch {
  readonly kernels: KernelExports
  /**
   * Calls a kernel that takes rows begin..end last on all of them, in as many threads as there are. This thread does
   * `meanwhile` first, which must not use what the kernel writes.
   */
  overRows(name: RowKernel, args: readonly number[], begin: number, end: number, meanwhile?: () => void): void
  /** The address of so many bytes, aligned to 16. */
  take(bytes: number): number
  /**
   * Keeps `length` float32 values at an address, with all that was taken before them, until the `keepingInKernels` around this
   * call ends; null when there is none.
   */
  keep(address: number, length: number): KeptFloats | null
  /** The address of `values` if they were left in kernel memory, else of a copy. */
  put(values: Float32Array | Float64Array | Int32Array | Uint8Array): number
  /** Leaves so many bytes from the first address on where they are. They are to be used as `borrowing` says. */
  leave(length: number): Uint8Array
  floats(address: number, length: number): Float32Array
  doubles(address: number, length: number): Float64Array
  ints(address: number, length: number): Int32Array
  bytes(address: number, length: number): Uint8Array
}

/** The bytes that one call may use now, with what alignment costs. */
export function scratchLeft(): number {
  return addressablePages * pageBytes - (instances.shared?.start ?? scratchStart) - 4096
}

/** That of the innermost `keepingInKernels`. */
let stay: Stay | null = null

/** Lets `use` leave values in kernel memory from one call to the next, see `Scratch.keep`; gives that memory back. */
export function keepingInKernels<T>(use: () => T): T {
  return staying(null, use)
}

/** The same, and inputs of several calls (`sharedInput`) come into kernel memory once. */
export function sharingInputs<T>(use: () => T): T {
  return staying(new Map(), use)
}

function staying<T>(inputs: Stay['inputs'], use: () => T): T {
  const own: Stay = { over: false, start: instances.shared?.start ?? scratchStart, inputs, outer: stay }
  stay = own
  try {
    return use()
  } finally {
    own.over = true
    stay = own.outer
    if (instances.shared) {
      instances.shared.start = own.start
      letGoOf(instances.shared)
    }
  }
}

/** Bytes of shared inputs at most. */
const mostShared = 64 * 2 ** 20

/**
 * A copy of `data` in kernel memory for all calls in the `sharingInputs` around this one, in which `data` must not change; null when
 * there is none, or no room.
 */
export function sharedInput(data: Float32Array): KeptFloats | null {
  let holder = stay
  while (holder && !holder.inputs) holder = holder.outer
  const instance = sharedInstance()
  if (!holder?.inputs || instance.left.holds(data)) return null
  const known = holder.inputs.get(data)
  if (known) return known
  if (instance.start - holder.start + data.byteLength > mostShared) return null
  const values = withScratch('sharedInput', data.byteLength, ({ put, floats }) => {
    const address = put(data)
    instance.start = pastFloats(address, data.length)
    return floats(address, data.length)
  })
  // What ends before the holder does gives back nothing below.
  for (let inner = stay; inner && inner !== holder; inner = inner.outer) inner.start = instance.start
  const shared = new KeptFloats(values, holder)
  holder.inputs.set(data, shared)
  return shared
}

/** Where the next values may lie. */
function pastFloats(address: number, length: number): number {
  return 16 * Math.ceil((address + 4 * length) / 16)
}

/** Runs `use` with `bytes` of scratch memory; `where` is named when there is not as much. */
export function withScratch<T>(where: string, bytes: number, use: (scratch: Scratch) => T): T {
  return inMemory(sharedInstance(), where, bytes, use)
}

/** The same where what was left before goes, but for `input`, so that `Scratch.leave` can leave something. */
export function withEmptyScratch<T>(
  where: string,
  bytes: number,
  input: Uint8Array | null,
  use: (scratch: Scratch) => T,
): T {
  const instance = sharedInstance()
  if (!input || !instance.left.holds(input)) instance.left.moveOut()
  return inMemory(instance, where, bytes, use)
}

/**
 * Runs `read`, in which bytes that kernels leave in their memory can be used until others are left. Afterwards only what is held
 * (`heldElements`) is still there.
 */
export function borrowing<T>(read: () => T): T {
  try {
    return read()
  } finally {
    instances.shared?.left.endLoan()
  }
}

/** What gives elements at any later time, though they may lie in kernel memory now; `release` says that nobody asks for them again. */
export function heldElements(data: TypedArray): Pick<StoredVoxels, 'elements' | 'release'> {
  return instances.shared?.left.hold(data) ?? { elements: () => data }
}

/**
 * The same in memory of this thread alone, which takes all rows itself: for little work on many voxels, since copying them into
 * and out of shared memory takes twice as long.
 */
export function withOwnScratch<T>(where: string, bytes: number, use: (scratch: Scratch) => T): T {
  return inMemory(ownInstance(), where, bytes, use)
}

function inMemory<T>(instance: Instance, where: string, bytes: number, use: (scratch: Scratch) => T): T {
  const { exports, memory, team, left, start } = instance
  if (Math.max(start, left.end) + bytes > addressablePages * pageBytes - 4096) left.moveOut()
  const first = Math.max(start, left.end)
  reserve(where, memory, first, bytes + 4096)
  const { buffer } = memory
  let next = first
  const take = (size: number): number => {
    const address = next
    next += Math.ceil(size / 16) * 16
    return address
  }
  try {
    return use({
      kernels: exports,
      overRows: (name, args, begin, end, meanwhile) => {
        const kernels = exports as unknown as RowKernels
        if (team) return team.run(kernels, name, args, begin, end, meanwhile)
        meanwhile?.()
        call(kernels, name, args, 0, begin, end)
      },
      take,
      keep: (address, length) => {
        if (!stay || !team) return null
        instance.start = pastFloats(address, length)
        return new KeptFloats(new Float32Array(buffer, address, length), stay)
      },
      put: (values) => {
        if (left.holds(values)) return values.byteOffset
        const address = take(values.byteLength)
        new Uint8Array(buffer).set(bytesIn(values), address)
        return address
      },
      leave: (length) => left.add(new Uint8Array(buffer, first, length)),
      floats: (address, length) => new Float32Array(buffer, address, length),
      doubles: (address, length) => new Float64Array(buffer, address, length),
      ints: (address, length) => new Int32Array(buffer, address, length),
      bytes: (address, length) => new Uint8Array(buffer, address, length),
    })
  } finally {
    letGoOf(instance)
  }
}

/** Lets a memory go that has become large, unless something in it is kept. */
function letGoOf({ memory, team, start }: Instance): void {
  if (memory.buffer.byteLength <= largestBytes || start > scratchStart) return
  team?.end()
  delete instances[team ? 'shared' : 'own']
}

function reserve(where: string, memory: WebAssembly.Memory, first: number, bytes: number): void {
  const missing = Math.ceil((first + bytes - memory.buffer.byteLength) / pageBytes)
  if (missing <= 0) return
  try {
    const pages = memory.grow(missing)
    prepared(new Uint8Array(memory.buffer, pages * pageBytes))
  } catch {
    const gigabytes = (bytes / 2 ** 30).toFixed(1)
    throw new OptionError(
      where,
      `needs ${gigabytes} GB of kernel memory, more than WebAssembly (4 GB at most) or this machine gives; crop the image or work on parts of it`,
    )
  }
}
