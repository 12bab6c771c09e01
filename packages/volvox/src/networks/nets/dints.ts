import { bool, count, instance } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv } from '../blocks/conv.ts'
import { actiConvNorm } from '../blocks/dintsBlock.ts'
import { normLayer } from '../blocks/norm.ts'
import { enlarged } from '../blocks/upsample.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { activation, named } from '../named.ts'
import { network, optionError, type Network } from '../network.ts'
import { TopologyInstance, TopologySearch, numberTable, optionsOf, widthsOf } from './topology.ts'

type Space = Network<readonly Value[]>

const space = instance<Space>(
  'a TopologyInstance or TopologySearch',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    [TopologyInstance, TopologySearch].some(({ componentName }) => componentName === value.name),
)

/**
 * A network whose topology was, or is being, searched (He et al. 2021; MONAI DiNTS): a stem that gives the image in several
 * resolutions, the space of cells, and a stem that joins the resolutions again.
 */
export const DiNTS = network({
  name: 'DiNTS',
  options: {
    dintsSpace: space.req('The cells: a TopologyInstance, or a TopologySearch to search.'),
    inChannels: count.req('Channels of the image.'),
    numClasses: count.req('Channels of the result.'),
    actName: activation.opt('Activation of the stems.', 'RELU'),
    normName: named.opt('Norm of the stems.', ['INSTANCE', { affine: true }]),
    spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
    useDownsample: bool.opt('Whether the stem halves the image first; as in the space.', true),
    nodeA: numberTable.opt(
      'Which resolutions are used before the first block and after each; all when null. Lists of 0 and 1, as in `arch_ckpt`.',
      null,
    ),
  },
  check({ dintsSpace, spatialDims, useDownsample, nodeA }) {
    const inner = optionsOf(dintsSpace)
    if (inner.spatialDims !== spatialDims)
      optionError('spatialDims', `${spatialDims} is not that of the space, ${inner.spatialDims}; give the same to both`)
    if (inner.useDownsample !== useDownsample)
      optionError('useDownsample', `${useDownsample} is not that of the space; give the same to both`)
    const rows = inner.numBlocks + 1
    if (nodeA && (nodeA.length !== rows || nodeA.some((row) => row.length !== inner.numDepths)))
      optionError(
        'nodeA',
        `is a table of ${nodeA.length} by ${nodeA[0]?.length ?? 0}; the space needs ${rows} by ${inner.numDepths}`,
      )
    if (nodeA && nodeA[rows - 1].every((used) => used === 0))
      optionError('nodeA', 'uses no resolution after the last block; set one of its last row to 1')
  },
  input: ({ inChannels, spatialDims, useDownsample, dintsSpace }) => ({
    channels: inChannels,
    spatialDims,
    divisor: 2 ** (optionsOf(dintsSpace).numDepths - (useDownsample ? 0 : 1)),
  }),
  build({ dintsSpace, inChannels, numClasses, spatialDims, useDownsample, nodeA, ...block }) {
    const { numDepths, numBlocks } = optionsOf(dintsSpace)
    const widths = widthsOf(optionsOf(dintsSpace))
    const uses = (row: number, depth: number) => nodeA === null || nodeA[row][depth] !== 0
    const depths = Array.from({ length: numDepths }, (_, depth) => depth)
    const norm = (width: number) => normLayer(block.normName, width)
    const conv3 = (from: number, to: number, strides = 1) =>
      conv(spatialDims, from, to, { kernelSize: 3, padding: 1, strides, bias: false })
    const stemDown = (depth: number): Layer =>
      sequential([
        pure((x) => shrunk(x, 2 ** depth)),
        conv3(inChannels, widths[depth]),
        norm(widths[depth]),
        ...(useDownsample
          ? [actLayer(block.actName), conv3(widths[depth], widths[depth + 1], 2), norm(widths[depth + 1])]
          : []),
      ])
    const stemUp = (depth: number): Layer => {
      const [from, to] = useDownsample
        ? [widths[depth + 1], widths[depth]]
        : [widths[depth], widths[Math.max(0, depth - 1)]]
      const larger = pure((x) => (useDownsample || depth > 0 ? enlarged(x, 2, true) : x))
      return sequential([actLayer(block.actName), conv3(from, to), norm(to), larger])
    }
    // `mod` holds the layers of a stem.
    const stems = (stem: (depth: number) => Layer) => depths.map((depth) => sequential({ mod: stem(depth) }))
    return layer({
      children: {
        dints_space: dintsSpace.layer,
        stem_down: stems(stemDown),
        stem_up: stems(stemUp),
        stem_finals: sequential([
          actiConvNorm(widths[0], widths[0], 3, { ...block, spatialDims }).layer,
          conv(spatialDims, widths[0], numClasses, { kernelSize: 1 }),
        ]),
      },
      forward: (own, [x]) => {
        const maps = own.stem_down.map((down, depth) => {
          const map = down(x)
          return uses(0, depth) ? map : m.zerosLike(map)
        })
        const results = own.dints_space(...maps)
        const lowest = depths.findLast((depth) => uses(numBlocks, depth))!
        const y = depths
          .slice(0, lowest)
          .reduceRight(
            (below, depth) => own.stem_up[depth](m.add(results[depth], below)),
            own.stem_up[lowest](results[lowest]),
          )
        return own.stem_finals(y)
      },
    })
  },
})

/** x by linear interpolation, each spatial axis 1/`factor` as long. */
function shrunk(x: Value, factor: number): Value {
  return factor === 1
    ? x
    : resize(
        x,
        x.shape.slice(2).map((n) => Math.floor(n / factor)),
        'linear',
        true,
      )
}
