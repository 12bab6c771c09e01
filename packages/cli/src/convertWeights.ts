import { allTensors, isTorch, OptionError, readSafetensors, readTorch, writeSafetensors, writeTorch } from 'volvox'
import { nodeFiles } from '@volvox/node'
import type { Io } from './io.ts'
import { stateDictOf, type StateDict } from './stateDict.ts'
import { totals } from './weightFacts.ts'

export interface ConvertOptions {
  readonly input: string
  readonly output: string
  readonly key: string | null
  readonly all: boolean
}

const writers: Readonly<Record<string, (tensors: StateDict['tensors'], path: string) => Uint8Array>> = {
  safetensors: (tensors) => writeSafetensors(tensors),
  pt: writeTorch,
  pth: writeTorch,
}

/** Writes the weights of one file into another. */
export function convertWeights({ input, output, key, all }: ConvertOptions, io: Io): void {
  const write = writers[output.slice(output.lastIndexOf('.') + 1).toLowerCase()]
  if (!write)
    throw new OptionError('convert', `${output} names no format of weights; end it in .safetensors, .pt or .pth`)
  if (all && key !== null) throw new OptionError('convert', 'both --all and --key are given; give one')
  const bytes = nodeFiles.read(input)
  const { tensors, from } = all ? { tensors: everyTensor(bytes, input), from: '' } : stateDictOf(bytes, input, key)
  nodeFiles.write(output, write(tensors, output))
  io.print(`${output}  ${totals(tensors)}${from && `, from ${from}`}`)
}

function everyTensor(bytes: Uint8Array, path: string): StateDict['tensors'] {
  return isTorch(bytes) ? allTensors(readTorch(bytes, path).value) : readSafetensors(bytes, path).tensors
}
