import { shown } from '../../core/errors.ts'
import { bool, count, int, ints } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { resize } from '../../graph/layers.ts'
import { dynConvSize, unetBasicBlock, unetOutBlock, unetResBlock, unetUpBlock } from '../blocks/dynunetBlock.ts'
import { kaimingNormal, zero } from '../init.ts'
import { stepsOf } from '../inputRule.ts'
import { layer, type Layer, type Output } from '../layer.ts'
import { activation, named, namedOrNumber, perAxis, sizesPerBlock } from '../named.ts'
import { network, optionError, outputsOf } from '../network.ts'

/**
 * nnU-Net's network (Isensee et al. 2021; MONAI DynUNet). With deep supervision, training gives
 * `[N, 1 + deepSuprNum, outChannels, ...spatial]`: the result and the heads, resized to it, stacked on axis 1.
 */
export const DynUNet = network({
  name: 'DynUNet',
  options: {
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
    inChannels: count.req('Channels of the image.'),
    outChannels: count.req('Channels of the result, usually one per class.'),
    kernelSize: sizesPerBlock.req('Kernel size of each block, input block first, bottleneck last.'),
    strides: sizesPerBlock.req('Stride of each block.'),
    upsampleKernelSize: sizesPerBlock.req(
      'Kernel size and stride of each transposed convolution; usually strides without the first.',
    ),
    filters: ints.opt("Width of each block; nnU-Net's doubling from 32 when null.", null),
    dropout: namedOrNumber.opt('Chance of dropout after each convolution.', null),
    normName: named.opt('Norm.', ['INSTANCE', { affine: true }]),
    actName: activation.opt('Activation.', ['leakyrelu', { inplace: true, negative_slope: 0.01 }]),
    deepSupervision: bool.opt('Whether training gives results of lower levels too.', false),
    deepSuprNum: int.opt('How many lower levels.', 1),
    resBlock: bool.opt('Whether blocks have a residual connection.', false),
    transBias: bool.opt('Whether transposed convolutions have a bias.', false),
  },
  check({ spatialDims, kernelSize, strides, upsampleKernelSize, filters, deepSupervision, deepSuprNum }) {
    const blocks = strides.length
    if (blocks < 3 || kernelSize.length !== blocks)
      optionError(
        'kernelSize',
        `has ${kernelSize.length} values and strides ${blocks}; give both one value per block, 3 or more`,
      )
    if (upsampleKernelSize.length !== blocks - 1)
      optionError('upsampleKernelSize', `has ${upsampleKernelSize.length} values; ${blocks} blocks need ${blocks - 1}`)
    kernelSize.forEach((kernel, i) => perAxis(kernel, spatialDims, `kernelSize[${i}]`))
    strides.forEach((stride, i) => perAxis(stride, spatialDims, `strides[${i}]`))
    upsampleKernelSize.forEach((kernel, i) => {
      const step = perAxis(strides[i + 1], spatialDims, `strides[${i + 1}]`)
      if (!sameShape(perAxis(kernel, spatialDims, `upsampleKernelSize[${i}]`), step))
        optionError(
          `upsampleKernelSize[${i}]`,
          `${shown(kernel)} does not undo strides[${i + 1}], ${shown(strides[i + 1])}; give that`,
        )
    })
    if (filters && filters.length < blocks)
      optionError('filters', `has ${filters.length} values; ${blocks} blocks need as many`)
    if (deepSupervision && (deepSuprNum < 1 || deepSuprNum >= blocks - 1))
      optionError('deepSuprNum', `${deepSuprNum} does not fit ${blocks - 1} upsampling blocks; use 1 to ${blocks - 2}`)
  },
  input({ spatialDims, inChannels, kernelSize, strides }) {
    const kernels = perAxis(kernelSize[0], spatialDims, 'kernelSize[0]')
    const steps = perAxis(strides[0], spatialDims, 'strides[0]')
    return {
      channels: inChannels,
      spatialDims,
      // Nothing goes back above the first block, so that its step need not divide the sizes.
      divisor: stepsOf(strides.slice(1), spatialDims),
      entered: steps.some((step) => step > 1) ? (n, axis) => dynConvSize(n, kernels[axis], steps[axis]) : undefined,
    }
  },
  build({
    spatialDims,
    inChannels,
    outChannels,
    kernelSize,
    strides,
    upsampleKernelSize,
    deepSupervision,
    deepSuprNum,
    ...block
  }) {
    const bottom = strides.length - 1
    const width = block.filters ?? strides.map((_, i) => Math.min(2 ** (5 + i), spatialDims === 3 ? 320 : 512))
    const convBlock = block.resBlock ? unetResBlock : unetBasicBlock
    const down = (i: number) =>
      convBlock(spatialDims, i === 0 ? inChannels : width[i - 1], width[i], kernelSize[i], strides[i], block)
    const up = (i: number) =>
      unetUpBlock(spatialDims, width[i + 1], width[i], kernelSize[i + 1], upsampleKernelSize[i], block)
    const out = (i: number) => unetOutBlock(spatialDims, width[i], outChannels, block)

    const [inputBlock, ...downsamples] = strides.map((_, i) => down(i))
    const bottleneck = downsamples.pop()!
    const upsamples = strides.slice(1).map((_, i) => up(i)) // top first; the state dict lists them bottom first
    const heads = deepSupervision ? Array.from({ length: deepSuprNum }, (_, i) => out(i + 1)) : []

    const levelFrom = (i: number): Layer<Output> =>
      i === bottom
        ? bottleneck
        : skipLayer(i === 0 ? inputBlock : downsamples[i - 1], upsamples[i], levelFrom(i + 1), heads[i - 1])

    // PyTorch names the blocks twice: as parts of the network and inside the nest of skip layers, which computes.
    return layer({
      children: {
        input_block: inputBlock,
        downsamples,
        bottleneck,
        upsamples: [...upsamples].reverse(),
        output_block: out(0),
        deep_supervision_heads: deepSupervision ? heads : undefined,
        skip_layers: levelFrom(0),
      },
      forward: (own, [x], { training }) => {
        const [top, ...lower] = outputsOf(own.skip_layers(x))
        const y = own.output_block(top)
        return training && deepSupervision ? stacked(y, lower) : y
      },
    })
  },
  init: ({ role, shape, init }) => (role === 'kernel' ? kaimingNormal(shape, 0.01) : role === 'bias' ? zero : init),
})

/** One level: down, everything below, up; gives its result and those of the supervision heads from here downwards. */
function skipLayer(
  downsample: Layer,
  upsample: Layer,
  below: Layer<Output>,
  head: Layer | undefined,
): Layer<readonly Value[]> {
  return layer({
    children: { downsample, next_layer: below, upsample, super_head: head },
    forward: (own, [x]) => {
      const down = own.downsample(x)
      const [deeper, ...lower] = outputsOf(own.next_layer(down))
      const up = own.upsample(deeper, down)
      return own.super_head ? [up, own.super_head(up), ...lower] : [up, ...lower]
    },
  })
}

function stacked(y: Value, lower: readonly Value[]): Value {
  const sizes = y.shape.slice(2)
  const levels = [y, ...lower.map((head) => resize(head, sizes, 'nearest'))]
  return m.concat(
    levels.map((level) => m.reshape(level, [level.shape[0], 1, ...level.shape.slice(1)])),
    1,
  )
}
