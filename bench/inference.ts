import { openModel, RandomState, sizeOf, SlidingWindowInferer, type FloatTensor } from 'volvox'
import { networks } from './networks.ts'
import { checkPrecision, executorFor, timed, type Workload } from './workload.ts'

const volume = [160, 160, 96]

/** A sliding window over a volume with a network that is opened once: windows, network and blending are timed. */
export const slidingWindow =
  (kind: string): Workload =>
  async (settings) => {
    const { build, window } = networks[kind]
    const { threads, precision, reps } = settings
    const model = await openModel({
      executor: await executorFor(settings),
      network: build(),
      inferenceShape: [1, 1, ...window],
      threads,
      precision,
    })
    checkPrecision(model.session, settings)
    const inferer = SlidingWindowInferer({ roiSize: window, swBatchSize: 1, overlap: 0.25, mode: 'gaussian' })
    const shape = [1, 1, ...volume]
    const noise = Float32Array.from(new RandomState(0).standardNormal(sizeOf(shape)))
    const image: FloatTensor = { dtype: 'float32', shape, data: noise }
    const times = await timed(`infer-${kind}`, reps, async () => inferer(image, model.predictor))
    await model.dispose()
    return { times, vol: volume, roi: window }
  }
