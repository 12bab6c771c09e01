// Fourier transforms of lines, several side by side in the vectors of the processor. Complex numbers lie in two arrays; lines in
// work memory as [n, side], real parts first, where a row of `side` numbers has 64 bytes.

const rowBytes = 64
const pageBytes = 65536

/**
 * What is known of a length, made by JavaScript: int32 of
 *   n, number of stages, length, chirp, spectrum, then for each stage: factor, roots
 * where `length` is n, or for Bluestein's method the power of two that it uses; the others are addresses of complex numbers, first
 * all real parts, then all imaginary ones.
 */
const planStages: usize = 20

/**
 * Transforms lines of [.., n, inner] in place, the inverse by exchanging the parts; results are multiplied by `scale`. Blocks of
 * lines begin..end: as many as fit side by side of each outer part, or for inner 1 of all lines. `own` is the thread's page.
 */
export function fourierLines(
  bytes: i32, real: usize, imaginary: usize, inner: i32, lines: i32, plan: usize, work: usize, own: usize, scale: f64, begin: i32, end: i32,
): void {
  if (bytes == 4) alongLines<f32>(real, imaginary, inner, lines, plan, work, own, <f32>scale, begin, end)
  else alongLines<f64>(real, imaginary, inner, lines, plan, work, own, scale, begin, end)
}

/**
 * Real lines of [n, inner] to half of their spectrum, [n/2 + 1, inner], or back, multiplied by `scale`. Two lines, of columns c and
 * c + half, are one complex line: their transforms are the parts of its transform that are symmetric and antisymmetric.
 */
export function realLines(
  bytes: i32, data: usize, real: usize, imaginary: usize, inner: i32, plan: usize, work: usize, own: usize, back: i32, scale: f64,
  begin: i32, end: i32,
): void {
  if (bytes == 4) pairs<f32>(data, real, imaginary, inner, plan, work, own, back, <f32>scale, begin, end)
  else pairs<f64>(data, real, imaginary, inner, plan, work, own, back, scale, begin, end)
}

/** Bytes of one of the two buffers that each thread has: complex lines, or four halves of spectra. */
// @ts-ignore: decorator
@inline
function bufferBytes(length: i32): usize {
  return <usize>((2 * length + 4) * rowBytes)
}

/** The buffers of the thread whose own page is given. */
// @ts-ignore: decorator
@inline
function ownBuffers(work: usize, own: usize, length: i32): usize {
  return work + (own / pageBytes - 1) * 2 * bufferBytes(length)
}

function alongLines<T>(
  real: usize, imaginary: usize, inner: i32, lines: i32, plan: usize, work: usize, own: usize, scale: T, begin: i32, end: i32,
): void {
  const n = load<i32>(plan), length = load<i32>(plan, 8)
  const side = rowBytes / <i32>sizeof<T>()
  const lineBytes = <usize>(length * rowBytes)
  const a = ownBuffers(work, own, length), b = a + bufferBytes(length)
  const blocks = (inner == 1 ? lines : inner) + side - 1
  const perPart = blocks / side
  for (let block = begin; block < end; block++) {
    const part = inner == 1 ? 0 : block / perPart
    const line = (inner == 1 ? block : block % perPart) * side
    const count = min(side, (inner == 1 ? lines : inner) - line)
    const offset = <usize>(inner == 1 ? line * n : part * n * inner + line) * sizeof<T>()
    if (inner == 1) {
      takeRows<T>(real + offset, a, n, count)
      takeRows<T>(imaginary + offset, a + lineBytes, n, count)
    } else {
      takeColumns<T>(real + offset, a, n, inner, count)
      takeColumns<T>(imaginary + offset, a + lineBytes, n, inner, count)
    }
    const done = transform<T>(a, b, plan)
    if (inner == 1) {
      giveRows<T>(done, real + offset, n, count, scale)
      giveRows<T>(done + lineBytes, imaginary + offset, n, count, scale)
    } else {
      giveColumns<T>(done, real + offset, n, inner, count, scale)
      giveColumns<T>(done + lineBytes, imaginary + offset, n, inner, count, scale)
    }
  }
}

