import { openModel, RandomState, sizeOf, SlidingWindowInferer, type FloatTensor, type Predictor } from 'volvox'
import { networks } from './networks.ts'
import { checkPrecision, executorFor, sessionOptions, showProfile, timed, type Workload } from './workload.ts'

const volume = [160, 160, 96]

/** A sliding window over a volume with a network that is opened once: windows, network and blending are timed. */
export const slidingWindow =
  (kind: string): Workload =>
  async (settings) => {
    const { build, window } = networks[kind]
    const model = await openModel({
      executor: await executorFor(settings),
      network: build(),
      inferenceShape: [1, 1, ...window],
      ...sessionOptions(settings),
    })
    checkPrecision(model.session, settings)
    const inferer = SlidingWindowInferer({ roiSize: window, swBatchSize: 1, overlap: 0.25, mode: 'gaussian' })
    const shape = [1, 1, ...volume]
    const noise = Float32Array.from(new RandomState(0).standardNormal(sizeOf(shape)))
    const image: FloatTensor = { dtype: 'float32', shape, data: noise }
    let windows = 0
    const predictor: Predictor = (batch) => {
      windows++
      return model.windowPredictor(batch)
    }
    const times = await timed(`infer-${kind}`, settings.reps, async () => inferer(image, predictor))
    if (settings.profile) await showProfile(model.session, windows - 1)
    await model.dispose()
    return { times, vol: volume, roi: window }
  }
