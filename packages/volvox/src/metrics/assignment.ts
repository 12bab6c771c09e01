/**
 * The partner of each row among the columns so that the sum of values is as large as can be, -1 without one; of as many
 * pairs as the fewer of both (the Hungarian algorithm with shortest augmenting paths, Jonker and Volgenant 1987).
 */
export function largestAssignment(values: readonly (readonly number[])[]): number[] {
  const [rows, columns] = [values.length, values[0]?.length ?? 0]
  if (rows > columns) {
    const partners = new Array<number>(rows).fill(-1)
    const turned = Array.from({ length: columns }, (_, c) => values.map((row) => row[c]))
    largestAssignment(turned).forEach((row, column) => (partners[row] = column))
    return partners
  }
  // Index 0 of the columns stands for none; costs are negative values, `u` and `v` the potentials of rows and columns.
  const u = new Float64Array(rows + 1)
  const v = new Float64Array(columns + 1)
  const rowOf = new Int32Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row
    const least = new Float64Array(columns + 1).fill(Infinity)
    const from = new Int32Array(columns + 1)
    const used = new Uint8Array(columns + 1)
    let at = 0
    do {
      used[at] = 1
      let [step, next] = [Infinity, 0]
      for (let c = 1; c <= columns; c++) {
        if (used[c]) continue
        const reduced = -values[rowOf[at] - 1][c - 1] - u[rowOf[at]] - v[c]
        if (reduced < least[c]) [least[c], from[c]] = [reduced, at]
        if (least[c] < step) [step, next] = [least[c], c]
      }
      for (let c = 0; c <= columns; c++)
        if (used[c]) {
          u[rowOf[c]] += step
          v[c] -= step
        } else least[c] -= step
      at = next
    } while (rowOf[at] !== 0)
    for (; at !== 0; at = from[at]) rowOf[at] = rowOf[from[at]]
  }
  const partners = new Array<number>(rows).fill(-1)
  for (let c = 1; c <= columns; c++) if (rowOf[c] > 0) partners[rowOf[c] - 1] = c - 1
  return partners
}
