import { z } from 'zod'
import { roundEven } from '../core/convert.ts'
import { OptionError, ShapeError } from '../core/errors.ts'
import { bool, count, instance, int, Kind, parseOptions, text, type Given, type Option } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { isTensorLike, sameShape, type FloatTensor } from '../core/tensor.ts'
import {
  outputList,
  outputNames,
  packed,
  type Inferer,
  type OneOrMore,
  type Outputs,
  type Predictor,
} from './inferer.ts'
import { AvgMerger, type Merger } from './merger.ts'
import { checkPatch, type Patch, type Splitter } from './splitter.ts'
import type { SlidePath } from './wsiSplitter.ts'
import type { ZarrArray } from './zarr.ts'
import { ZarrAvgMerger } from './zarrMerger.ts'

const name = 'PatchInferer'

type MakeMerger = (options: never) => Merger<FloatTensor | ZarrArray>

const mergers: Readonly<Record<string, MakeMerger | undefined>> = { AvgMerger, ZarrAvgMerger }

const splitter = instance<Splitter | Splitter<SlidePath>>(
  'a splitter, such as SlidingWindowSplitter',
  (value) => typeof value === 'function' && 'splitterName' in value,
)
const mergerClass: Kind<string | MakeMerger> = new Kind('the name of a merger, or one', () =>
  z.union([z.string(), z.custom<MakeMerger>((value) => typeof value === 'function')]),
)
const change = instance<(patches: FloatTensor) => FloatTensor>(
  'a function of patches',
  (value) => typeof value === 'function',
)
const changeOutputs = instance<(outputs: Outputs) => Outputs>(
  'a function of what the network gives',
  (value) => typeof value === 'function',
)
const names: Kind<readonly string[]> = new Kind('a list of names', () => z.array(text.type).readonly())

const ownOptions = {
  splitter: splitter.opt('What cuts the image into patches; the input is already cut when null.', null),
  mergerCls: mergerClass.opt('What puts outputs together: "AvgMerger", "ZarrAvgMerger", or your own.', 'AvgMerger'),
  batchSize: count.opt('Patches per call of the network.', 1),
  preprocessing: change.opt('Changes patches before the network sees them.', null),
  postprocessing: changeOutputs.opt('Changes what the network gives.', null),
  outputKeys: names.opt('Which of several named outputs are merged; all of them unless given.', null),
  matchSpatialShape: bool.opt('Whether the padding of the last patches is cropped off the result.', true),
  bufferSize: int.opt('No effect: patches are cut when they are needed, and kept nowhere.', 0),
}
const mergerOptions = { ...AvgMerger.schema, ...ZarrAvgMerger.schema }
const schema = {
  ...ownOptions,
  ...mergerOptions,
  mergedShape: optional(mergerOptions.mergedShape),
}

/** An image, the path of a slide, or patches of an image that were cut before. */
export type PatchInput = FloatTensor | SlidePath | Iterable<Patch>

/** Runs a network on patches; with ZarrAvgMerger, what comes out is on disk. */
export interface PatchInfererComponent extends Component {
  (
    options: Given<typeof schema> & { readonly mergerCls: 'ZarrAvgMerger' | typeof ZarrAvgMerger },
  ): (inputs: PatchInput, predictor: Predictor) => Promise<OneOrMore<ZarrArray>>
  (options: Given<typeof schema>): Inferer & ((inputs: PatchInput, predictor: Predictor) => Promise<Outputs>)
  readonly schema: typeof schema
}

/** Cuts an image into patches, runs the network on them, and merges the outputs (MONAI PatchInferer). */
export const PatchInferer = Object.assign(
  (given: Given<typeof schema> = {}) => {
    const options = parseOptions(name, schema, given)
    const { preprocessing, postprocessing } = options
    const splitter = options.splitter as Splitter<unknown> | null // run asks it before it is given anything
    const kwargs = Object.fromEntries(
      Object.entries(given).filter(([key, value]) => key in mergerOptions && value !== undefined && value !== null),
    )
    const run = async (inputs: PatchInput, predictor: Predictor): Promise<OneOrMore<FloatTensor | ZarrArray>> => {
      const patches = patchesOf(inputs, splitter)
      const make = madeBy(options.mergerCls)
      let merging: Merging[] | null = null
      let keys: readonly string[] | null = null
      for (const batch of batches(patches, options.batchSize)) {
        const given = await predictor(preprocessing ? preprocessing(joined(batch)) : joined(batch))
        const outputs = postprocessing ? postprocessing(given) : given
        keys = outputNames(outputs) && (options.outputKeys ?? outputNames(outputs))
        const list = keys ? keys.map((key) => named(outputs, key)) : outputList(outputs)
        for (const output of list) checkItems(output, batch)
        merging ??= startAll(list, make, (output) => ({ ...shapesFor(output, batch, inputs), ...kwargs }), batch)
        list.forEach((output, i) => aggregate(output, batch, merging![i]))
      }
      if (!merging) throw new ShapeError(name, 'was given no patch; let the splitter keep one or more')
      return packed(
        merging.map(({ merger }) => merger.finalize()),
        keys,
      )
    }
    /** The shapes of what is merged, where a splitter knows them. */
    const shapesFor = (output: FloatTensor, batch: readonly Patch[], inputs: PatchInput) => {
      if (!splitter) return {}
      const before = [output.shape[0] / batch.length, output.shape[1]]
      const ratio = ratioOf(output, batch)
      const scaled = (size: readonly number[]) => [...before, ...size.map((n, axis) => roundEven(n * ratio[axis]))]
      const mergedShape = scaled(splitter.paddedSize(inputs))
      return { mergedShape, croppedShape: options.matchSpatialShape ? scaled(splitter.inputSize(inputs)) : mergedShape }
    }
    return Object.assign(run, { infererName: name })
  },
  { componentName: name, schema },
) as unknown as PatchInfererComponent // what comes out follows from the merger, as the overloads say

