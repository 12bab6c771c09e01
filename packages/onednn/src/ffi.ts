import koffi, { type LibraryHandle } from 'koffi'
import { MissingError } from 'volvox'
import type { Api, Ref } from './api.ts'
import { apiV2 } from './apiV2.ts'

// The only file, with the API tables, that touches native code and native memory.

/** What the API tables are built from: C functions by their declaration. */
export interface Native {
  /** A function of libdnnl; addresses and typed arrays both pass as pointers. */
  func(declaration: string): (...args: readonly (Ref | number | null)[]) => number
  /** A function whose last argument is where it leaves a text. */
  text(declaration: string): (...args: readonly (Ref | number)[]) => string
  /** A function that returns an address; null for none. */
  address(declaration: string): (...args: readonly (Ref | number)[]) => bigint | null
  /** Native bytes as JavaScript's own. */
  copy(address: bigint, bytes: number): Uint8Array
}

export interface Library {
  readonly api: Api
  /** Number of threads that oneDNN uses for calls from this thread. */
  setThreads(count: number): void
  /** Zeroed memory, aligned to pages; one owner, given back with `free`. */
  allocate(bytes: number): bigint
  free(address: bigint): void
}

const HOW_TO = 'install oneDNN 2 (Debian 12: apt-get install libdnnl2) or set VOLVOX_ONEDNN to the path of its library'

const onMac = process.platform === 'darwin'

const candidates = onMac
  ? ['libdnnl.2.dylib', 'libdnnl.dylib', '/opt/homebrew/lib/libdnnl.dylib', '/usr/local/lib/libdnnl.dylib']
  : ['libdnnl.so.2', 'libdnnl.so', 'libdnnl.so.3']

let loaded: Library | undefined

/** Loads oneDNN once for each thread; throws `MissingError` when there is none that this executor speaks to. */
export function loadLibrary(): Library {
  return (loaded ??= open())
}

function open(): Library {
  const libc = koffi.load(onMac ? 'libSystem.dylib' : 'libc.so.6')
  const dlopen = libc.func('void *dlopen(const char *path, int flags)')
  const explicit = process.env.VOLVOX_ONEDNN
  waitPatiently(libc)
  // Kept until the process is gone: when koffi unloads it at exit, OpenMP's threads still run in it (SIGSEGV).
  const flags = onMac ? 0x2 | 0x80 : 0x2 | 0x1000 // RTLD_NOW | RTLD_NODELETE
  const path = (explicit ? [explicit] : candidates).find((name) => dlopen(name, flags) !== null)
  if (path === undefined)
    throw new MissingError(
      'onednn',
      explicit ? `${explicit} (VOLVOX_ONEDNN) cannot be loaded; ${HOW_TO}` : `libdnnl is not there; ${HOW_TO}`,
    )
  const dnnl = koffi.load(path)
  const native: Native = {
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
  const { major, text } = versionOf(dnnl, path)
  if (major !== 2) throw new MissingError('onednn', `${path} is version ${text}, this executor takes 2.x; ${HOW_TO}`)
  return { api: apiV2(native, text), setThreads: threadSetter(), ...memory(libc) }
}

/**
 * GNU OpenMP's threads spin for milliseconds where they wait for each other. On a machine that also runs a data
 * loader they then spin while the one they wait for has no core: a step took 2.3 s instead of 1.25. Read once, when
 * the runtime is loaded; `process.env` of a worker thread would not reach it.
 */
function waitPatiently(libc: LibraryHandle): void {
  if (process.env.OMP_WAIT_POLICY !== undefined) return
  libc.func('int setenv(const char *name, const char *value, int overwrite)')('GOMP_SPINCOUNT', '3000', 0)
}

function versionOf(dnnl: LibraryHandle, path: string): { readonly major: number; readonly text: string } {
  try {
    const version: unknown = koffi.decode(dnnl.func('void *dnnl_version()')(), 'int', 3)
    const [major, minor, patch] = version as readonly number[] // struct dnnl_version_t begins with three ints
    return { major, text: `${major}.${minor}.${patch}` }
  } catch {
    throw new MissingError('onednn', `${path} has no dnnl_version, so it is not oneDNN; ${HOW_TO}`)
  }
}

/** oneDNN's packages use OpenMP; where its runtime cannot be reached, OMP_NUM_THREADS still rules. */
function threadSetter(): (count: number) => void {
  for (const name of onMac
    ? ['libomp.dylib', '/opt/homebrew/opt/libomp/lib/libomp.dylib']
    : ['libgomp.so.1', 'libomp.so.5']) {
    try {
      return koffi.load(name).func('void omp_set_num_threads(int count)')
    } catch {
      continue
    }
  }
  return (count) => {
    process.env.OMP_NUM_THREADS = String(count)
  }
}

function memory(libc: LibraryHandle): Pick<Library, 'allocate' | 'free'> {
  const align = libc.func('int posix_memalign(_Out_ void **address, size_t alignment, size_t bytes)')
  const advise = libc.func('int madvise(void *address, size_t bytes, int advice)')
  const fill = libc.func('void *memset(void *address, int value, size_t bytes)')
  const release = libc.func('void free(void *address)')
  const hugePage = 1 << 21
  return {
    allocate(bytes) {
      const size = Math.max(64, bytes)
      const out: [bigint | null] = [null]
      if (align(out, size >= hugePage ? hugePage : 64, size) !== 0 || out[0] === null)
        throw new MissingError('onednn', `no memory for ${size} bytes; use smaller batches or images`)
      if (!onMac && size >= hugePage) advise(out[0], size, 14) // MADV_HUGEPAGE: fewer TLB misses
      fill(out[0], 0, size)
      return out[0]
    },
    free: (address) => release(address),
  }
}

/** JavaScript's view of native memory, valid until it is freed. */
export function viewOf(address: bigint, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes)
}
