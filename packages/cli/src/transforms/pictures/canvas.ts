/** Red, green, blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

/** RGB pixels, row by row from the top. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

export function blank(width: number, height: number, [red, green, blue]: Colour = [255, 255, 255]): Picture {
  const pixels = new Uint8Array(3 * width * height)
  for (let i = 0; i < pixels.length; i += 3) pixels.set([red, green, blue], i)
  return { width, height, pixels }
}

/** Colours a pixel; what is outside of the picture is left out. With a share below 1 the old colour shows through. */
export function dot({ width, height, pixels }: Picture, x: number, y: number, colour: Colour, share = 1): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return
  const at = 3 * (y * width + x)
  for (let c = 0; c < 3; c++) pixels[at + c] = Math.round((1 - share) * pixels[at + c] + share * colour[c])
}

/** The outline of a box of pixels, `thick` pixels wide, inside of it. */
export function frame(
  picture: Picture,
  [left, top, right, bottom]: readonly [number, number, number, number],
  colour: Colour,
  thick = 2,
): void {
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++)
      if (x < left + thick || y < top + thick || x >= right - thick || y >= bottom - thick) dot(picture, x, y, colour)
}

/** A straight line, pixel by pixel. */
export function line(
  picture: Picture,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  colour: Colour,
): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))))
  for (let i = 0; i <= steps; i++)
    dot(picture, Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps), colour)
}

const gap = 6

/** Pictures side by side on white, or one below the other. */
export function joined(pictures: readonly Picture[], direction: 'across' | 'down' = 'across'): Picture {
  const across = direction === 'across'
  const lengths = pictures.map(({ width, height }) => (across ? width : height))
  const breadth = Math.max(...pictures.map(({ width, height }) => (across ? height : width)))
  const length = lengths.reduce((sum, one) => sum + one, gap * (pictures.length - 1))
  const out = across ? blank(length, breadth) : blank(breadth, length)
  let at = 0
  pictures.forEach((picture, i) => {
    paste(out, picture, across ? at : 0, across ? 0 : at)
    at += lengths[i] + gap
  })
  return out
}

function paste(onto: Picture, { width, height, pixels }: Picture, left: number, top: number): void {
  for (let y = 0; y < height; y++)
    onto.pixels.set(pixels.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * onto.width + left))
}
