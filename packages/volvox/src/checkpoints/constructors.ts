import { dtypeNamed, dtypes, type DType } from '../core/dtype.ts'
import { FormatError, shown, VolvoxError } from '../core/errors.ts'
import { TorchStorage, type CopyBudget, type View, type viewed } from './storage.ts'
import { numpyNames, type NumpyContext } from './numpy.ts'
import { PyName, PyObject, isTensor, keyText, told, type TorchMap, type TorchValue } from './values.ts'
import type { Meanings } from './pickle/machine.ts'

type Args = readonly TorchValue[]

/** What may be made under a name. Absent: nothing, the name is only referred to. */
export interface Constructor {
  call?(args: Args, context: Context): TorchValue | undefined
  /** A new object without arguments (NEWOBJ). */
  make?(name: PyName): TorchValue
}

/** What constructors share while one file is read. */
interface Context extends NumpyContext {
  readonly viewed: typeof viewed
}

/** How the meanings of one file differ from those of another. */
export interface MeaningsOptions {
  /** Makes the tensor that a view shows. */
  readonly viewed: typeof viewed
  readonly budget: CopyBudget
  /** For TorchScript archives, whose classes hold attributes. */
  readonly isScript?: boolean
}

/** The storage of a persistent id `('storage', type, key, location, count, ...)`. */
export type FindStorage = (key: string, dtype: DType | null, count: number, rest: Args) => TorchStorage

/** Element types by the storage class that old files name; null for bytes of any type. */
const storageTypes: Readonly<Record<string, DType | null>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  UntypedStorage: null,
}

