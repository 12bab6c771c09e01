import { DataError, shown } from '../../core/errors.ts'
import { bool, texts } from '../../core/options.ts'
import { openSlide, type Slide } from '../../formats/tiff/slide.ts'
import { sampleOnly, valueAt } from '../../transforms/sample.ts'

/** Slides that this thread has open; their files stay open as long as it lives. */
const opened = new Map<string, Slide>()

/** The slide at a path, opened once. */
export function slideAt(path: string): Slide {
  const there = opened.get(path)
  if (there) return there
  const slide = openSlide(path)
  opened.set(path, slide)
  return slide
}

const name = 'LoadSlidePatchd'

/** Reads the patch that an item of a slide data set names: `image` (a path), `location`, `size` and `level`. */
export const LoadSlidePatchd = sampleOnly({
  name,
  options: {
    includeLabel: bool.opt('Keep the label.', true),
    metaKeys: texts.opt('Keys of the item that go into the metadata.', []),
  },
  apply(sample, { keys: [key], includeLabel, metaKeys }) {
    const path = valueAt(name, sample, key)
    if (typeof path !== 'string') throw new DataError(name, `"${key}" holds ${shown(path)}; give the path of a slide`)
    const patch = slideAt(path).readRegion({
      location: pairAt(sample, 'location'),
      size: pairAt(sample, 'size'),
      level: Number(valueAt(name, sample, 'level')),
    })
    const meta = { ...patch.meta, ...Object.fromEntries(metaKeys.map((one) => [one, valueAt(name, sample, one)])) }
    const label = includeLabel ? { label: valueAt(name, sample, 'label') } : {}
    return { [key]: { ...patch, meta }, ...label }
  },
})

function pairAt(sample: Readonly<Record<string, unknown>>, key: string): readonly [number, number] {
  const value = valueAt(name, sample, key)
  if (Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number'))
    return [value[0], value[1]]
  throw new DataError(name, `"${key}" holds ${shown(value)}; give two numbers, for rows and columns`)
}