function patchesOf(inputs: PatchInput, splitter: Splitter<unknown> | null): Iterable<Patch> {
  const what = typeof inputs === 'string' ? 'a path' : isTensorLike(inputs) ? 'an image' : 'patches'
  if (splitter?.takes(inputs)) return splitter(inputs)
  if (splitter) throw new ShapeError(name, `was given ${what} and ${splitter.splitterName}; give ${splitter.cuts}`)
  if (what === 'patches') return inputs as Iterable<Patch>
  throw new ShapeError(name, `was given ${what} and no splitter; give one, or patches with their locations`)
}

interface Merging {
  readonly merger: Merger<FloatTensor | ZarrArray>
  readonly ratio: readonly number[]
}

/** One merger for each output of the network. */
function startAll(
  outputs: readonly FloatTensor[],
  make: MakeMerger,
  optionsFor: (output: FloatTensor) => object,
  batch: readonly Patch[],
): Merging[] {
  if (outputs.length > 1 && make === ZarrAvgMerger)
    throw new OptionError(
      `${name}.mergerCls`,
      `"ZarrAvgMerger" has one store for the network's ${outputs.length} outputs; pick one by outputKeys or postprocessing`,
    )
  return outputs.map((output) => ({ merger: make(optionsFor(output) as never), ratio: ratioOf(output, batch) }))
}

/** How much larger an output is than its patch. */
function ratioOf(output: FloatTensor, batch: readonly Patch[]): number[] {
  return output.shape.slice(2).map((n, axis) => n / batch[0].patch.shape[axis + 2])
}

function checkItems({ shape }: FloatTensor, batch: readonly Patch[]): void {
  if (shape[0] % batch.length === 0 && shape[0] > 0) return
  throw new ShapeError(name, `the network gave ${shape[0]} outputs for ${batch.length} patches; it must give one each`)
}

function madeBy(merger: string | MakeMerger): MakeMerger {
  const make = typeof merger === 'string' ? mergers[merger.replace(/^monai\.inferers\.(merger\.)?/, '')] : merger
  if (make) return make
  throw new OptionError(`${name}.mergerCls`, `"${String(merger)}" is unknown; use "AvgMerger" or "ZarrAvgMerger"`)
}

/** Patches in groups of `size`; those of another shape than the ones before begin a new group. */
function* batches(patches: Iterable<Patch>, size: number): Iterable<Patch[]> {
  let batch: Patch[] = []
  for (const patch of patches) {
    checkPatch(name, patch)
    if (batch.length === size || (batch.length > 0 && !sameShape(batch[0].patch.shape, patch.patch.shape))) {
      yield batch
      batch = []
    }
    batch.push(patch)
  }
  if (batch.length > 0) yield batch
}

function joined(batch: readonly Patch[]): FloatTensor {
  const [{ patch }] = batch
  const data = new Float32Array(patch.data.length * batch.length)
  batch.forEach((one, i) => data.set(one.patch.data, i * patch.data.length))
  return { dtype: 'float32', shape: [patch.shape[0] * batch.length, ...patch.shape.slice(1)], data }
}

function named(outputs: Outputs, key: string): FloatTensor {
  const known = outputs as Readonly<Record<string, FloatTensor>> // outputNames found names
  if (!(key in known))
    throw new OptionError(
      `${name}.outputKeys`,
      `"${key}" is no output of the network, which gives ${Object.keys(known).join(', ')}`,
    )
  return known[key]
}

/** Gives each patch's part of a batch's output to the merger. */
function aggregate({ shape, data }: FloatTensor, batch: readonly Patch[], { merger, ratio }: Merging): void {
  const own = [shape[0] / batch.length, ...shape.slice(1)]
  const length = data.length / batch.length
  batch.forEach(({ location }, i) =>
    merger.aggregate(
      { dtype: 'float32', shape: own, data: data.subarray(i * length, (i + 1) * length) },
      location.map((n, axis) => roundEven(n * ratio[axis])),
    ),
  )
}

function optional<T>({ kind, doc }: Option<T>): Option<T | null> {
  return kind.opt(`${doc} It follows from the splitter unless given.`, null)
}
