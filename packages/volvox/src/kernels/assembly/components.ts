// Connected components by union-find over one scan, then numbering in the order of the first voxels.

/**
 * `mask` holds d0·d1·d2·d3 bytes, `labels` as many int32 (written), `sizes` as many int32 of scratch that ends up with
 * the voxel counts of components 1, 2, ... `neighbours` lists the `count` neighbours that precede a voxel in the scan,
 * five int32 each: steps along the four axes and in elements. Returns the number of components.
 */
export function labelComponents(
  mask: usize, labels: usize, sizes: usize, d0: i32, d1: i32, d2: i32, d3: i32, neighbours: usize, count: i32,
): i32 {
  join(mask, labels, d0, d1, d2, d3, neighbours, count)
  return number(mask, labels, sizes, d0 * d1 * d2 * d3)
}

/** Links every voxel of the mask to the earliest voxel of what is known of its component; labels hold links here. */
function join(mask: usize, links: usize, d0: i32, d1: i32, d2: i32, d3: i32, neighbours: usize, count: i32): void {
  let at = 0
  for (let a = 0; a < d0; a++)
    for (let b = 0; b < d1; b++)
      for (let c = 0; c < d2; c++)
        for (let d = 0; d < d3; d++, at++) {
          if (!load<u8>(mask + at)) continue
          let root = at
          for (let k = 0; k < count; k++) {
            const step = neighbours + <usize>(k * 20)
            const na = a + load<i32>(step), nb = b + load<i32>(step, 4), nc = c + load<i32>(step, 8), nd = d + load<i32>(step, 12)
            // Unsigned comparison: negative steps out of the image become very large.
            if (<u32>na >= <u32>d0 || <u32>nb >= <u32>d1 || <u32>nc >= <u32>d2 || <u32>nd >= <u32>d3) continue
            const neighbour = at + load<i32>(step, 16)
            if (!load<u8>(mask + neighbour)) continue
            const other = rootOf(links, neighbour)
            if (other == root) continue
            if (other < root) {
              store<i32>(links + (<usize>root << 2), other)
              root = other
            } else store<i32>(links + (<usize>other << 2), root)
          }
          store<i32>(links + (<usize>at << 2), root)
        }
}

/** The earliest voxel of the component, halving the path on the way. */
function rootOf(links: usize, voxel: i32): i32 {
  let up = load<i32>(links + (<usize>voxel << 2))
  while (up != voxel) {
    const upper = load<i32>(links + (<usize>up << 2))
    store<i32>(links + (<usize>voxel << 2), upper)
    voxel = upper
    up = load<i32>(links + (<usize>voxel << 2))
  }
  return voxel
}

/** Turns links into numbers from 1; links lead backwards, so what a voxel is linked to is numbered already. */
function number(mask: usize, labels: usize, sizes: usize, length: i32): i32 {
  let components = 0
  for (let at = 0; at < length; at++) {
    const place = labels + (<usize>at << 2)
    if (!load<u8>(mask + at)) {
      store<i32>(place, 0)
      continue
    }
    const link = load<i32>(place)
    if (link == at) {
      store<i32>(sizes + (<usize>components << 2), 1)
      store<i32>(place, ++components)
    } else {
      const label = load<i32>(labels + (<usize>link << 2))
      const size = sizes + (<usize>(label - 1) << 2)
      store<i32>(size, load<i32>(size) + 1)
      store<i32>(place, label)
    }
  }
  return components
}
