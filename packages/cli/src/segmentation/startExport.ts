import { inferenceProgram, registry, type Network } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { exportOnnx } from '@volvox/ort'
import type { Io } from '../io.ts'
import { readModel } from './runConfig.ts'

export interface ExportOptions {
  readonly model: string
  readonly out: string
  readonly checkpoint: 'last' | 'best'
  readonly precision: 'fp32' | 'fp16'
  readonly size: readonly number[] | null
  readonly batch: number
}

/** Writes the network of a checkpoint, as it predicts, to an ONNX file. */
export async function startExport(options: ExportOptions, io: Io): Promise<void> {
  const { checkpoint, config } = readModel(options.model, options.checkpoint)
  const { plan } = config
  const network = registry().create(plan.network, 'plan.network') as Network // the registry has only networks under networks' names
  const shape = [options.batch, Number(plan.network.in_channels), ...(options.size ?? plan.inference.roiSize)]
  const program = inferenceProgram({
    name: network.name,
    network,
    input: shape,
    activation: 'softmax',
    // The running average is what was evaluated.
    weights: Object.keys(checkpoint.tensors).some((name) => name.startsWith('ema.')) ? 'ema' : 'model',
  })
  const bytes = exportOnnx(program, checkpoint.tensors, {
    precision: options.precision === 'fp16' ? 'float16' : 'float32',
    metadata: { 'volvox.plan': JSON.stringify(plan), classes: plan.classes.join(',') },
  })
  nodeFiles.write(options.out, bytes)
  const output = program.outputs.output.shape
  io.print(
    `${options.out}  ${network.name}, ${options.precision}, ${(bytes.length / 2 ** 20).toFixed(1)} MiB, [${shape.join(', ')}] to [${output.join(', ')}]`,
  )
}
