// Interpolation at given places, as numbers: what the interpreter and the executors that lack it compute `gridSample` by.
import { roundEven } from '../core/convert.ts'
import { sizeOf } from '../core/tensor.ts'
import type { GridSampleAttrs } from './ops/gridSample.ts'
import { cubicSlopes, cubicWeights } from './ops/resize.ts'

/** A typed array of numbers in row-major order. */
interface Numbers {
  [index: number]: number
  fill(value: number): unknown
}

export interface GridSampler {
  /** Writes to y `[N, C, ...out]` what x `[N, C, ...spatial]` is at the places `[N, ...out, axes]`. */
  sample(x: Numbers, places: Numbers, y: Numbers): void
  /** Writes the gradients of x and of the places, given that of y. */
  pullBack(g: Numbers, x: Numbers, places: Numbers, dx: Numbers, dPlaces: Numbers): void
}

/** Voxels that a place is made of along one axis, by mode. */
const tapsOf = { nearest: 1, linear: 2, cubic: 4 } as const

/** A sampler for inputs of these shapes; two axes count as three, of which the first has one voxel. */
export function gridSampler(x: readonly number[], grid: readonly number[], attrs: GridSampleAttrs): GridSampler {
  const [samples, channels, ...spatial] = x
  const axes = spatial.length
  const volume = sizeOf(spatial)
  const points = sizeOf(grid.slice(1, -1))
  const taps = tapsOf[attrs.mode]
  // Of the place at hand, per tap: where its voxel lies, its share, and how that changes with the coordinate.
  const lines = Array.from({ length: 3 }, (_, i) => {
    const axis = i - 3 + axes
    return axis < 0 ? absentAxis : axisTaps(spatial[axis], sizeOf(spatial.slice(axis + 1)), attrs)
  })
  const [depth, height, width] = lines
  const depths = axes === 3 ? taps : 1
  const locate = (places: Numbers, at: number): void => {
    if (axes === 3) depth.put(places[at + 2])
    height.put(places[at + 1])
    width.put(places[at])
  }
  const [atD, atH, atW] = lines.map(({ offset }) => offset)
  const [inD, inH, inW] = lines.map(({ share }) => share)
  const [byD, byH, byW] = lines.map(({ slope }) => slope)

  return {
    sample(x, places, y) {
      for (let n = 0; n < samples; n++)
        for (let p = 0; p < points; p++) {
          locate(places, (n * points + p) * axes)
          for (let channel = n * channels; channel < (n + 1) * channels; channel++) {
            let sum = 0
            for (let a = 0; a < depths; a++)
              for (let b = 0; b < taps; b++) {
                const row = channel * volume + atD[a] + atH[b]
                let along = 0
                for (let c = 0; c < taps; c++) along += inW[c] * x[row + atW[c]]
                sum += inD[a] * inH[b] * along
              }
            y[channel * points + p] = sum
          }
        }
    },
    pullBack(g, x, places, dx, dPlaces) {
      dx.fill(0)
      for (let n = 0; n < samples; n++)
        for (let p = 0; p < points; p++) {
          const at = (n * points + p) * axes
          locate(places, at)
          let [toD, toH, toW] = [0, 0, 0]
          for (let channel = n * channels; channel < (n + 1) * channels; channel++) {
            const gradient = g[channel * points + p]
            for (let a = 0; a < depths; a++)
              for (let b = 0; b < taps; b++) {
                const row = channel * volume + atD[a] + atH[b]
                const part = gradient * inD[a] * inH[b]
                let along = 0
                let change = 0
                for (let c = 0; c < taps; c++) {
                  const voxel = row + atW[c]
                  dx[voxel] += part * inW[c]
                  along += inW[c] * x[voxel]
                  change += byW[c] * x[voxel]
                }
                toD += gradient * byD[a] * inH[b] * along
                toH += gradient * inD[a] * byH[b] * along
                toW += part * change
              }
          }
          dPlaces[at] = toW
          dPlaces[at + 1] = toH
          if (axes === 3) dPlaces[at + 2] = toD
        }
    },
  }
}

/** The taps of one axis for the last coordinate that was put. */
interface AxisTaps {
  readonly offset: Int32Array
  readonly share: Float64Array
  readonly slope: Float64Array
  put(coordinate: number): void
}

const absentAxis: AxisTaps = {
  offset: Int32Array.of(0),
  share: Float64Array.of(1),
  slope: Float64Array.of(0),
  put: () => undefined,
}

/** Taps along an axis of n voxels that lie `stride` apart. */
function axisTaps(n: number, stride: number, { mode, paddingMode, alignCorners }: GridSampleAttrs): AxisTaps {
  const taps = tapsOf[mode]
  const offset = new Int32Array(taps)
  const share = new Float64Array(taps)
  const slope = new Float64Array(taps)
  const speed = (alignCorners ? n - 1 : n) / 2
  let place = 0
  let rate = 0 // how fast the place moves with the coordinate

  const reflect = () => {
    const low = alignCorners ? 0 : -0.5
    const span = alignCorners ? n - 1 : n
    const distance = Math.abs(place - low)
    const turns = span === 0 ? 0 : Math.floor(distance / span)
    const isBack = turns % 2 === 1
    if (place < low !== isBack) rate = -rate
    const rest = span === 0 ? 0 : distance - turns * span
    place = low + (isBack ? span - rest : rest)
  }
  const keepInside = () => {
    if (place <= 0 || place >= n - 1) rate = 0
    if (place < 0) place = 0
    else if (place > n - 1) place = n - 1
  }
  const pad = () => {
    if (paddingMode === 'reflection') reflect()
    if (paddingMode !== 'zeros') keepInside()
  }
  const set = (tap: number, voxel: number, part: number, change: number) => {
    const isOutside = voxel < 0 || voxel > n - 1 // false for what is no number, which then gives none
    offset[tap] = isOutside ? 0 : voxel * stride
    share[tap] = isOutside ? 0 : part
    slope[tap] = isOutside ? 0 : change
  }
  const put = {
    nearest: () => {
      pad()
      set(0, roundEven(place), 1, 0)
    },
    linear: () => {
      pad()
      const low = Math.floor(place)
      const part = place - low
      set(0, low, 1 - part, -rate)
      set(1, low + 1, part, rate)
    },
    cubic: () => {
      const low = Math.floor(place)
      const parts = cubicWeights(place - low)
      const changes = cubicSlopes(place - low)
      for (let tap = 0; tap < 4; tap++) {
        place = low + tap - 1
        pad() // each voxel that is beyond the border is another one
        set(tap, place, parts[tap], changes[tap] * speed)
      }
    },
  }[mode]
  return {
    offset,
    share,
    slope,
    put(coordinate) {
      place = alignCorners ? (coordinate + 1) * speed : (coordinate + 1) * speed - 0.5
      rate = speed
      put()
    },
  }
}
