/** Wavelets of PyWavelets by their formulas, on [-8, 8]. */
const wavelets = {
  mexh: (t: number) => (2 / (Math.sqrt(3) * Math.PI ** 0.25)) * (1 - t * t) * Math.exp((-t * t) / 2),
  morl: (t: number) => Math.cos(5 * t) * Math.exp((-t * t) / 2),
} as const
type Wavelet = keyof typeof wavelets
const edge = 8

/** The wavelet at 2^precision points from one end to the other. */
function sampled(type: Wavelet, precision: number): { values: Float64Array; step: number } {
  const count = 2 ** precision
  const step = (2 * edge) / (count - 1)
  return { values: Float64Array.from({ length: count }, (_, i) => wavelets[type](-edge + i * step)), step }
}

/** Frequency at which the wavelet's Fourier transform is largest, on the grid that PyWavelets looks at. */
export function centralFrequency(type: Wavelet): number {
  const { values } = sampled(type, 8)
  const n = values.length
  const power = Array.from({ length: n / 2 }, (_, k) => {
    let [re, im] = [0, 0]
    values.forEach((v, i) => {
      re += v * Math.cos((2 * Math.PI * k * i) / n)
      im += v * Math.sin((2 * Math.PI * k * i) / n)
    })
    return k === 0 ? 0 : Math.hypot(re, im)
  })
  return power.indexOf(Math.max(...power)) / (2 * edge)
}

const integrals = new Map<Wavelet, { sums: Float64Array; step: number }>()

/** The integral of the wavelet up to each of 2^12 points. */
function integralOf(type: Wavelet): { sums: Float64Array; step: number } {
  const known = integrals.get(type)
  if (known) return known
  const { values, step } = sampled(type, 12)
  let sum = 0
  const found = { sums: values.map((v) => (sum += v) * step), step }
  integrals.set(type, found)
  return found
}

/** One scale of the continuous wavelet transform: the difference of convolutions with the stretched integral. */
export function waveletCoefficients(samples: Float32Array, type: Wavelet, scale: number): Float64Array {
  const { sums, step } = integralOf(type)
  const kernel: number[] = []
  const points = Math.ceil(2 * edge * scale + 1)
  for (let i = 0; i < points; i++) {
    const j = Math.floor(i / (scale * step))
    if (j < sums.length) kernel.push(sums[j])
  }
  kernel.reverse()
  const conv = new Float64Array(samples.length + kernel.length - 1)
  samples.forEach((x, i) => kernel.forEach((w, k) => (conv[i + k] += x * w)))
  const first = Math.floor((conv.length - 1 - samples.length) / 2)
  return Float64Array.from(samples, (_, i) => -Math.sqrt(scale) * (conv[first + i + 1] - conv[first + i]))
}
