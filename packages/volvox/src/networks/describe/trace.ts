import { VolvoxError } from '../../core/errors.ts'
import { gradients } from '../../graph/autodiff.ts'
import { input, program, type Program, type Value } from '../../graph/ir.ts'
import { add, sum } from '../../graph/math.ts'
import type { NetworkInput } from '../inputs.ts'
import { outputsOf, type Network } from '../network.ts'
import { forwardPass, type Pass } from '../pass.ts'

/** A network's graph for inputs of some shapes. */
export interface Trace {
  readonly network: Network
  readonly pass: Pass
  readonly program: Program
  readonly outputs: readonly Value[]
}

/** Builds the graph that predicts, or in `training` the one that a training step differentiates. */
export function traceNetwork(network: Network, inputs: readonly (readonly number[])[], training = false): Trace {
  const pass = forwardPass({ training })
  const values = inputs.map((shape, i) => {
    const { name = `input.${i}`, dtype = 'float32' }: Partial<NetworkInput> = network.inputs[i] ?? {}
    return input(name, { dtype, shape })
  })
  const outputs = outputsOf(network.forward(pass, ...values))
  const named = Object.fromEntries(outputs.map((value, i) => [`output.${i}`, value]))
  return { network, pass, outputs, program: program(network.name, named) }
}

/** The graph of all gradients of the trained weights, given a trace in training mode. */
export function backward({ network, pass, outputs }: Trace): Program {
  const trained = network.weights.flatMap(({ name, trainable }) => pass.states.get(trainable ? name : '') ?? [])
  const total = outputs.map((value) => sum(value)).reduce((a, b) => add(a, b))
  const found = gradients(total, trained)
  return program(network.name, Object.fromEntries(found.map((value, i) => [`gradient.${i}`, value])))
}

const tried = [1, 2, 4, 8, 16, 32, 64, 128]

/**
 * By what the spatial sizes of the first input must be divisible, found by building the graph for larger inputs; null
 * where no other size fits.
 */
export function divisorOf(network: Network, inputs: readonly (readonly number[])[]): number | null {
  const [[items, channels, ...spatial], ...rest] = inputs
  const fits = (step: number): boolean => {
    try {
      traceNetwork(network, [[items, channels, ...spatial.map((n) => n + step)], ...rest])
      return true
    } catch (error) {
      if (error instanceof VolvoxError) return false
      throw error
    }
  }
  return tried.find(fits) ?? null
}
