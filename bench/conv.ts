import { loadLibrary, openInThread } from '@volvox/onednn/internal'
import { RandomState, sizeOf, type Tensor } from 'volvox'
import * as g from 'volvox/graph'
import { convolutions, directionsOf, flopsOfConvolution, type Convolution, type Direction } from './convolutions.ts'
import { rawConvolution } from './rawConv.ts'
import { checkPrecision, rounded, type Measured, type Settings } from './workload.ts'

const opOf: Readonly<Record<Direction, string>> = {
  forward: 'conv',
  backwardData: 'convInputGrad',
  backwardWeights: 'convWeightGrad',
}

/**
 * oneDNN's bare primitive against the same convolution in a program of ours, between norms and activations: GFLOP/s of
 * both, their ratio (1: nothing is lost), and what reorders before and after it cost.
 */
export async function convolutionRates(settings: Settings): Promise<readonly Measured[]> {
  const results: Measured[] = []
  for (const c of convolutions) {
    const rows = profiled(c, settings)
    for (const direction of directionsOf(c)) {
      const library = loadLibrary()
      library.setThreads(settings.threads)
      const raw = rawConvolution(library, c, direction, settings.precision, settings.reps)
      const own = rows.filter(({ op, scope }) => scope === c.name && op === opOf[direction])
      const perCall = (list: typeof own) => list.reduce((sum, { ms }) => sum + ms, 0) / settings.reps
      const ms = perCall(own.filter(({ isReorder }) => !isReorder))
      const rate = (time: number) => Math.round(flopsOfConvolution(c) / (time * 1e6))
      results.push({
        part: `${c.name} ${direction}`,
        times: [ms],
        gflops: rate(ms),
        raw_gflops: rate(raw.ms),
        ratio: rounded(raw.ms / ms),
        reorder_ms: rounded(perCall(own.filter(({ isReorder }) => isReorder))),
        kernel: own.find(({ isReorder }) => !isReorder)?.kernel,
        raw_kernel: raw.kernel,
      })
    }
  }
  return results
}

/** Profile of norm, activation, the convolution, norm and activation, with the gradients of all weights. */
function profiled(c: Convolution, settings: Settings): readonly g.ProfileRow[] {
  const type = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const
  const states: Record<string, Tensor> = {}
  const numbers = new RandomState(0)
  const state = (name: string, shape: readonly number[]) => {
    const data = Float32Array.from(numbers.standardNormal(sizeOf(shape)))
    states[name] = { dtype: 'float32', shape, data }
    return g.state(name, type(shape))
  }
  const block = (x: g.Value, name: string) => {
    const [gamma, beta] = ['gamma', 'beta'].map((part) => state(`${name}.${part}`, [x.shape[1]]))
    return { y: g.leakyRelu(g.instanceNorm(x, gamma, beta), 0.01), weights: [gamma, beta] }
  }
  const x = g.input('x', type(c.x))
  const before = directionsOf(c).includes('backwardData') ? block(x, 'before') : { y: x, weights: [] }
  const w = state('w', c.w)
  const y = g.scoped(c.name, () => g.conv(before.y, w, null, { strides: c.stride, pads: c.pad }))
  const after = block(y, 'after')
  const weights = [w, ...before.weights, ...after.weights]
  const loss = g.mean(g.square(after.y))
  const grads = g.gradients(loss, weights)
  const updates = new Map(weights.map((weight, i) => [g.nameOf(weight), g.sub(weight, g.mul(1e-3, grads[i]))]))
  const step = g.program('step', { loss }, updates)
  const { threads, precision, reps } = settings
  const session = openInThread([step], states, { threads, precision, profile: { skip: 1 } })
  checkPrecision(session, settings)
  const input: Tensor = { ...type(c.x), data: Float32Array.from(numbers.standardNormal(sizeOf(c.x))) }
  for (let i = 0; i <= reps; i++) session.run('step', { x: input })
  const rows = session.profile()
  session.dispose()
  return rows
}
