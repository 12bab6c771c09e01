import { sizeOf } from '../../core/tensor.ts'
import { shortCount, shortShape } from './words.ts'
import { blocksOf, type Block } from './blocks.ts'
import type { Trace } from './trace.ts'

/** Measures in pixels. */
const box = { width: 104, height: 50 }
const round = { width: 26, height: 26 }
const gap = { same: 18, other: -34, row: 44 }
const margin = 16
const top = 56

/** Kinds of blocks by what they mostly do, with fill and line. */
const kinds = {
  convolution: { fill: '#dfeaf8', line: '#3a70b2', ops: ['conv'] },
  upsampling: { fill: '#e0f2e3', line: '#3c8a50', ops: ['convInputGrad', 'resize'] },
  attention: { fill: '#fdeed8', line: '#c07a1c', ops: ['attention'] },
  'matrix product': { fill: '#f7f0c9', line: '#96831c', ops: ['matmul'] },
  pooling: { fill: '#f3e4f2', line: '#92508b', ops: ['maxPool', 'averagePool'] },
  other: { fill: '#efefef', line: '#777777', ops: [] },
} as const
type Kind = keyof typeof kinds

const signs: Readonly<Record<string, string>> = { concat: 'cat', add: '+', mul: '×', sub: '−' }

interface Placed extends Block {
  readonly kind: Kind
  readonly row: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * Draws a network's graph: its layers as boxes from left to right, lower where the image is smaller, and an arc for
 * everything that skips a layer. Every box tells its path, what it gives and how many parameters it has.
 */
export function networkSvg(traced: Trace, most = 28): string {
  const blocks = placed(traced, blocksOf(traced, most))
  const width = Math.max(...blocks.map(({ x, width: w }) => x + w), 360) + margin
  const height = Math.max(...blocks.map(({ y, height: h }) => y + h)) + margin
  const { name } = traced.network
  const input = traced.program.inputs.map(({ shape }) => shortShape(shape)).join(', ')
  const { length, 0: result } = traced.outputs
  const output = `${shortShape(result.shape)}${length > 1 ? ` and ${length - 1} more` : ''}`
  const used = [...new Set(blocks.filter(({ joint }) => !joint).map(({ kind }) => kind))]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="11" text-anchor="middle">`,
    `<title>${escaped(name)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    '<defs><marker id="to" viewBox="0 0 6 6" refX="5.5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="#555"/></marker></defs>',
    `<text x="${margin}" y="20" text-anchor="start" font-size="14" font-weight="600" fill="#222">${escaped(name)} <tspan font-weight="400" font-size="12" fill="#555">${input} → ${output}</tspan></text>`,
    legend(used),
    '<g fill="none" stroke="#555" stroke-width="1.2" marker-end="url(#to)">',
    ...blocks.flatMap((to, i) => to.from.map((from) => edge(blocks[from], to, blocks, from, i))),
    '</g>',
    ...blocks.map(drawn),
    '</svg>',
    '',
  ].join('\n')
}

/** Rows by how much smaller the image is; along the order of computing, without covering each other. */
function placed(traced: Trace, blocks: readonly Block[]): Placed[] {
  const levels = levelsOf(traced, blocks)
  const rows = [...new Set(levels)].sort((a, b) => a - b)
  const ends = rows.map(() => margin - gap.same)
  let x = margin - gap.same
  let before = rows.indexOf(levels[0])
  return blocks.map((block, i): Placed => {
    const { width, height } = block.joint ? round : box
    const row = rows.indexOf(levels[i])
    x = Math.max(x + (row === before ? gap.same : gap.other), ends[row] + gap.same, margin)
    const y = top + row * (box.height + gap.row) + (box.height - height) / 2 + gap.row / 2
    const at = { ...block, kind: kindOf(block), row, x, y, width, height }
    before = row
    x += width
    ends[row] = x
    return at
  })
}

/** How often the image was halved where a block's output is; what has no place keeps that of the block before. */
function levelsOf(traced: Trace, blocks: readonly Block[]): number[] {
  const [, , ...spatial] = traced.program.inputs[0].shape
  const levels: number[] = []
  for (const { output } of blocks) {
    const size = placesOf(output.shape, spatial)
    const halvings = Math.round(Math.log2(sizeOf(spatial) / sizeOf(size)) / spatial.length)
    levels.push(size.length > 0 && spatial.length > 0 ? halvings : (levels.at(-1) ?? 0))
  }
  return levels
}

/** The axes of a shape that are places in the image: behind the channels, or before them in tokens and where they are last. */
function placesOf(shape: readonly number[], spatial: readonly number[]): readonly number[] {
  if (shape.length === 3 && spatial.length > 1) return [shape[1]]
  const [behind, before] = [shape.slice(2), shape.slice(1, -1)]
  const even = (size: readonly number[]) => size.every((n, i) => spatial[i] / n === spatial[0] / size[0])
  return !even(behind) && even(before) ? before : behind
}

function kindOf({ nodes }: Block): Kind {
  const counts = Object.entries(kinds).map(([kind, { ops }]) => {
    const known: readonly string[] = ops
    return [kind as Kind, nodes.filter(({ op }) => known.includes(op)).length] as const
  })
  // Upsampling and attention come with convolutions and products, but are what a block is for.
  for (const kind of ['attention', 'upsampling'] as const)
    if (counts.find(([name, n]) => name === kind && n > 0)) return kind
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best), ['other', 0] as const)[0]
}

