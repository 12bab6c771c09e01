import { count, int, oneOf } from 'volvox/core'
import { executorNames } from '../executors.ts'
import { precisionNames } from '../precision.ts'

/** Options that all commands which run a network have. */
export const runOptions = {
  executor: oneOf(...executorNames).opt(
    'What runs the network: oneDNN or ONNX Runtime (ort), the latter on a graphics card by ort:cuda and the like; the faster of the two that is installed unless given.',
    null,
  ),
  precision: oneOf(...precisionNames).opt(
    'What convolutions compute in: fp32, or bf16 where the processor can; as the recipe or the training had it unless given.',
    null,
  ),
  threads: count.opt('Threads of the executor; all cores unless given.', null),
}

export const seedOption = int.where((n) => n >= 0 && n < 2 ** 32, 'a whole number from 0 to 4294967295')
