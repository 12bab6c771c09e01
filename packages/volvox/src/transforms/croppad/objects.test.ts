import { expect, test } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { image, type Image } from '../../core/image.ts'
import { memoryFiles } from '../../formats/index.ts'
import { AnchorCrop, RandObjectCrop, RandObjectCropd, RandomMaskPixel, RandomObjectBBox } from './index.ts'

/** Three blobs of label 1 (one of 4 x 2, one of 2 x 1, one voxel), and one of label 2 that touches the first. */
const rows = ['1 1 1 1 2 0 0 0 1 0', '1 1 1 1 2 0 0 0 0 0', '0 0 0 0 0 0 0 0 0 0', '0 1 1 0 0 0 0 0 0 0']
const label = image('uint8', [1, 4, 10], Uint8Array.from(rows.join(' ').split(' ').map(Number)))
const [large, single, pair, other] = [
  [0, 0, 2, 4],
  [0, 8, 1, 9],
  [3, 1, 4, 3],
  [0, 4, 2, 5],
]
const whole = [0, 0, 4, 10]

/** How often each box is drawn. */
function frequencies(options: object, times = 1000): Map<string, number> {
  const draw = RandomObjectBBox({ format: 'box', ...options })
  draw.setRandomState(6)
  const counts = new Map<string, number>()
  for (let i = 0; i < times; i++) {
    const key = String(draw(label)[0])
    counts.set(key, (counts.get(key) ?? 0) + 1 / times)
  }
  return counts
}

const likely: readonly [what: string, options: object, boxes: readonly (readonly [readonly number[], number])[]][] = [
  [
    'classes alike, then blobs alike',
    {},
    [
      [large, 1 / 6],
      [single, 1 / 6],
      [pair, 1 / 6],
      [other, 1 / 2],
    ],
  ],
  [
    'one class',
    { classes: [1] },
    [
      [large, 1 / 3],
      [single, 1 / 3],
      [pair, 1 / 3],
    ],
  ],
  [
    'weights of labels 1, 2',
    { classWeights: [3, 1] },
    [
      [large, 1 / 4],
      [single, 1 / 4],
      [pair, 1 / 4],
      [other, 1 / 4],
    ],
  ],
  ['weights of absent classes', { classes: [2, 7], classWeights: [1, 9] }, [[other, 1]]],
  [
    'all blobs alike',
    { ignoreClass: true },
    [
      [large, 1 / 4],
      [single, 1 / 4],
      [pair, 1 / 4],
      [other, 1 / 4],
    ],
  ],
  [
    'the two largest',
    { classes: [1], kLargest: 2 },
    [
      [large, 1 / 2],
      [pair, 1 / 2],
    ],
  ],
  [
    'boxes that are large enough',
    { threshold: [1, 2] },
    [
      [large, 1 / 2],
      [pair, 1 / 2],
    ],
  ],
  ['nothing that is large enough', { threshold: 9 }, [[whole, 1]]],
  [
    'the whole image now and then',
    { classes: [2], foregroundProb: 0.4 },
    [
      [other, 0.4],
      [whole, 0.6],
    ],
  ],
  ['another background', { background: 1, cacheObjects: true, classes: [2] }, [[other, 1]]],
]

for (const [what, options, boxes] of likely)
  test(`RandomObjectBBox draws ${what}`, () => {
    const found = frequencies(options)
    expect([...found.keys()].sort()).toEqual(boxes.map(([box]) => String(box)).sort())
    for (const [box, share] of boxes) expect(found.get(String(box))).toBeCloseTo(share, 1)
    expect(frequencies({ ...options, cacheObjects: true })).toEqual(found)
  })

test('the largest objects have the largest boxes, or the most voxels', () => {
  // A bent line of five voxels has a box of nine, a bar of six voxels a box of six.
  const shapes = image(
    'uint8',
    [1, 3, 7],
    Uint8Array.from([1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]),
  )
  const boxOf = (kLargestBy: 'box' | 'voxels') =>
    RandomObjectBBox({ format: 'box', kLargest: 1, kLargestBy })(shapes)[0]
  expect(boxOf('box')).toEqual([0, 0, 3, 3])
  expect(boxOf('voxels')).toEqual([0, 4, 2, 7])
})

test('RandomMaskPixel draws all foreground voxels alike, or any', () => {
  const shares = (options: object, map = label) => {
    const draw = RandomMaskPixel(options).setRandomState(3)
    const counts = new Map<string, number>()
    for (let i = 0; i < 2000; i++) {
      const place = String(draw(map))
      counts.set(place, (counts.get(place) ?? 0) + 1 / 2000)
    }
    return counts
  }
  const pair = shares({ foreground: true, value: 2 })
  expect([...pair.keys()].sort()).toEqual(['0,4', '1,4'])
  for (const share of pair.values()) expect(share).toBeCloseTo(1 / 2, 1)
  expect(shares({ foreground: true }).size).toBe(13)
  expect([...shares({ foreground: true, threshold: 1 }).keys()].sort()).toEqual(['0,4', '1,4'])
  expect(shares({}).size).toBe(40)
  expect(shares({ foreground: true, value: 9 }).size).toBe(40) // there is none: any
  expect(() => RandomMaskPixel({ value: 1, threshold: 0 })(label)).toThrow(
    'RandomMaskPixel.value: and threshold exclude each other; give one of them',
  )
})

