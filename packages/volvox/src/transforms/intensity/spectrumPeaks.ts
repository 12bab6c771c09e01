import type { HalfSpectrum } from '../../kernels/index.ts'

/** Single frequencies that are changed, without those opposite to them: what is then left is the real part of the image. */
export class SpectrumPeaks {
  private readonly changed = new Map<string, readonly [re: number, im: number, place: readonly number[]]>()
  private readonly spectrum: HalfSpectrum
  private readonly shape: readonly number[]

  constructor(spectrum: HalfSpectrum, shape: readonly number[]) {
    this.spectrum = spectrum
    this.shape = shape
  }

  /** Another magnitude, and the same phase. */
  setMagnitude(place: readonly number[], magnitude: number): void {
    const [re, im] = this.at(place)
    const phase = Math.atan2(im, re)
    this.changed.set(place.join(), [magnitude * Math.cos(phase), magnitude * Math.sin(phase), place])
  }

  /** Changes the spectrum: the mean of each frequency and the conjugate of the opposite one. */
  write(): void {
    const { real, imaginary, shape } = this.spectrum
    const means = [...this.changed.values()].flatMap(([re, im, place]) => {
      const opposite = this.opposite(place)
      const [re2, im2] = this.at(opposite)
      const mean = [(re + re2) / 2, (im - im2) / 2] as const
      return [
        { place, mean },
        { place: opposite, mean: [mean[0], -mean[1]] as const },
      ]
    })
    for (const { place, mean } of means)
      if (place[1] < shape[1]) [real[indexOf(place, shape)], imaginary[indexOf(place, shape)]] = mean
  }

  private at(place: readonly number[]): readonly [re: number, im: number] {
    const { real, imaginary, shape } = this.spectrum
    const changed = this.changed.get(place.join())
    if (changed) return [changed[0], changed[1]]
    const stored = place[1] < shape[1]
    const index = indexOf(stored ? place : this.opposite(place), shape)
    return [real[index], stored ? imaginary[index] : -imaginary[index]]
  }

  private opposite([channel, ...frequency]: readonly number[]): readonly number[] {
    return [channel, ...frequency.map((k, axis) => (this.shape[axis + 1] - k) % this.shape[axis + 1])]
  }
}

function indexOf(place: readonly number[], shape: readonly number[]): number {
  return place.reduce((sum, index, axis) => sum * shape[axis] + index, 0)
}
