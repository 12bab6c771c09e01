import type { Subjects } from '../subjects.ts'
import { changed } from '../voxels.ts'
import type { Example, Examples, Options } from './example.ts'

const signal = (options: Options = {}): Example => ({ show: 'lines', options, of: ({ signal }: Subjects) => signal })

export const signalExamples: Examples = {
  SignalContinuousWavelet: {
    show: 'channels',
    options: { type: 'mexh', length: 40, frequency: 300 },
    of: ({ signal }) => signal,
    view: { sideways: true },
  },
  SignalFillEmpty: {
    ...signal({ replacement: -1 }),
    of: ({ signal }) => changed(signal, (x, i) => (i % 60 < 12 ? NaN : x)),
    note: 'On a signal with gaps.',
  },
  SignalRandAddGaussianNoise: signal({ boundaries: [0.05, 0.3] }),
  SignalRandAddSine: signal({ boundaries: [0.3, 0.6], frequencies: [0.01, 0.05] }),
  SignalRandAddSinePartial: signal({ boundaries: [0.3, 0.6], frequencies: [0.01, 0.05], fraction: [0.2, 0.4] }),
  SignalRandAddSquarePulse: signal({ boundaries: [0.3, 0.6], frequencies: [0.01, 0.05] }),
  SignalRandAddSquarePulsePartial: signal({ boundaries: [0.3, 0.6], frequencies: [0.01, 0.05], fraction: [0.2, 0.4] }),
  SignalRandDrop: signal({ boundaries: [0.2, 0.5] }),
  SignalRandScale: signal(),
  SignalRandShift: signal({ mode: 'wrap', boundaries: [-0.5, 0.5] }),
  SignalRemoveFrequency: signal({ frequency: 6, qualityFactor: 1, samplingFreq: 312 }),
}
