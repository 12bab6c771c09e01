// What kernels that sample a volume know of it.

// Modes; 0 is nearest.
export const LINEAR = 1
export const CUBIC = 2

/** The padding that is no other position. */
export const ZEROS = 0

/** Elements from one row of the source to the next, and from one slice to the next; negative where an axis is read backwards. */
export let rowStep: i32 = 0
export let sliceStep: i32 = 0

export function startSource(row: i32, slice: i32): void {
  rowStep = row
  sliceStep = slice
}

// The largest number below 0.5: added and cut, it rounds half away from zero, and what is just below half down.
export const almostHalf: f64 = 0.49999999999999994