/** n rows of `count` columns, `inner` apart. */
function takeColumns<T>(source: usize, to: usize, n: i32, inner: i32, count: i32): void {
  const apart = <usize>inner * sizeof<T>(), stop = to + <usize>(n * rowBytes)
  if (<usize>count * sizeof<T>() == rowBytes)
    for (; to < stop; to += rowBytes, source += apart) {
      v128.store(to, v128.load(source))
      v128.store(to, v128.load(source, 16), 16)
      v128.store(to, v128.load(source, 32), 32)
      v128.store(to, v128.load(source, 48), 48)
    }
  else
    for (; to < stop; to += rowBytes, source += apart) {
      memory.fill(to, 0, rowBytes)
      for (let w = 0; w < count; w++) store<T>(to + <usize>w * sizeof<T>(), load<T>(source + <usize>w * sizeof<T>()))
    }
}

function giveColumns<T>(from: usize, target: usize, n: i32, inner: i32, count: i32, scale: T): void {
  const apart = <usize>inner * sizeof<T>(), stop = from + <usize>(n * rowBytes)
  const factor = v128.splat<T>(scale)
  if (<usize>count * sizeof<T>() == rowBytes)
    for (; from < stop; from += rowBytes, target += apart) {
      v128.store(target, v128.mul<T>(v128.load(from), factor))
      v128.store(target, v128.mul<T>(v128.load(from, 16), factor), 16)
      v128.store(target, v128.mul<T>(v128.load(from, 32), factor), 32)
      v128.store(target, v128.mul<T>(v128.load(from, 48), factor), 48)
    }
  else
    for (; from < stop; from += rowBytes, target += apart)
      for (let w = 0; w < count; w++) {
        const at = <usize>w * sizeof<T>()
        store<T>(target + at, <T>(load<T>(from + at) * scale))
      }
}

/** The same of `count` rows that lie one after the other. */
function takeRows<T>(source: usize, to: usize, n: i32, count: i32): void {
  const side = rowBytes / <i32>sizeof<T>()
  for (let w = 0; w < side; w++) {
    let place = to + <usize>w * sizeof<T>()
    const stop = place + <usize>(n * rowBytes)
    let at = source + <usize>(w * n) * sizeof<T>()
    if (w < count) for (; place < stop; place += rowBytes, at += sizeof<T>()) store<T>(place, load<T>(at))
    else for (; place < stop; place += rowBytes) store<T>(place, 0)
  }
}

function giveRows<T>(from: usize, target: usize, n: i32, count: i32, scale: T): void {
  for (let w = 0; w < count; w++) {
    let place = from + <usize>w * sizeof<T>()
    const stop = place + <usize>(n * rowBytes)
    let at = target + <usize>(w * n) * sizeof<T>()
    for (; place < stop; place += rowBytes, at += sizeof<T>()) store<T>(at, <T>(load<T>(place) * scale))
  }
}

function pairs<T>(
  data: usize, real: usize, imaginary: usize, inner: i32, plan: usize, work: usize, own: usize, back: i32, scale: T, begin: i32, end: i32,
): void {
  const n = load<i32>(plan), length = load<i32>(plan, 8)
  const side = rowBytes / <i32>sizeof<T>()
  const lineBytes = <usize>(length * rowBytes)
  const a = ownBuffers(work, own, length), b = a + bufferBytes(length)
  const half = (inner + 1) >> 1, rows = (n >> 1) + 1
  const halfBytes = <usize>(rows * rowBytes)
  for (let block = begin; block < end; block++) {
    const line = block * side
    const count = min(side, half - line), second = max(0, min(count, inner - half - line))
    const here = <usize>line * sizeof<T>(), there = <usize>(line + half) * sizeof<T>()
    if (back) {
      takeColumns<T>(real + here, b, rows, inner, count)
      takeColumns<T>(imaginary + here, b + halfBytes, rows, inner, count)
      takeColumns<T>(real + there, b + 2 * halfBytes, rows, inner, second)
      takeColumns<T>(imaginary + there, b + 3 * halfBytes, rows, inner, second)
      join<T>(b, a, n, lineBytes)
      const done = transform<T>(a, b, plan)
      giveColumns<T>(done + lineBytes, data + here, n, inner, count, scale)
      giveColumns<T>(done, data + there, n, inner, second, scale)
    } else {
      takeColumns<T>(data + here, a, n, inner, count)
      takeColumns<T>(data + there, a + lineBytes, n, inner, second)
      const done = transform<T>(a, b, plan)
      const halves = done == a ? b : a
      split<T>(done, halves, n, lineBytes)
      giveColumns<T>(halves, real + here, rows, inner, count, scale)
      giveColumns<T>(halves + halfBytes, imaginary + here, rows, inner, count, scale)
      giveColumns<T>(halves + 2 * halfBytes, real + there, rows, inner, second, scale)
      giveColumns<T>(halves + 3 * halfBytes, imaginary + there, rows, inner, second, scale)
    }
  }
}

