import koffi, { type LibraryHandle } from 'koffi'
import { MissingError } from 'volvox/core'
import type { Api } from './api.ts'
import type { Native } from './api/binding.ts'
import { createApi } from './api/library.ts'
import { findLibrary, here } from './find.ts'

// The only file, with find.ts and the API tables, that touches native code and native memory.

export interface Library {
  readonly api: Api
  /** The file it was loaded from. */
  readonly path: string
  /** Number of threads that oneDNN uses for calls from this thread. */
  setThreads(count: number): void
  /** Zeroed memory, aligned to pages; one owner, given back with `free`. */
  allocate(bytes: number): bigint
  free(address: bigint): void
}

const onMac = process.platform === 'darwin'

let loaded: Library | undefined

/** Loads oneDNN once for each thread; throws `MissingError` when there is none that this executor speaks to. */
export function loadLibrary(): Library {
  return (loaded ??= open())
}

/** Gives back what the library holds for this thread, once its sessions are disposed of. */
export function releaseLibrary(): void {
  loaded?.api.dispose()
  loaded = undefined
}

function open(): Library {
  if (!onMac && process.platform !== 'linux')
    throw new MissingError('onednn', `is used on Linux and macOS, not on ${process.platform}; use executor "ort"`)
  const system = koffi.load(null) // what the program itself is linked to
  waitPatiently(system)
  const { dnnl, path, version } = findLibrary(system, here)
  return { api: createApi(nativeOf(dnnl), version), path, setThreads: threadSetter(dnnl), ...memory(system) }
}

function nativeOf(dnnl: LibraryHandle): Native {
  return {
    func: (declaration) => dnnl.func(declaration),
    text(declaration) {
      const call = dnnl.func(declaration)
      return (...args) => {
        const out: [string | null] = [null]
        call(...args, out)
        return out[0] ?? ''
      }
    },
    address: (declaration) => dnnl.func(declaration),
    copy: (address, bytes) => new Uint8Array(koffi.view(address, bytes)).slice(),
  }
}

/**
 * OpenMP's threads spin where they wait for each other: GNU's for milliseconds, LLVM's and Intel's for 200. On a machine
 * that also runs a data loader they then spin while the one they wait for has no core: a step took 2.3 s instead of
 * 1.25. Read once, when the runtime is loaded; `process.env` of a worker thread would not reach it.
 */
function waitPatiently(system: LibraryHandle): void {
  if (process.env.OMP_WAIT_POLICY !== undefined) return
  const set = system.func('int setenv(const char *name, const char *value, int overwrite)')
  set('GOMP_SPINCOUNT', '3000', 0)
  set('KMP_BLOCKTIME', '0', 0)
}

/**
 * The OpenMP runtime that this library is linked to, whichever it is. Builds without OpenMP have none, and decide for
 * themselves.
 */
function threadSetter(dnnl: LibraryHandle): (count: number) => void {
  try {
    return dnnl.func('void omp_set_num_threads(int count)')
  } catch {
    return () => {}
  }
}

function memory(system: LibraryHandle): Pick<Library, 'allocate' | 'free'> {
  const align = system.func('int posix_memalign(_Out_ void **address, size_t alignment, size_t bytes)')
  const advise = system.func('int madvise(void *address, size_t bytes, int advice)')
  const fill = system.func('void *memset(void *address, int value, size_t bytes)')
  const release = system.func('void free(void *address)')
  const map = system.func('void *mmap(void *wish, size_t bytes, int access, int flags, int file, long offset)')
  const unmap = system.func('int munmap(void *address, size_t bytes)')
  const mapped = new Map<bigint, { readonly begin: bigint; readonly bytes: number }>()
  const refused = (bytes: number) =>
    new MissingError('onednn', `no memory for ${bytes} bytes; use smaller batches or images`)

  const small = (bytes: number): bigint => {
    const out: [bigint | null] = [null]
    if (align(out, 64, bytes) !== 0 || out[0] === null) throw refused(bytes)
    fill(out[0], 0, bytes)
    return out[0]
  }
  /** Pages that are zero without being touched: the first step does that, on all threads, and only where it needs to. */
  const large = (bytes: number): bigint => {
    const whole = bytes + HUGE_PAGE
    const begin = map(null, whole, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0) as bigint // an address, or -1 as one
    if (begin === MAP_FAILED) throw refused(bytes)
    const page = BigInt(HUGE_PAGE)
    const address = ((begin + page - 1n) / page) * page
    if (!onMac) advise(address, bytes, MADV_HUGEPAGE) // fewer TLB misses
    mapped.set(address, { begin, bytes: whole })
    return address
  }
  return {
    allocate: (bytes) => (bytes >= HUGE_PAGE ? large(bytes) : small(Math.max(64, bytes))),
    free(address) {
      const mapping = mapped.get(address)
      mapped.delete(address)
      if (mapping) unmap(mapping.begin, mapping.bytes)
      else release(address)
    },
  }
}

const HUGE_PAGE = 1 << 21
const READ_WRITE = 3
const PRIVATE_ANONYMOUS = onMac ? 0x1002 : 0x22
const MADV_HUGEPAGE = 14
const MAP_FAILED = 0xffffffffffffffffn

/** JavaScript's view of native memory, valid until it is freed. */
export function viewOf(address: bigint, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes)
}