/** A straight line to the next block; an arc to those farther on, over what stands between in a row. */
function edge(from: Placed, to: Placed, all: readonly Placed[], i: number, j: number): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2]
  const [x2, y2] = [to.x, to.y + to.height / 2]
  if (from.row === to.row) {
    const between = all.some(({ row, x }, n) => n !== i && n !== j && row === from.row && x > from.x && x < to.x)
    if (!between && x2 - x1 < 2 * box.width) return line(`M${x1} ${y1}L${x2} ${y2}`)
    if (!between) return line(`M${x1} ${y1}Q${(x1 + x2) / 2} ${y1 - 24} ${x2} ${y2}`)
    const [xa, xb] = [from.x + from.width - 12, to.x + Math.min(12, to.width / 2)]
    const rise = Math.min(36, 14 + (xb - xa) / 24)
    return line(`M${xa} ${from.y}C${xa + 16} ${from.y - rise} ${xb - 16} ${to.y - rise} ${xb} ${to.y}`)
  }
  const up = to.row < from.row
  if (j === i + 1 || x2 < x1 + 24) {
    const [xa, ya] = [from.x + from.width * 0.7, up ? from.y : from.y + from.height]
    const [xb, yb] = [to.x + to.width * 0.3, up ? to.y + to.height : to.y]
    return line(`M${xa} ${ya}C${xa} ${(ya + yb) / 2} ${xb} ${(ya + yb) / 2} ${xb} ${yb}`)
  }
  // Around a corner, in the row where fewer boxes are in the way.
  const inTheWay = (row: number) =>
    all.filter((other) => other.row === row && other.x > from.x && other.x < to.x).length
  if (inTheWay(to.row) <= inTheWay(from.row)) {
    const [xa, ya] = [from.x + from.width * 0.7, up ? from.y : from.y + from.height]
    return line(`M${xa} ${ya}C${xa} ${y2} ${xa} ${y2} ${Math.min(x2, xa + 60)} ${y2}L${x2} ${y2}`)
  }
  const [xb, yb] = [to.x + to.width * 0.3, up ? to.y + to.height : to.y]
  return line(`M${x1} ${y1}L${Math.max(x1, xb - 60)} ${y1}C${xb} ${y1} ${xb} ${y1} ${xb} ${yb}`)
}

function line(path: string): string {
  return `<path d="${path.replace(/\d+\.\d+/g, (n) => String(Math.round(Number(n))))}"/>`
}

function drawn({ path, joint, nodes, output, parameters, times, kind, x, y, width, height }: Placed): string {
  const middle = x + width / 2
  if (joint) {
    const sign = signs[joint] ?? joint.slice(0, 4)
    return `<g><title>${escaped(path)} ${joint} → ${shortShape(output.shape)}</title><circle cx="${middle}" cy="${y + height / 2}" r="${height / 2}" fill="#fff" stroke="#555"/><text x="${middle}" y="${y + height / 2 + 3}" font-size="9" fill="#333">${sign}</text></g>`
  }
  const { fill, line: stroke } = kinds[kind]
  const name = shortPath(path, times)
  const ops = counted(nodes.map(({ op }) => op))
  return [
    `<g fill="#333"><title>${escaped(path)}: ${ops}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${fill}" stroke="${stroke}"/>`,
    `<text x="${middle}" y="${y + 15}" font-weight="600"${name.length > 14 ? ' font-size="10"' : ''}>${escaped(name)}</text>`,
    `<text x="${middle}" y="${y + 30}">${shortShape(output.shape.slice(1), 1)}</text>`,
    `<text x="${middle}" y="${y + 43}" font-size="9" fill="#666">${parameters > 0 ? `${shortCount(parameters)} parameters` : ''}</text></g>`,
  ].join('')
}

function legend(used: readonly Kind[]): string {
  let x = margin
  const items = used.map((kind) => {
    const item = `<rect x="${x}" y="30" width="10" height="10" rx="2" fill="${kinds[kind].fill}" stroke="${kinds[kind].line}"/><text x="${x + 15}" y="39" text-anchor="start" fill="#555">${kind}</text>`
    x += 30 + kind.length * 6
    return item
  })
  return items.join('')
}

const longest = 17

/** The end of a path, as much as fits; MONAI's `submodule` says nothing. Several of a list end with the last one's number. */
function shortPath(path: string, times: number): string {
  const last = Number(/\d+$/.exec(path)?.[0]) + times - 1
  const parts = path.split('.').filter((part) => part !== 'submodule')
  let short = `${parts.at(-1) ?? ''}${times > 1 ? `–${last}` : ''}`
  for (const part of parts.slice(0, -1).reverse()) {
    if (`${part}.${short}`.length > longest) break
    short = `${part}.${short}`
  }
  return short.length > longest ? `${short.slice(0, longest - 1)}…` : short
}

function counted(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, n]) => (n > 1 ? `${n} ${name}` : name)).join(', ')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