/** The halves of the spectra of real and imaginary part: (z[k] + z*[n - k]) / 2 and (z[k] - z*[n - k]) / 2i. */
function split<T>(from: usize, to: usize, n: i32, lineBytes: usize): void {
  const rows = (n >> 1) + 1
  const halfBytes = <usize>(rows * rowBytes)
  const half = v128.splat<T>(<T>0.5)
  for (let k = 0; k < rows; k++) {
    const z = from + <usize>(k * rowBytes), y = from + <usize>((k == 0 ? 0 : n - k) * rowBytes)
    const place = to + <usize>(k * rowBytes)
    for (let v: usize = 0; v < <usize>rowBytes; v += 16) {
      const zr = v128.load(z + v), zi = v128.load(z + lineBytes + v), yr = v128.load(y + v), yi = v128.load(y + lineBytes + v)
      v128.store(place + v, v128.mul<T>(v128.add<T>(zr, yr), half))
      v128.store(place + halfBytes + v, v128.mul<T>(v128.sub<T>(zi, yi), half))
      v128.store(place + 2 * halfBytes + v, v128.mul<T>(v128.add<T>(zi, yi), half))
      v128.store(place + 3 * halfBytes + v, v128.mul<T>(v128.sub<T>(yr, zr), half))
    }
  }
}

/** Undoes `split`, and exchanges the parts. */
function join<T>(from: usize, to: usize, n: i32, lineBytes: usize): void {
  const rows = (n >> 1) + 1
  const halfBytes = <usize>(rows * rowBytes)
  for (let k = 0; k < rows; k++) {
    const place = from + <usize>(k * rowBytes), z = to + <usize>(k * rowBytes), y = to + <usize>((n - k) * rowBytes)
    const mirrored = k > 0 && 2 * k < n
    for (let v: usize = 0; v < <usize>rowBytes; v += 16) {
      const ar = v128.load(place + v), ai = v128.load(place + halfBytes + v)
      const br = v128.load(place + 2 * halfBytes + v), bi = v128.load(place + 3 * halfBytes + v)
      v128.store(z + v, v128.add<T>(ai, br))
      v128.store(z + lineBytes + v, v128.sub<T>(ar, bi))
      if (mirrored) {
        v128.store(y + v, v128.sub<T>(br, ai))
        v128.store(y + lineBytes + v, v128.add<T>(ar, bi))
      }
    }
  }
}

/** Transforms the lines in `a`; gives the buffer that holds the result, `a` or `b`. */
function transform<T>(a: usize, b: usize, plan: usize): usize {
  const n = load<i32>(plan), length = load<i32>(plan, 8)
  if (n == length) return stages<T>(a, b, plan)
  // Bluestein's method: kn = (k² + n² - (k - n)²)/2 turns the sum into a convolution, done with a power of two.
  const chirp = <usize>load<i32>(plan, 12), spectrum = <usize>load<i32>(plan, 16)
  const lineBytes = <usize>(length * rowBytes), used = <usize>(n * rowBytes)
  memory.fill(a + used, 0, lineBytes - used)
  memory.fill(a + lineBytes + used, 0, lineBytes - used)
  multiply<T>(a, lineBytes, chirp, n, n, false)
  const middle = stages<T>(a, b, plan)
  multiply<T>(middle, lineBytes, spectrum, length, length, true) // the way back, by exchanged parts
  const done = stages<T>(middle, middle == a ? b : a, plan)
  exchange(done, lineBytes, n)
  multiply<T>(done, lineBytes, chirp, n, n, false)
  return done
}

/** Rows times a complex number each, of which `apart` real parts come before the imaginary ones; parts are then exchanged if told. */
function multiply<T>(at: usize, lineBytes: usize, factors: usize, count: i32, apart: i32, exchanged: bool): void {
  const imaginary = factors + <usize>apart * sizeof<T>()
  const stop = at + <usize>(count * rowBytes)
  for (let f: usize = 0; at < stop; at += rowBytes, f += sizeof<T>()) {
    const c = v128.load_splat<T>(factors + f), s = v128.load_splat<T>(imaginary + f)
    for (let v: usize = 0; v < <usize>rowBytes; v += 16) {
      const x = v128.load(at + v), y = v128.load(at + lineBytes + v)
      const re = v128.sub<T>(v128.mul<T>(x, c), v128.mul<T>(y, s)), im = v128.add<T>(v128.mul<T>(x, s), v128.mul<T>(y, c))
      v128.store(at + v, exchanged ? im : re)
      v128.store(at + lineBytes + v, exchanged ? re : im)
    }
  }
}

