/**
 * The order that sorts `values`, equal ones as NumPy's `argsort` leaves them: quicksort about the median of first, middle
 * and last (Sedgewick 1978), insertion sort for up to 17. Which of several equal ones is "the largest" depends on it.
 */
export function argsort(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (_, i) => i)
  const waiting: (readonly [number, number])[] = [[0, order.length - 1]]
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    const [first, last] = part
    if (last - first <= 16) insertionSort(values, order, first, last)
    else {
      const middle = partition(values, order, first, last)
      waiting.push([first, middle - 1], [middle + 1, last])
    }
  }
  return order
}

/** Moves what is smaller than the pivot before it and what is larger behind it; gives its place. */
function partition(values: ArrayLike<number>, order: number[], first: number, last: number): number {
  const middle = first + ((last - first) >> 1)
  const exchange = (a: number, b: number) => ([order[a], order[b]] = [order[b], order[a]])
  const sortPair = (a: number, b: number) => values[order[b]] < values[order[a]] && exchange(a, b)
  sortPair(first, middle)
  sortPair(middle, last)
  sortPair(first, middle)
  const pivot = values[order[middle]]
  exchange(middle, last - 1)
  let [low, high] = [first, last - 1]
  for (;;) {
    do low++
    while (values[order[low]] < pivot)
    do high--
    while (pivot < values[order[high]])
    if (low >= high) break
    exchange(low, high)
  }
  exchange(low, last - 1)
  return low
}

function insertionSort(values: ArrayLike<number>, order: number[], first: number, last: number): void {
  for (let i = first + 1; i <= last; i++) {
    const moving = order[i]
    let at = i
    for (; at > first && values[moving] < values[order[at - 1]]; at--) order[at] = order[at - 1]
    order[at] = moving
  }
}
