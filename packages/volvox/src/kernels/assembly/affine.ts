// Resampling through an affine map: output voxel o takes its value at input position m·o. Positions are float64, values
// and weights float32. A row is one run of output voxels along the last axis; along it every position moves by a
// constant step, so the part of the row whose neighbours all exist is known in advance and takes a path without checks.
import { farOutside } from './fourVoxels'
import { interiorBegin, interiorEnd, restrict, startRow } from './interior'
import { cubic } from './oneVoxel'
import { tapBytes } from './outside'
import { position, positions, startLine, axisBytes } from './positions'
import { anyVoxel, innerRow, outerRow } from './rows'
import { CUBIC, LINEAR, startSource, ZEROS } from './sampling'

// Positions differ by rounding errors from the matrix product that says which part of a row is inside.
const margin: f64 = 1e-6

/**
 * `source` is where the first voxel of [channels, d0, d1, d2] lies, whose rows, slices and channels are `row`, `slice` and
 * `channel` elements apart; `target` holds `rows` rows of [channels, o0, o1, o2] from row `top` on, of which begin..end are written; `matrix` is 3 rows of 4,
 * `norms` the same map between normalised coordinates, `bases` the normalised coordinates along o0, o1 and o2 (see
 * positions.ts), `taps` 8 KiB of scratch.
 * Images of two axes have d0 = o0 = 1 and a first matrix row of zeros.
 */
export function sampleAffine(
  source: usize, row: i32, slice: i32, channel: i32, target: usize, channels: i32, d0: i32, d1: i32, d2: i32, o0: i32, o1: i32, o2: i32,
  matrix: usize, norms: usize, bases: usize, taps: usize, mode: i32, padding: i32, alignCorners: i32,
  top: i32, rows: i32, begin: i32, end: i32,
): void {
  startSource(row, slice)
  const sourceStep = <usize>channel << 2
  const targetStep = (<usize>rows * <usize>o2) << 2
  const sz = load<f64>(matrix, 16), sy = load<f64>(matrix, 48), sx = load<f64>(matrix, 80)
  const flat = d0 == 1 && sz == 0.0
  const line = taps + 3 * tapBytes
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  const notes = (line + 3 * axisBytes + 15) & ~15
  const bases1 = bases + (<usize>o0 << 3)
  const bases2 = bases1 + (<usize>o1 << 3)
  for (let at = begin; at < end; at++) {
    const a = <f64>(at / o1), b = <f64>(at % o1)
    const z = load<f64>(matrix, 0) * a + load<f64>(matrix, 8) * b + load<f64>(matrix, 24)
    const y = load<f64>(matrix, 32) * a + load<f64>(matrix, 40) * b + load<f64>(matrix, 56)
    const x = load<f64>(matrix, 64) * a + load<f64>(matrix, 72) * b + load<f64>(matrix, 88)
    startLine(line, norms, load<f64>(bases + (<usize>(at / o1) << 3)), load<f64>(bases1 + (<usize>(at % o1) << 3)), d0, d1, d2)
    const out = target + ((<usize>(at - top) * <usize>o2) << 2)
    if (mode == CUBIC) {
      for (let o = 0; o < o2; o++) {
        const base = load<f64>(bases2 + (<usize>o << 3))
        cubic(source, out + (<usize>o << 2), channels, sourceStep, targetStep, d0, d1, d2, position(alongZ, base), position(alongY, base), position(alongX, base), padding, alignCorners, taps)
      }
      continue
    }
    const below: f64 = mode == LINEAR ? margin : margin - 0.5
    const above: f64 = mode == LINEAR ? -1.0 - margin : -0.5 - margin
    const flatRow = flat && z == 0.0
    startRow(o2)
    if (!flatRow) restrict(z, sz, below, <f64>d0 + above)
    restrict(y, sy, below, <f64>d1 + above)
    restrict(x, sx, below, <f64>d2 + above)
    const first = interiorBegin, last = first + ((interiorEnd - first) & ~3)
    innerRow(source, out, channels, sourceStep, targetStep, mode, flatRow, line, bases2, first, last, notes)
    if (padding != ZEROS) {
      outerRow(source, out, channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners, line, bases2, 0, first, o2, notes)
      outerRow(source, out, channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners, line, bases2, last, o2, o2, notes)
    } else {
      zerosRow(source, out, channels, sourceStep, targetStep, d0, d1, d2, mode, line, bases2, 0, first)
      zerosRow(source, out, channels, sourceStep, targetStep, d0, d1, d2, mode, line, bases2, last, o2)
    }
  }
}

/** Voxels first..last of a row of which some lie outside, where zeros are. */
function zerosRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32,
  mode: i32, line: usize, bases: usize, first: i32, last: i32,
): void {
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  for (let o = first; o < last; ) {
    const from = bases + (<usize>o << 3)
    if (o + 4 <= last) {
      const low = v128.load(from), high = v128.load(from, 16)
      if (
        farOutside(
          d0, d1, d2,
          positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
        )
      ) {
        for (let c = 0; c < channels; c++) v128.store(out + (<usize>o << 2) + <usize>c * targetStep, f32x4.splat(0))
        o += 4
        continue
      }
    }
    for (const next = min(o + 4, last); o < next; o++)
      anyVoxel(source, out + (<usize>o << 2), channels, sourceStep, targetStep, d0, d1, d2, mode, ZEROS, 0, line, load<f64>(bases + (<usize>o << 3)))
  }
}