test('RandomObjectBBox draws 10,000 times as it should (chi-square), and the window holds the box', () => {
  const draw = RandomObjectBBox({ format: 'box', ignoreClass: true }).setRandomState(8)
  const counts = new Map<string, number>()
  for (let i = 0; i < 10_000; i++) {
    const key = String(draw(label)[0])
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 2500) ** 2 / 2500, 0)
  expect(counts.size).toBe(4)
  expect(chiSquare).toBeLessThan(11.34) // 1 % of fair draws lie above, with 3 degrees of freedom
})

test('RandomObjectBBox gives its formats, and the class', () => {
  const draw = (format: 'anchor_shape' | 'start_end') =>
    RandomObjectBBox({ classes: [2], format, outputClass: true })(label)
  expect(draw('anchor_shape')).toEqual([[0, 4], [2, 1], 2])
  expect(draw('start_end')).toEqual([[0, 4], [2, 5], 2])
})

test('RandObjectCrop holds the object where it fits, within the image; all keys share the box', () => {
  const crop = RandObjectCropd({ keys: ['label'], labelKey: 'label', spatialSize: [3, 5], classes: [2] })
  crop.setRandomState(1)
  for (let i = 0; i < 50; i++) {
    const { label: cut } = crop({ label }) as { label: typeof label }
    expect(cut.shape).toEqual([1, 3, 5])
    expect(Array.from(cut.data).filter((x) => x === 2)).toHaveLength(2)
  }
})

test('RandObjectCrop is within a larger object, and pads where it leaves the image', () => {
  const inside = RandObjectCrop({ spatialSize: [1, 2], classes: [1], kLargest: 1 }).setRandomState(1)
  for (let i = 0; i < 30; i++) expect(Array.from(inside(label, { label }).data)).toEqual([1, 1])
  const padded = RandObjectCrop({ spatialSize: [6, 10], value: 7 }).setRandomState(1)(label, { label })
  expect(padded.shape).toEqual([1, 6, 10])
  expect(Array.from(padded.data).filter((x) => x === 7)).toHaveLength(20)
})

test('objects are kept in files by the content of the map, and read instead of looked for', () => {
  const entries = new Map<string, Uint8Array>()
  useFiles(memoryFiles(entries))
  const options = { format: 'box', classes: [1], kLargest: 1, cacheFolder: 'kept' } as const
  const boxOf = (map: Image) => RandomObjectBBox(options)(map)[0]
  const again = (): Image => ({ ...label, data: Uint8Array.from(label.data as Uint8Array) }) // as if loaded anew
  expect(boxOf(again())).toEqual(large)
  const names = [...entries.keys()]
  expect(names.map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'))).toEqual([
    'kept/HASH-labels.json',
    'kept/HASH-class1.json',
  ])
  const write = (text: string) => entries.set(names[1], new TextEncoder().encode(text))
  write('{"version":1,"value":[{"start":[1,2],"end":[3,5],"voxels":4}]}')
  expect(boxOf(again())).toEqual([1, 2, 3, 5])
  // What is damaged, cut off or of another version is made anew.
  for (const text of [
    '',
    '{"version":1,"val',
    '[]',
    '{"version":2,"value":[]}',
    '{"version":1,"value":[{"start":[1]}]}',
  ]) {
    write(text)
    expect(boxOf(again())).toEqual(large)
    expect(JSON.parse(new TextDecoder().decode(entries.get(names[1])))).toMatchObject({ version: 1 })
  }
  const other = again()
  ;(other.data as Uint8Array)[39] = 1
  boxOf(other)
  expect(entries.size).toBe(4)
})

const mistakes: readonly [what: string, run: () => unknown, message: RegExp][] = [
  [
    'a background among the classes',
    () => RandomObjectBBox({ background: 1, classes: [1, 2] })(label),
    /^RandomObjectBBox\.background: 1 is among classes; choose another label$/,
  ],
  [
    'too few weights',
    () => RandomObjectBBox({ classes: [1, 2], classWeights: [1] })(label),
    /^RandomObjectBBox\.classWeights: has 1 values for 2 classes; give one for each$/,
  ],
  [
    'weights of nothing',
    () => RandomObjectBBox({ classWeights: [0, 0] })(label),
    /^RandomObjectBBox\.classWeights: \[0, 0\] gives no class a chance; use 0 or more$/,
  ],
  [
    'classes that are ignored',
    () => RandomObjectBBox({ ignoreClass: true, classes: [1] })(label),
    /^RandomObjectBBox\.ignoreClass: does not go with classes and classWeights; leave them out$/,
  ],
  [
    'no label',
    () => RandObjectCrop({ spatialSize: 3 })(label),
    /^RandObjectCrop\.label: is undefined; give an image of classes$/,
  ],
  [
    'an anchor of one value',
    () => AnchorCrop({ anchor: [1], spatialSize: 2 })(label),
    /^AnchorCrop\.anchor: has 1 values for 2 spatial axes$/,
  ],
]

for (const [what, run, message] of mistakes)
  test(`${what} is refused in one sentence`, () => {
    expect(run).toThrow(message)
  })
