import { fromOldGenerative, fromStateDict, inferenceProgram, OptionError, VolvoxError } from 'volvox'
import type { Program } from 'volvox/graph'
import { nodeFiles } from '@volvox/node'
import { exportOnnx, opsetVersion } from '@volvox/ort'
import type { Io } from '../io.ts'
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
  readonly dynamic: boolean
}

/** Writes a network with its weights, as it predicts, to an ONNX file. */
export function startExport(options: ExportOptions, io: Io): void {
  const { source, out } = sourceOf(options, io)
  const programFor = (batch: number, size: readonly number[]) =>
    inferenceProgram({
      name: source.network.name,
      network: source.network,
      input: [batch, source.channels, ...size],
      activation: source.activation,
      weights: source.isAveraged ? 'ema' : 'model',
      allOutputs: true,
    })
  const program = programFor(options.batch, source.size)
  const bytes = exportOnnx(program, source.states, {
    precision: options.precision === 'fp16' ? 'float16' : 'float32',
    metadata: source.metadata,
    ...(options.dynamic && {
      likewise: anotherSize(source.network.name, () =>
        // Other factors along each axis, so that axes are told apart.
        programFor(
          2 * options.batch,
          source.size.map((n, axis) => n * (axis + 2)),
        ),
      ),
    }),
  })
  nodeFiles.write(out, bytes)
  const shapeOf = (shape: readonly number[]) => `[${shape.join(', ')}]`
  const results = Object.values(program.outputs).map(({ shape }) => shapeOf(shape))
  const shapes = `${shapeOf(program.inputs[0].shape)} to ${results.join(', ')}`
  io.print(
    `${out}  ${source.network.name}, ${options.precision}, opset ${opsetVersion}, ${(bytes.length / 2 ** 20).toFixed(1)} MiB, ${options.dynamic ? 'any size that the network takes, such as ' : ''}${shapes}`,
  )
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