function exchange(at: usize, lineBytes: usize, count: i32): void {
  const stop = at + <usize>(count * rowBytes)
  for (; at < stop; at += 16) {
    const x = v128.load(at)
    v128.store(at, v128.load(at + lineBytes))
    v128.store(at + lineBytes, x)
  }
}

/** Stockham's method: for each factor p, p-point transforms of elements n/p apart, which also sorts the result. */
function stages<T>(from: usize, to: usize, plan: usize): usize {
  const length = load<i32>(plan, 8)
  let stage = plan + planStages
  const last = stage + <usize>(8 * load<i32>(plan, 4))
  for (let done = 1; stage < last; stage += 8) {
    const p = load<i32>(stage), roots = <usize>load<i32>(stage, 4)
    if (p == 4) fours<T>(from, to, length, done, roots)
    else if (p == 2) twos<T>(from, to, length, done, roots)
    else manys<T>(from, to, length, p, done, roots)
    done *= p
    const swap = from
    from = to
    to = swap
  }
  return from
}

/** One stage of factor 2; `done` is the length of the transforms that are there already. */
function twos<T>(from: usize, to: usize, length: i32, done: i32, roots: usize): void {
  const lineBytes = <usize>(length * rowBytes), sines = roots + <usize>(2 * done) * sizeof<T>()
  const apart = length >> 1
  const step = <usize>(apart * rowBytes), out = <usize>(done * rowBytes)
  for (let i = 0; i < apart; i++) {
    const k = i % done
    const c = v128.load_splat<T>(roots + <usize>k * sizeof<T>()), s = v128.load_splat<T>(sines + <usize>k * sizeof<T>())
    let at = from + <usize>(i * rowBytes), place = to + <usize>(((i - k) * 2 + k) * rowBytes)
    for (let v = 0; v < 4; v++, at += 16, place += 16) {
      const x = v128.load(at + step), y = v128.load(at + step + lineBytes)
      const r0 = v128.load(at), i0 = v128.load(at + lineBytes)
      const r1 = v128.sub<T>(v128.mul<T>(x, c), v128.mul<T>(y, s)), i1 = v128.add<T>(v128.mul<T>(x, s), v128.mul<T>(y, c))
      v128.store(place, v128.add<T>(r0, r1))
      v128.store(place + lineBytes, v128.add<T>(i0, i1))
      v128.store(place + out, v128.sub<T>(r0, r1))
      v128.store(place + out + lineBytes, v128.sub<T>(i0, i1))
    }
  }
}

/** One stage of factor 4. */
function fours<T>(from: usize, to: usize, length: i32, done: i32, roots: usize): void {
  const lineBytes = <usize>(length * rowBytes), sines = <usize>(4 * done) * sizeof<T>()
  const apart = length >> 2
  const step = <usize>(apart * rowBytes), out = <usize>(done * rowBytes)
  for (let i = 0; i < apart; i++) {
    const k = i % done
    const root1 = roots + <usize>k * sizeof<T>(), root2 = roots + <usize>(2 * k) * sizeof<T>(), root3 = roots + <usize>(3 * k) * sizeof<T>()
    const c1 = v128.load_splat<T>(root1), s1 = v128.load_splat<T>(root1 + sines)
    const c2 = v128.load_splat<T>(root2), s2 = v128.load_splat<T>(root2 + sines)
    const c3 = v128.load_splat<T>(root3), s3 = v128.load_splat<T>(root3 + sines)
    let at = from + <usize>(i * rowBytes), place = to + <usize>(((i - k) * 4 + k) * rowBytes)
    for (let v = 0; v < 4; v++, at += 16, place += 16) {
      const r0 = v128.load(at), i0 = v128.load(at + lineBytes)
      const x1 = v128.load(at + step), y1 = v128.load(at + step + lineBytes)
      const x2 = v128.load(at + 2 * step), y2 = v128.load(at + 2 * step + lineBytes)
      const x3 = v128.load(at + 3 * step), y3 = v128.load(at + 3 * step + lineBytes)
      const r1 = v128.sub<T>(v128.mul<T>(x1, c1), v128.mul<T>(y1, s1)), i1 = v128.add<T>(v128.mul<T>(x1, s1), v128.mul<T>(y1, c1))
      const r2 = v128.sub<T>(v128.mul<T>(x2, c2), v128.mul<T>(y2, s2)), i2 = v128.add<T>(v128.mul<T>(x2, s2), v128.mul<T>(y2, c2))
      const r3 = v128.sub<T>(v128.mul<T>(x3, c3), v128.mul<T>(y3, s3)), i3 = v128.add<T>(v128.mul<T>(x3, s3), v128.mul<T>(y3, c3))
      const rs = v128.add<T>(r0, r2), is = v128.add<T>(i0, i2), rd = v128.sub<T>(r0, r2), id = v128.sub<T>(i0, i2)
      const rt = v128.add<T>(r1, r3), it = v128.add<T>(i1, i3), re = v128.sub<T>(r1, r3), ie = v128.sub<T>(i1, i3)
      v128.store(place, v128.add<T>(rs, rt))
      v128.store(place + lineBytes, v128.add<T>(is, it))
      v128.store(place + out, v128.add<T>(rd, ie))
      v128.store(place + out + lineBytes, v128.sub<T>(id, re))
      v128.store(place + 2 * out, v128.sub<T>(rs, rt))
      v128.store(place + 2 * out + lineBytes, v128.sub<T>(is, it))
      v128.store(place + 3 * out, v128.sub<T>(rd, ie))
      v128.store(place + 3 * out + lineBytes, v128.add<T>(id, re))
    }
  }
}

