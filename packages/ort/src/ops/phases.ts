/** One axis of a convolution. */
export interface ConvAxis {
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Voxels of padding before the first. */
  readonly pad: number
}

/** How the input voxels with one remainder by the stride depend on the output: a convolution over every `step`-th tap, backwards. */
export interface Phase {
  readonly taps: number
  /** The tap that meets the earliest output voxel: the largest. */
  readonly first: number
  readonly step: number
  readonly dilation: number
  /** Padding before the output's first voxel; negative where its first voxels are not used. */
  readonly pad: number
}

/**
 * Output voxel o takes input voxel i by tap t when i = stride·o + dilation·t - pad. For i = stride·u + c this is
 * o = u + (c + pad - dilation·t) / stride, so that phase c has the taps for which the fraction is whole.
 */
export function phasesOf({ kernel, stride, dilation, pad }: ConvAxis): Phase[] {
  const common = greatestDivisor(stride, dilation)
  return Array.from({ length: stride }, (_, c) => {
    const taps = Array.from({ length: kernel }, (_, t) => kernel - 1 - t).filter(
      (t) => (c + pad - dilation * t) % stride === 0,
    )
    const first = taps[0] ?? 0
    return {
      taps: taps.length,
      first,
      step: stride / common,
      dilation: dilation / common,
      pad: -(c + pad - dilation * first) / stride,
    }
  })
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
