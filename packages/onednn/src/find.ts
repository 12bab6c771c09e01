import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import koffi, { type LibraryHandle } from 'koffi'
import { MissingError } from 'volvox/core'
import type { Version } from './api/binding.ts'

/** oneDNN as a file that is loaded. */
export interface Found {
  readonly dnnl: LibraryHandle
  readonly path: string
  readonly version: Version
}

/** What decides where oneDNN is looked for. */
export interface Place {
  readonly platform: string
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Names of the files in a folder; none where there is no folder. */
  readonly list: (folder: string) => readonly string[]
}

/** This machine. */
export const here: Place = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  list(folder) {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

/**
 * The files that may be oneDNN, best first. The newest version comes first: it has generated kernels for more
 * processors and more operations. Of equal ones that of an active environment does: someone chose it.
 */
export function candidates({ platform, arch, env, list }: Place): readonly string[] {
  const onMac = platform === 'darwin'
  const active = [env.CONDA_PREFIX, env.VIRTUAL_ENV].flatMap((prefix) => (prefix ? [join(prefix, 'lib')] : []))
  const searched = env[onMac ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']?.split(':').filter(Boolean) ?? []
  const usual = onMac
    ? ['/opt/homebrew/lib', '/usr/local/lib', '/opt/local/lib'] // Homebrew on Apple silicon, on Intel; MacPorts
    : ['/usr/local/lib', `/usr/lib/${arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, '/usr/lib64', '/usr/lib']
  const pattern = onMac ? /^libdnnl((?:\.\d+)*)\.dylib$/ : /^libdnnl\.so((?:\.\d+)*)$/
  return [...active, ...searched, ...usual]
    .flatMap((folder) =>
      list(folder).flatMap((name) => {
        const match = pattern.exec(name)
        return match ? [{ path: join(folder, name), version: match[1].split('.').slice(1).map(Number) }] : []
      }),
    )
    .sort((a, b) => newerFirst(a.version, b.version))
    .map(({ path }) => path)
}

function newerFirst(a: readonly number[], b: readonly number[]): number {
  const [major, minor] = [0, 1].map((i) => (b[i] ?? -1) - (a[i] ?? -1))
  return major || minor
}

/** Names that the system's loader may know from its own folders. */
const loaderNames = (platform: string) =>
  platform === 'darwin'
    ? ['libdnnl.3.dylib', 'libdnnl.2.dylib', 'libdnnl.dylib']
    : ['libdnnl.so.3', 'libdnnl.so.2', 'libdnnl.so']

/** How oneDNN is installed there, as part of a sentence. */
export function howToInstall({ platform }: Pick<Place, 'platform'>): string {
  const command =
    platform === 'darwin'
      ? 'brew install onednn'
      : 'apt-get install libdnnl3.6 on Debian 13, libdnnl3 on Ubuntu 24.04, libdnnl2 before them'
  return `install oneDNN (${command}) or set VOLVOX_ONEDNN to the path of its library`
}

/** The library that VOLVOX_ONEDNN names, or the best that can be used. `system` has the loader's functions. */
export function findLibrary(system: LibraryHandle, place: Place): Found {
  const open = opener(system, place.platform === 'darwin')
  const explicit = place.env.VOLVOX_ONEDNN
  const problems: string[] = []
  for (const path of explicit ? [explicit] : candidates(place)) {
    const found = open(path)
    if (typeof found !== 'string') return found
    problems.push(`${path}${explicit ? ' (VOLVOX_ONEDNN)' : ''} ${found}`)
  }
  for (const name of explicit ? [] : loaderNames(place.platform)) {
    const found = open(name)
    if (typeof found !== 'string') return found
  }
  throw new MissingError('onednn', `${problems[0] ?? 'libdnnl is not there'}; ${howToInstall(place)}`)
}

/** Opens a file; else says what is the matter with it. */
function opener(system: LibraryHandle, onMac: boolean): (path: string) => Found | string {
  const dlopen = system.func('void *dlopen(const char *path, int flags)')
  const dlerror = system.func('const char *dlerror()')
  const dlsym = system.func('void *dlsym(void *library, const char *name)')
  const dladdr = system.func('int dladdr(void *address, void *info)')
  // Kept until the process is gone: when koffi unloads it at exit, OpenMP's threads still run in it (SIGSEGV).
  const flags = onMac ? 0x2 | 0x80 : 0x2 | 0x1000 // RTLD_NOW | RTLD_NODELETE
  return (name) => {
    const handle: unknown = dlopen(name, flags)
    if (handle === null) return `cannot be loaded (${dlerror()})`
    const address: unknown = dlsym(handle, 'dnnl_version')
    if (address === null) return 'has no dnnl_version, so it is not oneDNN'
    const dnnl = koffi.load(name)
    // dnnl_version_t: three numbers, a pointer to a hash, and what it computes on
    const [major, minor, patch, , , , runtime] = koffi.decode(dnnl.func('void *dnnl_version()')(), 'int', 7) as number[]
    // 2.3 is the first that takes scale and shift of a norm apart.
    if ((major !== 2 && major !== 3) || (major === 2 && minor < 3))
      return `is oneDNN ${major}.${minor}.${patch}; only 2.3 to 3.x can be used`
    if (!usableRuntimes.includes(runtime)) return 'is oneDNN built for SYCL; only builds for OpenMP, TBB or one thread can be used' // prettier-ignore
    const info = new BigInt64Array(4) // Dl_info: it begins with the name of the file
    const path = dladdr(address, info) === 0 ? name : String(koffi.decode(info, 'const char *'))
    return { dnnl, path, version: { major, minor, patch } }
  }
}

const usableRuntimes = [1, 2, 4, 8] // one thread, OpenMP, TBB, a pool of the caller's
