import { sizeOf } from 'volvox/core'
import type { MaxPoolAttrs } from 'volvox/graph'
import type { HostArray } from '../forms.ts'
import type { Lower } from './lowering.ts'

/** For second derivatives only, so in JavaScript: the library tells the places of maxima to its own backward pass alone. */
export const maxPoolPick: Lower<'maxPoolPick'> = (plan, { inputs: [v, x], output, attrs }) => {
  const to = plan.output(output, plan.plainLayout(output))
  const window = threeAxes(attrs, x.shape.slice(2), output.shape.slice(2))
  const images = sizeOf(x.shape.slice(0, 2))
  plan.host(
    [plan.plain(v), plan.plain(x), to],
    ([from, by, y]) =>
      () =>
        pick(from, by, y, images, window),
  )
}

interface Axis {
  readonly length: number
  readonly count: number
  readonly kernel: number
  readonly stride: number
  readonly begin: number
  readonly dilation: number
}

/** The window along depth, height and width; missing axes of size 1. */
function threeAxes(attrs: MaxPoolAttrs, x: readonly number[], y: readonly number[]): readonly Axis[] {
  const axes = x.map((length, i) => ({
    length,
    count: y[i],
    kernel: attrs.kernel[i],
    stride: attrs.strides[i],
    begin: attrs.pads[i],
    dilation: attrs.dilations[i],
  }))
  const missing = () => ({ length: 1, count: 1, kernel: 1, stride: 1, begin: 0, dilation: 1 })
  return [...Array.from({ length: 3 - axes.length }, missing), ...axes]
}

function pick(v: HostArray, x: HostArray, y: HostArray, images: number, [depth, height, width]: readonly Axis[]): void {
  let at = 0
  for (let image = 0; image < images; image++)
    for (let d = 0; d < depth.count; d++)
      for (let h = 0; h < height.count; h++)
        for (let w = 0; w < width.count; w++) {
          let best = -Infinity
          let winner = 0
          for (const a of places(depth, d))
            for (const b of places(height, h))
              for (const c of places(width, w)) {
                const place = ((image * depth.length + a) * height.length + b) * width.length + c
                if (x[place] > best) [best, winner] = [x[place], place]
              }
          y[at++] = v[winner]
        }
}

/** Elements under the window at a place along one axis. */
function places({ length, kernel, stride, begin, dilation }: Axis, at: number): number[] {
  return Array.from({ length: kernel }, (_, k) => at * stride - begin + k * dilation).filter(
    (i) => i >= 0 && i < length,
  )
}
