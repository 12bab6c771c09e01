import { fromOldGenerative, fromStateDict, inferenceProgram, OptionError, VolvoxError, type Network } from 'volvox'
import { nameOf, type Program, type TensorType, type Value } from 'volvox/graph'
import { nodeFiles } from '@volvox/node'
import { exportOnnx, opsetVersion } from '@volvox/ort'
import type { Io } from '../io.ts'
import { askedInputs, inputTypes } from '../networks/inputs.ts'
import { oldNames } from '../segmentation/transfer.ts'
import { stateDictOf } from '../stateDict.ts'
import { configuredNetwork, namedNetwork } from './networkOf.ts'
import { trainedSource, weightedSource, type Exported, type SourceOptions } from './source.ts'

export interface ExportOptions extends SourceOptions {
  /** Run folder or checkpoint; with `network` or `config`, the file to write. */
  readonly model: string | null
  readonly out: string | null
  readonly network: string | null
  readonly options: string | null
  readonly config: string | null
  readonly weights: string | null
  readonly key: string | null
  readonly precision: 'fp32' | 'fp16'
  readonly batch: number
  readonly input: readonly string[]
  readonly dynamic: boolean
}

/** Writes a network with its weights, as it predicts, to an ONNX file. */
export function startExport(options: ExportOptions, io: Io): void {
  const { source, out } = sourceOf(options, io)
  const { network, states } = source
  const types = typesOf(source, options)
  const programFor = (types: Types) =>
    inferenceProgram({
      name: network.name,
      network,
      input: underOwnNames(types),
      activation: source.activation,
      weights: source.isAveraged ? 'ema' : 'model',
      allOutputs: true,
    })
  const program = programFor(types)
  const bytes = exportOnnx(program, states, {
    precision: options.precision === 'fp16' ? 'float16' : 'float32',
    metadata: source.metadata,
    ...(options.dynamic && { likewise: anotherSize(network.name, () => programFor(enlarged(network, types))) }),
  })
  nodeFiles.write(out, bytes)
  const size = `${(bytes.length / 2 ** 20).toFixed(1)} MiB`
  const any = options.dynamic ? 'any size that the network takes, such as ' : ''
  io.print(`${out}  ${network.name}, ${options.precision}, opset ${opsetVersion}, ${size}, ${any}${shapesOf(program)}`)
}

type Types = Readonly<Record<string, TensorType>>

/** The inputs of the model: those that are named, and what the network needs beside them. */
function typesOf({ network, first }: Exported, { input, size, channels, batch }: ExportOptions): Types {
  const where = 'export --input'
  const asked = askedInputs(network, input, where)
  const { name } = network.inputs[0]
  if (asked.get(name) && (size !== null || channels !== null || batch > 1))
    throw new OptionError(where, `gives the shape of ${name}; leave out --size, --channels and --batch`)
  return inputTypes(network, asked, () => first(batch), where)
}

/** An only input is called "input", whatever its name in MONAI. */
function underOwnNames(types: Types): Types {
  const all = Object.values(types)
  return all.length === 1 ? { input: all[0] } : types
}

/** The same inputs in twice the number and, of images, of other sizes: factors differ by axis, so that axes are told apart. */
function enlarged({ inputs, inputRule }: Network, types: Types): Types {
  const first = types[inputs[0].name].shape
  const larger = first.map((n, axis) => (axis === 0 ? 2 * n : axis > 1 && inputRule ? n * axis : n))
  return Object.fromEntries(
    inputs.flatMap(({ name, shape }, i) => {
      const given = types[name]
      if (!given) return []
      const [usual, other] = i === 0 ? [first, larger] : [shape?.(first), shape?.(larger)]
      const fits = usual && other && usual.length === given.shape.length
      return [
        [name, { ...given, shape: fits ? given.shape.map((n, axis) => (n * other[axis]) / usual[axis]) : given.shape }],
      ]
    }),
  )
}

/** Shapes of what goes in and comes out, with names where several inputs do. */
function shapesOf({ inputs, outputs }: Program): string {
  const shapeOf = ({ shape }: Value) => `[${shape.join(', ')}]`
  const typed = (value: Value) => `${value.dtype === 'int32' ? 'int64 ' : ''}${shapeOf(value)}`
  const taken = inputs.map((value) => (inputs.length === 1 ? '' : `${nameOf(value)} `) + typed(value))
  return `${taken.join(', ')} to ${Object.values(outputs).map(shapeOf).join(', ')}`
}

function anotherSize(name: string, build: () => Program): Program {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
    throw new OptionError(
      'export --dynamic',
      `${name} takes no other size than the given one (${error.message}); leave it out`,
    )
  }
}

function sourceOf(options: ExportOptions, io: Pick<Io, 'note'>): { source: Exported; out: string } {
  const { model, network, config } = options
  const isNamed = network !== null || config !== null
  const out = options.out ?? (isNamed ? model : null)
  if (out === null) throw new OptionError('export --out', 'is missing; give the .onnx file to write')
  if (network !== null && config !== null)
    throw new OptionError('export', 'both --network and --config are given; give one')
  if (isNamed) return { source: namedSource(options, io), out }
  if (model === null)
    throw new OptionError('export', 'there is no model; give a run folder, or --network or --config with --weights')
  return { source: trainedSource(model, options), out }
}

function namedSource(options: ExportOptions, io: Pick<Io, 'note'>): Exported {
  const { network: name, config, weights } = options
  if (weights === null) throw new OptionError('export --weights', 'is missing; give the checkpoint of the network')
  const network = name === null ? configuredNetwork(config!) : namedNetwork(name, options.options) // one of the two is given
  const { tensors } = stateDictOf(nodeFiles.read(weights), weights, options.key)
  for (const line of oldNames(fromOldGenerative(network, tensors).report)) io.note(`${weights}:${line.slice(1)}`)
  return weightedSource(network, fromStateDict(network, tensors, weights), options)
}
