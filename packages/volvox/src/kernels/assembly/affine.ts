// Resampling through an affine map: output voxel o takes its value at input position m·o. Positions are float64, values
// and weights float32. A row is one run of output voxels along the last axis; along it every position moves by a
// constant step, so the part of the row whose neighbours all exist is known in advance and takes a path without checks.
import { fractions, lerp, linearFour, nearestFour, outsideFour, pairsAlongX, wholes } from './fourVoxels'
import { interiorBegin, interiorEnd, restrict, startRow } from './interior'
import { cubic, linear, nearestOne } from './oneVoxel'
import { padded, tapBytes } from './outside'
import { position, positions, startLine, axisBytes } from './positions'
import { CUBIC, LINEAR, rowStep, sliceStep, startSource } from './sampling'

// Positions differ by rounding errors from the matrix product that says which part of a row is inside.
const margin: f64 = 1e-6

/**
 * `source` is where the first voxel of [channels, d0, d1, d2] lies, whose rows, slices and channels are `row`, `slice` and
 * `channel` elements apart; `target` holds `rows` rows of [channels, o0, o1, o2] from row `top` on, of which begin..end are written; `matrix` is 3 rows of 4,
 * `norms` the same map between normalised coordinates, `bases` the normalised coordinates along o0, o1 and o2 (see
 * positions.ts), `taps` 216 bytes of scratch.
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
    const first = interiorBegin
    let last = interiorEnd
    last = first + ((last - first) & ~3)
    if (mode == LINEAR) {
      if (flatRow) linearRowFlat(source, out, channels, sourceStep, targetStep, line, bases2, first, last)
      else linearRow(source, out, channels, sourceStep, targetStep, line, bases2, first, last)
    } else nearestRow(source, out, channels, sourceStep, targetStep, line, bases2, first, last)
    for (let o = 0; o < o2;) {
      if (o == first && last > first) {
        o = last
        continue
      }
      const four = min(o + 4, o < first && last > first ? first : o2)
      if (four == o + 4) {
        const from = bases2 + (<usize>o << 3)
        const low = v128.load(from), high = v128.load(from, 16)
        if (
          outsideFour(
            source, out + (<usize>o << 2), channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners,
            positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
          )
        ) {
          o = four
          continue
        }
      }
      for (; o < four; o++) {
        const to = out + (<usize>o << 2)
        const base = load<f64>(bases2 + (<usize>o << 3))
        const pz = padded(position(alongZ, base), d0, padding, alignCorners)
        const py = padded(position(alongY, base), d1, padding, alignCorners)
        const px = padded(position(alongX, base), d2, padding, alignCorners)
        if (mode == LINEAR) linear(source, to, channels, sourceStep, targetStep, d0, d1, d2, pz, py, px)
        else nearestOne(source, to, channels, sourceStep, targetStep, d0, d1, d2, pz, py, px)
      }
    }
  }
}

function linearRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize,
  line: usize, bases: usize, first: i32, last: i32,
): void {
  const row = rowStep, slice = sliceStep
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  for (let o = first; o < last; o += 4) {
    const from = bases + (<usize>o << 3)
    const low = v128.load(from), high = v128.load(from, 16)
    linearFour(
      source, out + (<usize>o << 2), channels, sourceStep, targetStep, row, slice,
      positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
    )
  }
}

function linearRowFlat(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize,
  line: usize, bases: usize, first: i32, last: i32,
): void {
  const row = i32x4.splat(rowStep)
  const rowBytes = <usize>rowStep << 2
  const alongY = line + axisBytes, alongX = line + 2 * axisBytes
  for (let o = first; o < last; o += 4) {
    const from = bases + (<usize>o << 3)
    const low = v128.load(from), high = v128.load(from, 16)
    const yl = positions(alongY, low), yh = positions(alongY, high)
    const xl = positions(alongX, low), xh = positions(alongX, high)
    const fyl = f64x2.floor(yl), fyh = f64x2.floor(yh)
    const fxl = f64x2.floor(xl), fxh = f64x2.floor(xh)
    const ty = fractions(f64x2.sub(yl, fyl), f64x2.sub(yh, fyh))
    const tx = fractions(f64x2.sub(xl, fxl), f64x2.sub(xh, fxh))
    const places = i32x4.add(i32x4.mul(wholes(fyl, fyh), row), wholes(fxl, fxh))
    let p0 = source + (<usize>i32x4.extract_lane(places, 0) << 2)
    let p1 = source + (<usize>i32x4.extract_lane(places, 1) << 2)
    let p2 = source + (<usize>i32x4.extract_lane(places, 2) << 2)
    let p3 = source + (<usize>i32x4.extract_lane(places, 3) << 2)
    let to = out + (<usize>o << 2)
    for (let c = 0; c < channels; c++) {
      v128.store(to, lerp(pairsAlongX(p0, p1, p2, p3, tx), pairsAlongX(p0 + rowBytes, p1 + rowBytes, p2 + rowBytes, p3 + rowBytes, tx), ty))
      p0 += sourceStep
      p1 += sourceStep
      p2 += sourceStep
      p3 += sourceStep
      to += targetStep
    }
  }
}

function nearestRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize,
  line: usize, bases: usize, first: i32, last: i32,
): void {
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  const row = rowStep, slice = sliceStep
  for (let o = first; o < last; o += 4) {
    const from = bases + (<usize>o << 3)
    const low = v128.load(from), high = v128.load(from, 16)
    nearestFour(
      source, out + (<usize>o << 2), channels, sourceStep, targetStep, row, slice,
      positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
    )
  }
}