const emptyMap: Constructor = { call: ([items]) => new Map(pairs(items)), make: () => new Map() }
const sequence: Constructor = { call: ([items = []]) => items }
const set: Constructor = { call: ([items = []]) => new Set(Array.isArray(items) ? (items as Args) : []) }
const enumeration: Constructor = { call: ([value]) => value }
const namespace: Constructor = {
  make: (name) => new PyObject(String(name)),
  call: (args) => (args.length === 0 ? new PyObject('types.SimpleNamespace') : undefined),
}
/** As text: what paths lead to is of another machine. */
const path: Constructor = { call: (parts) => parts.map(keyText).join('/').replace(/^\/\//, '/') }
const reference: Constructor = {}

/** The names that a checkpoint may use, and what they make. What is not here cannot be read, whatever it is. */
const constructors: Readonly<Record<string, Constructor>> = {
  'collections OrderedDict': emptyMap,
  'collections Counter': emptyMap,
  'collections defaultdict': { call: () => new Map() },
  'collections deque': sequence,
  'argparse Namespace': namespace,
  'types SimpleNamespace': namespace,
  ...under(['pathlib', 'pathlib._local'], {
    PosixPath: path,
    PurePosixPath: path,
    WindowsPath: path,
    PureWindowsPath: path,
  }),
  ...under(['builtins', '__builtin__'], {
    list: sequence,
    tuple: sequence,
    set,
    frozenset: set,
    dict: emptyMap,
    int: reference,
    float: reference,
    str: reference,
    bool: reference,
    bytearray: { call: ([bytes]) => bytes ?? new Uint8Array() },
  }),
  'torch Size': sequence,
  'torch device': { call: ([type, index]) => (index == null ? type : `${told(type)}:${told(index)}`) },
  'torch.serialization _get_layout': { call: ([layout]) => layout },
  'torch Tensor': reference,
  'torch.nn.parameter Parameter': { call: ([data]) => data },
  'monai.data.meta_tensor MetaTensor': reference,
  ...under(['monai.utils.enums'], { MetaKeys: enumeration, SpaceKeys: enumeration, TraceKeys: enumeration }),
  ...under(['torch._utils'], {
    _rebuild_tensor: { call: rebuildTensor },
    _rebuild_tensor_v2: { call: rebuildTensor },
    _rebuild_tensor_v3: {
      call: ([storage, offset, shape, strides, , , dtype, metadata], context) =>
        rebuilt(storage, offset, shape, strides, dtype, metadata, context),
    },
    _rebuild_parameter: { call: ([data], context) => tensorOf(data, context) },
    _rebuild_parameter_with_state: { call: ([data], context) => tensorOf(data, context) },
  }),
  // (function, class, arguments, state): a tensor of a subclass, which is kept as a plain one
  'torch._tensor _rebuild_from_type_v2': {
    call([rebuild, , args], context) {
      if (!(rebuild instanceof PyName) || rebuild.module !== 'torch._utils' || !Array.isArray(args))
        throw refused(context.where, `rebuilds a tensor by ${told(rebuild)}`)
      return called(rebuild, args as Args, context)
    },
  },
  'torch.jit._pickle build_intlist': sequence,
  'torch.jit._pickle build_doublelist': sequence,
  'torch.jit._pickle build_boollist': sequence,
  'torch.jit._pickle build_tensorlist': sequence,
  'torch.jit._pickle restore_type_tag': sequence,
  ...numpyNames,
}

/** What the names of a pickle mean in checkpoints. */
export function checkpointMeanings(
  where: string,
  findStorage: FindStorage,
  { viewed, budget, isScript = false }: MeaningsOptions,
): Meanings {
  const context: Context = { where, budget, viewed, unfinished: new Map() }
  return {
    find: (name) => known(name, where, isScript),
    call: (name, args) => called(name, args, context),
    make(name, args) {
      const made =
        isScript && name.module.startsWith('__torch__') ? new PyObject(String(name)) : constructorOf(name)?.make?.(name)
      if (made === undefined || args.length > 0) throw refused(where, `makes an object of ${shown(String(name))}`)
      return made
    },
    build(object, state) {
      const finish = context.unfinished.get(object)
      if (finish) finish(state)
      else if (object instanceof PyObject && state instanceof Map) setAttributes(object, state)
      // The state of an OrderedDict holds versions of modules, which say nothing of weights.
      else if (!(object instanceof Map && state instanceof Map))
        throw refused(where, `gives a state to ${told(object)}`)
    },
    persistent(id) {
      const [tag, type, key, , count, ...rest] = Array.isArray(id) ? (id as Args) : []
      if (
        tag !== 'storage' ||
        !(type instanceof PyName) ||
        !isSize(count) ||
        (typeof key !== 'string' && typeof key !== 'number')
      )
        throw new FormatError(where, `refers to ${told(tag ?? id)} outside of the pickle; only storages can be there`)
      return findStorage(String(key), storageType(type, where), count, rest)
    },
  }
}

function called(name: PyName, args: Args, context: Context): TorchValue {
  const result = constructorOf(name)?.call?.(args, context)
  if (result === undefined) throw refused(context.where, `calls ${shown(String(name))}`)
  return result
}

function constructorOf({ module, name }: PyName): Constructor | undefined {
  const key = `${module} ${name}`
  return Object.hasOwn(constructors, key) ? constructors[key] : undefined
}

/** The name itself, if it is on the list; element types as text. */
function known(name: PyName, where: string, isScript: boolean): TorchValue {
  if (name.module === 'torch' && dtypes.some((dtype) => dtype === name.name)) return String(name)
  if (constructorOf(name) || storageClass(name) || (isScript && name.module.startsWith('__torch__'))) return name
  if (/^(torch\.nn|monai\.networks)\b/.test(name.module))
    throw new FormatError(
      where,
      `holds a whole module of Python (${String(name)}), not weights alone; save its state_dict() with torch.save`,
    )
  if (/^torch _rebuild|^torch\._utils _rebuild|^torch (float8|complex|qu?int)/.test(`${name.module} ${name.name}`))
    throw new FormatError(
      where,
      `has tensors of ${String(name)}; they can be dense and of ${dtypes.join(', ')}, so convert them before saving`,
    )
  throw refused(where, `refers to ${shown(String(name))}`)
}

function refused(where: string, what: string): VolvoxError {
  return new FormatError(
    where,
    `${what}, which weights do not need and which is not read, as it may be harmful; save the state_dict alone`,
  )
}

function storageClass({ module, name }: PyName): boolean {
  return ['torch', 'torch.cuda', 'torch.storage'].includes(module) && /^\w+Storage$/.test(name)
}

function storageType(type: PyName, where: string): DType | null {
  if (storageClass(type) && Object.hasOwn(storageTypes, type.name)) return storageTypes[type.name]
  throw new FormatError(
    where,
    `has tensors of ${String(type)}; they can be dense and of ${dtypes.join(', ')}, so convert them before saving`,
  )
}

function rebuildTensor([storage, offset, shape, strides, , , metadata]: Args, context: Context): TorchValue {
  return rebuilt(storage, offset, shape, strides, null, metadata ?? null, context)
}

function rebuilt(
  storage: TorchValue,
  offset: TorchValue,
  shape: TorchValue,
  strides: TorchValue,
  dtypeName: TorchValue,
  metadata: TorchValue,
  { where, budget, viewed: view }: Context,
): TorchValue {
  if (!(storage instanceof TorchStorage))
    throw new FormatError(where, `has a tensor of ${told(storage)}, which is no storage`)
  if (!isSize(offset) || !isSizes(shape) || !isSizes(strides))
    throw new FormatError(
      where,
      `has a tensor of shape ${told(shape)} and strides ${told(strides)} from element ${told(offset)}; these are whole numbers of 0 or more`,
    )
  if (metadata instanceof Map && [...(metadata as TorchMap).values()].includes(true))
    throw new FormatError(where, 'has a tensor that is kept negated or conjugated; call resolve_neg() before saving')
  const dtype = typeof dtypeName === 'string' ? dtypeNamed(dtypeName, where) : storage.dtype
  if (!dtype) throw new FormatError(where, `has a tensor ${shown(shape)} that does not say its element type`)
  const place: View = { offset, shape, strides }
  return view(storage, dtype, place, budget, where)
}

function tensorOf(value: TorchValue, { where }: Context): TorchValue {
  if (!isTensor(value)) throw new FormatError(where, `has a parameter of ${told(value)}, which is no tensor`)
  return value
}

function setAttributes(object: PyObject, state: TorchMap): void {
  for (const [key, value] of state) object.attributes.set(keyText(key), value)
}

function pairs(items: TorchValue | undefined): [TorchValue, TorchValue][] {
  if (items instanceof Map) return [...(items as TorchMap)]
  if (!Array.isArray(items)) return []
  return (items as Args).flatMap((item) =>
    Array.isArray(item) && item.length === 2 ? [[item[0], item[1]] as [TorchValue, TorchValue]] : [],
  )
}

function isSize(value: TorchValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isSizes(value: TorchValue): value is readonly number[] {
  return Array.isArray(value) && (value as Args).every(isSize)
}

function under(modules: readonly string[], table: Readonly<Record<string, Constructor>>): Record<string, Constructor> {
  return Object.fromEntries(
    modules.flatMap((module) => Object.entries(table).map(([name, constructor]) => [`${module} ${name}`, constructor])),
  )
}