/** One stage of any factor. */
function manys<T>(from: usize, to: usize, length: i32, p: i32, done: i32, roots: usize): void {
  const lineBytes = <usize>(length * rowBytes)
  const apart = length / p, turns = p * done
  const sines = <usize>turns * sizeof<T>()
  for (let i = 0; i < apart; i++) {
    const k = i % done
    const source = from + <usize>(i * rowBytes)
    for (let q = 0; q < p; q++) {
      const place = to + <usize>(((i - k) * p + k + q * done) * rowBytes)
      const step = k + q * done // of the twiddle factor and the p-point transform
      let r0 = v128.load(source), r1 = v128.load(source, 16), r2 = v128.load(source, 32), r3 = v128.load(source, 48)
      const below = source + lineBytes
      let i0 = v128.load(below), i1 = v128.load(below, 16), i2 = v128.load(below, 32), i3 = v128.load(below, 48)
      let turn = 0
      let at = source
      for (let j = 1; j < p; j++) {
        turn += step
        if (turn >= turns) turn -= turns
        at += <usize>(apart * rowBytes)
        const root = roots + <usize>turn * sizeof<T>()
        const c = v128.load_splat<T>(root), s = v128.load_splat<T>(root + sines)
        const part = at + lineBytes
        let x = v128.load(at), y = v128.load(part)
        r0 = v128.add<T>(r0, v128.sub<T>(v128.mul<T>(x, c), v128.mul<T>(y, s)))
        i0 = v128.add<T>(i0, v128.add<T>(v128.mul<T>(x, s), v128.mul<T>(y, c)))
        x = v128.load(at, 16), y = v128.load(part, 16)
        r1 = v128.add<T>(r1, v128.sub<T>(v128.mul<T>(x, c), v128.mul<T>(y, s)))
        i1 = v128.add<T>(i1, v128.add<T>(v128.mul<T>(x, s), v128.mul<T>(y, c)))
        x = v128.load(at, 32), y = v128.load(part, 32)
        r2 = v128.add<T>(r2, v128.sub<T>(v128.mul<T>(x, c), v128.mul<T>(y, s)))
        i2 = v128.add<T>(i2, v128.add<T>(v128.mul<T>(x, s), v128.mul<T>(y, c)))
        x = v128.load(at, 48), y = v128.load(part, 48)
        r3 = v128.add<T>(r3, v128.sub<T>(v128.mul<T>(x, c), v128.mul<T>(y, s)))
        i3 = v128.add<T>(i3, v128.add<T>(v128.mul<T>(x, s), v128.mul<T>(y, c)))
      }
      v128.store(place, r0)
      v128.store(place, r1, 16)
      v128.store(place, r2, 32)
      v128.store(place, r3, 48)
      const under = place + lineBytes
      v128.store(under, i0)
      v128.store(under, i1, 16)
      v128.store(under, i2, 32)
      v128.store(under, i3, 48)
    }
  }
}
