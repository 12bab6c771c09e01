import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { smoothed } from './curves.ts'
import { markup } from './html.ts'
import { outline } from './outline.ts'
import { report, type ReportContent } from './report.ts'
import { meanOf } from './table.ts'
import { short, ticks } from './ticks.ts'

const box = (value: number): Image =>
  image(
    'float32',
    [1, 3, 4, 5],
    Float32Array.from({ length: 60 }, (_, i) => (i > 20 && i < 40 ? value : 0)),
  )
const content: ReportContent = {
  title: 'Trial <1>',
  lead: 'A & B',
  classes: [
    { value: 1, name: 'Anterior' },
    { value: 2, name: 'Posterior' },
  ],
  cases: [
    { name: 'one', values: { Dice: [0.9, 0.8], HD95: [1, Infinity], MSD: [0.25, NaN] } },
    { name: 'two', values: { Dice: [0.7, 0.6], HD95: [2, 3], MSD: [0.5, 1] } },
  ],
  log: [
    { step: 1, loss: 1.5, learningRate: 0.1 },
    { step: 2, loss: 0.5, learningRate: 0.05 },
    { step: 2, val_Dice: 0.75, 'val_Dice Anterior': 0.8 },
  ],
  facts: [['steps', '2']],
  pictures: [{ name: 'one', remark: 'best', images: { image: box(7), truth: box(1), prediction: box(2) } }],
  configuration: { seed: 3 },
  environment: [['Node', '20']],
  commands: ['volvox train'],
  encodePng: (width, height, gray) => Uint8Array.of(width, height, gray.length),
}

test('a report is one page that needs nothing beside itself', () => {
  const page = report(content)
  expect(page).not.toMatch(/<script|https?:|<link|url\(/)
  expect(page).toContain('Trial &#60;1&#62;')
  expect(page).toContain('<b>0.750</b><span>mean Dice</span>')
  expect(page).toContain('<b>0.800</b><span>Dice, Anterior</span>')
  expect(page).toContain('<td class="worst">∞</td>')
  expect(page).toContain('<td>–</td>')
  expect(page.match(/<path class="truth k0"/g)).toHaveLength(3)
  expect(page).toContain(`data:image/png;base64,${btoa(String.fromCharCode(3, 4, 12))}`) // axial: 3 across, 4 up
  expect(page).toContain('&#34;seed&#34;: 3')
})

test('a report without training or pictures leaves those sections out', () => {
  const page = report({ ...content, log: [], pictures: [] })
  expect(page).not.toContain('<h2>Training</h2>')
  expect(page).not.toContain('<h2>Segmentations</h2>')
})

test('labels that lie on another grid are refused', () => {
  const pictures = [
    {
      name: 'one',
      remark: '',
      images: { image: box(7), truth: box(1), prediction: image('uint8', [1, 2, 2, 2], new Uint8Array(8)) },
    },
  ]
  expect(() => report({ ...content, pictures })).toThrow(/\[2, 2, 2\] voxels does not lie on the image of \[3, 4, 5\]/)
})

test('outlines close, and run half way between inside and outside', () => {
  const one = outline([0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 3, 1)
  expect(one).toBe('M1 1.5L1.5 1M1.5 1L2 1.5M1 1.5L1.5 2M2 1.5L1.5 2') // a diamond
  // On any mask each point of the outline is met by an even number of segments.
  const mask = Array.from({ length: 80 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 30) & 1)
  const ends = outline(mask, 10, 8, 1).split(/[ML]/).filter(Boolean)
  const met = new Map<string, number>()
  for (const end of ends) met.set(end, (met.get(end) ?? 0) + 1)
  expect([...met.values()].every((count) => count % 2 === 0)).toBe(true)
})

test('numbers for axes', () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(ticks(0.03, 0.1, 3)).toEqual([0.05, 0.1])
  expect([short(15000), short(0.25), short(0.00003), short(0)]).toEqual(['15k', '0.25', '3e−5', '0'])
  expect(
    smoothed(
      [
        [0, 1],
        [1, 3],
        [2, 5],
      ],
      1,
    ),
  ).toEqual([
    [0, 2],
    [1, 3],
    [2, 4],
  ])
  expect(meanOf([1, NaN, 3])).toBe(2)
})

test('templates escape what is put into them', () => {
  expect(markup`<b title="${'"'}">${['<', markup`<i></i>`, null, 1]}</b>`.source).toBe(
    '<b title="&#34;">&#60;<i></i>1</b>',
  )
})
