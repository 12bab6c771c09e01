/** What the compiled kernels export; addresses are byte offsets in the shared memory. */
export interface KernelExports {
  sampleAffine(
    source: number,
    row: number,
    slice: number,
    channel: number,
    target: number,
    channels: number,
    d0: number,
    d1: number,
    d2: number,
    o0: number,
    o1: number,
    o2: number,
    matrix: number,
    norms: number,
    bases: number,
    taps: number,
    mode: number,
    padding: number,
    alignCorners: number,
    top: number,
    rows: number,
    begin: number,
    end: number,
  ): void
  sampleField(
    source: number,
    target: number,
    channels: number,
    d0: number,
    d1: number,
    d2: number,
    positions: number,
    apart: number,
    count: number,
    doubles: number,
    z: number,
    y: number,
    x: number,
    taps: number,
    mode: number,
    padding: number,
    alignCorners: number,
    begin: number,
    end: number,
  ): void
  applyBands(
    source: number,
    target: number,
    length: number,
    size: number,
    inner: number,
    starts: number,
    counts: number,
    weights: number,
    width: number,
    begin: number,
    end: number,
  ): void
  correlateLines(
    source: number,
    target: number,
    length: number,
    weights: number,
    taps: number,
    side: number,
    room: number,
    begin: number,
    end: number,
  ): void
  correlateRows(
    source: number,
    target: number,
    length: number,
    inner: number,
    weights: number,
    taps: number,
    begin: number,
    end: number,
  ): void
  gatherFloats(
    source: number,
    type: number,
    target: number,
    n0: number,
    n1: number,
    n2: number,
    s0: number,
    s1: number,
    s2: number,
    scaled: number,
    slope: number,
    intercept: number,
    begin: number,
    end: number,
  ): void
  inflateParts(parts: number, begin: number, end: number): void
  resolveMarks(elements: number, meanings: number, to: number, begin: number, end: number): void
  displace(
    offsets: number,
    n0: number,
    n1: number,
    n2: number,
    matrix: number,
    z0: number,
    y0: number,
    x0: number,
    dz: number,
    dy: number,
    dx: number,
    factor: number,
    begin: number,
    end: number,
  ): void
  gammaCurve(data: number, low: number, divisor: number, gamma: number, range: number, begin: number, end: number): void
  circlePoints(key: number, position: number, tempered: number, out: number, pairs: number): number
  normalPairs(points: number, out: number, mean: number, deviation: number, begin: number, end: number): void
  countOnes(a: number, b: number, count: number, sums: number): void
  twistWords(raw: number, count: number): void
  uniformFloats(raw: number, out: number, low: number, range: number, begin: number, end: number): void
  findRuns(
    mask: number,
    width: number,
    length: number,
    firsts: number,
    runs: number,
    links: number,
    rows: number,
    slab: number,
    d0: number,
    d1: number,
    d2: number,
    steps: number,
    count: number,
    begin: number,
    end: number,
  ): void
  joinSlabs(
    firsts: number,
    runs: number,
    links: number,
    rows: number,
    slab: number,
    d0: number,
    d1: number,
    d2: number,
    steps: number,
    count: number,
    reach: number,
  ): void
  numberRuns(firsts: number, runs: number, links: number, sizes: number, rows: number): number
  clearRuns(
    data: number,
    width: number,
    firsts: number,
    runs: number,
    links: number,
    cleared: number,
    length: number,
    begin: number,
    end: number,
  ): void
  distancesAlong(object: number, squared: number, length: number, spacing: number, begin: number, end: number): void
  distancesAcross(
    source: number,
    target: number,
    length: number,
    inner: number,
    spacing: number,
    begin: number,
    end: number,
  ): void
  countRows(mask: number, firsts: number, rows: number, length: number): number
  distancesAt(
    source: number,
    wanted: number,
    firsts: number,
    out: number,
    length: number,
    inner: number,
    spacing: number,
    begin: number,
    end: number,
  ): void
  copyBlock(
    mask: number,
    target: number,
    d1: number,
    d2: number,
    s0: number,
    s1: number,
    s2: number,
    b0: number,
    b1: number,
    b2: number,
    row: number,
    slice: number,
  ): void
  edges(mask: number, out: number, length: number, row: number, slice: number, axes: number): void
  unionBox(a: number, b: number, out: number, d0: number, d1: number, d2: number): void
  markAbove(values: number, threshold: number, mark: number, marks: number, begin: number, end: number): void
  markUpTo(values: number, threshold: number, mark: number, marks: number, begin: number, end: number): void
  markOthers(values: number, mark: number, marks: number, begin: number, end: number): void
  countMarks(marks: number, mark: number, begin: number, end: number): number
  rowsAbove(values: number, length: number, threshold: number, out: number, begin: number, end: number): void
  medianRows(
    padded: number,
    target: number,
    width: number,
    rows: number,
    window: number,
    count: number,
    steps: number,
    stepCount: number,
    wires: number,
    middle: number,
    begin: number,
    end: number,
  ): void
  fourierLines(
    bytes: number,
    real: number,
    imaginary: number,
    inner: number,
    lines: number,
    plan: number,
    work: number,
    own: number,
    scale: number,
    begin: number,
    end: number,
  ): void
  realLines(
    bytes: number,
    data: number,
    real: number,
    imaginary: number,
    inner: number,
    plan: number,
    work: number,
    own: number,
    back: number,
    scale: number,
    begin: number,
    end: number,
  ): void
  logMagnitudes(
    bytes: number,
    real: number,
    imaginary: number,
    sums: number,
    length: number,
    begin: number,
    end: number,
  ): void
  wholeNumbersOf(source: number, target: number, bytes: number, begin: number, end: number): number
  halvesOf(source: number, target: number, begin: number, end: number): number
  notZero(source: number, target: number, begin: number, end: number): void
  timesExponentials(
    data: number,
    factors: number,
    curves: number,
    orders: number,
    length: number,
    begin: number,
    end: number,
  ): void
  gammaField(
    data: number,
    exponents: number,
    low: number,
    divisor: number,
    range: number,
    begin: number,
    end: number,
  ): void
  moveRows(
    source: number,
    target: number,
    size: number,
    rows: number,
    rowCount: number,
    columns: number,
    columnCount: number,
    first: number,
    last: number,
    step: number,
  ): void
  turnPlanes(
    source: number,
    target: number,
    bytes: number,
    sources: number,
    targets: number,
    first: number,
    step: number,
    columns: number,
    rowCount: number,
    columnCount: number,
    apart: number,
    stage: number,
    begin: number,
    end: number,
  ): void
  markAnyOf(source: number, target: number, values: number, count: number, begin: number, end: number): void
  keepAnyOf(data: number, values: number, count: number, begin: number, end: number): void
  extent(source: number, out: number, begin: number, end: number): void
  sum(source: number, begin: number, end: number): number
  moments(source: number, centre: number, out: number, begin: number, end: number): void
  scaleShift(
    data: number,
    base: number,
    scale: number,
    shift: number,
    low: number,
    high: number,
    begin: number,
    end: number,
  ): void
  addFloats(data: number, other: number, begin: number, end: number): void
  keepBeyond(data: number, threshold: number, above: number, other: number, begin: number, end: number): void
  divide(data: number, divisor: number, begin: number, end: number): void
  reaching(data: number, threshold: number, begin: number, end: number): void
  roundEven(data: number, begin: number, end: number): void
  labelled(data: number, target: number, label: number, begin: number, end: number): void
  sigmoid(data: number, begin: number, end: number): void
  softClip(data: number, sharpness: number, low: number, high: number, begin: number, end: number): void
  softmax(data: number, count: number, step: number, begin: number, end: number): void
}

/** Kernels whose last arguments are the first row and one past the last, and that write nothing but those rows. */
export type RowKernel =
  | 'applyBands'
  | 'clearRuns'
  | 'correlateLines'
  | 'correlateRows'
  | 'displace'
  | 'gammaCurve'
  | 'distancesAcross'
  | 'distancesAlong'
  | 'distancesAt'
  | 'gatherFloats'
  | 'inflateParts'
  | 'normalPairs'
  | 'resolveMarks'
  | 'sampleAffine'
  | 'sampleField'
  | 'sigmoid'
  | 'softClip'
  | 'softmax'
  | 'timesExponentials'
  | 'uniformFloats'
  | 'gammaField'
  | 'findRuns'
  | 'fourierLines'
  | 'realLines'
  | 'logMagnitudes'
