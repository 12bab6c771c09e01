import { z } from 'zod'
import { readWeights } from '../checkpoints/index.ts'
import { asFloats } from '../core/convert.ts'
import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { currentFiles } from '../core/files.ts'
import { Kind, bool, count, instance, number, oneOf, text, type Values } from '../core/options.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { copyModelState } from '../networks/copyModelState.ts'
import { forwardPass, randomPick, type Pass } from '../networks/pass.ts'
import {
  PerceptualDistance,
  isOfVolumes,
  perceptualNetworks,
  type PerceptualNetwork,
} from '../networks/perceptual/perceptualDistance.ts'
import { TorchGenerator } from '../rng/index.ts'
import { loss, type LossComponent } from './loss.ts'

const name = 'PerceptualLoss'

const paths: Kind<string | readonly string[]> = new Kind('the name of a file, or a list of them', () =>
  z.union([text.type, z.array(text.type).readonly()]),
)

const options = {
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').req('Spatial axes.'),
  networkType: oneOf(...perceptualNetworks).opt('The network whose maps are compared.', 'alex'),
  isFake3D: bool.opt('Whether volumes are compared slice by slice along each axis.', true, { alias: 'is_fake_3d' }),
  fake3DRatio: number
    .where((share) => share > 0 && share <= 1, 'above 0 and at most 1')
    .opt('Share of the slices that are compared, drawn anew each time.', 0.5, { alias: 'fake_3d_ratio' }),
  cacheDir: text.opt('No effect: nothing is downloaded.', null),
  pretrained: bool.opt('Whether the network has published weights, from pretrainedPath; else random ones.', true),
  pretrainedPath: paths.opt(
    "Published weights: of LPIPS two files, torchvision's of the network and LPIPS' own; of the others one.",
    null,
  ),
  pretrainedStateDictKey: text.opt('Where in the file weights are; found by itself unless given.', null),
  channelWise: bool.opt('Whether each channel gets its own loss; of MedicalNet only.', false),
  weights: instance<Readonly<Record<string, Tensor>>>(
    'tensors by state-dict name',
    (value) => typeof value === 'object' && value !== null,
  ).opt('The weights themselves, in place of pretrainedPath.', null),
}

type Options = Values<typeof options>

/**
 * How different two images look to a network that was trained on others (Zhang et al. 2018, MONAI PerceptualLoss). Its
 * weights are frozen; they come from published files, which have to be there.
 */
export const PerceptualLoss: LossComponent<typeof options> = loss({
  name,
  options,
  check({ spatialDims, networkType, isFake3D, channelWise }) {
    const isVolumes = isOfVolumes(networkType)
    if (isVolumes && (spatialDims === 2 || isFake3D))
      throw new OptionError(
        `${name}.networkType`,
        `"${networkType}" compares volumes; set spatialDims to 3 and isFake3D to false`,
      )
    if (!isVolumes && spatialDims === 3 && !isFake3D)
      throw new OptionError(
        `${name}.isFake3D`,
        `is false, but "${networkType}" compares slices; set it, or use a network of MedicalNet`,
      )
    if (channelWise && !isVolumes)
      throw new OptionError(
        `${name}.channelWise`,
        `is only of MedicalNet's networks; with "${networkType}" leave it out`,
      )
  },
  forward(input, target, options) {
    const axes = options.spatialDims
    if (!sameShape(input.shape, target.shape) || input.shape.length !== axes + 2)
      throw new ShapeError(
        name,
        `got ${shown(input.shape)} and ${shown(target.shape)}; give two images [N, C, ...] of one shape with ${axes} spatial axes`,
      )
    const distance = distanceOf(options)
    if (axes === 3 && options.isFake3D)
      return [2, 3, 4]
        .map((axis) => m.mean(alongAxis(input, target, axis, options.fake3DRatio, distance)))
        .reduce((sum, part) => m.add(sum, part))
    const found = distance(input, target)
    // MONAI drops all axes of one element, then takes the mean over the first that is left.
    return options.channelWise && found.shape[0] > 1 && found.shape[1] > 1
      ? m.reshape(m.mean(found, [0]), [found.shape[1]])
      : m.mean(found)
  },
})

type Distance = (a: Value, b: Value) => Value

/** The distances of some slices across an axis. */
function alongAxis(a: Value, b: Value, axis: number, share: number, distance: Distance): Value {
  const [samples, channels] = a.shape
  const others = [2, 3, 4].filter((other) => other !== axis)
  const slices = samples * a.shape[axis]
  const wanted = Math.trunc(slices * share)
  if (wanted === 0)
    throw new OptionError(`${name}.fake3DRatio`, `${share} of ${slices} slices are none; give ${1 / slices} or more`)
  const picks = m.cast(randomPick(wanted, slices), 'int32')
  const [first, second] = [a, b].map((x) => {
    const list = m.reshape(m.transpose(x, [0, axis, 1, ...others]), [
      slices,
      channels,
      ...others.map((other) => x.shape[other]),
    ])
    return m.gather(list, picks, 0)
  })
  return distance(first, second)
}

/** Networks that were read, by the options that they were read for. */
const made = new WeakMap<Options, Distance>()

function distanceOf(options: Options): Distance {
  const known = made.get(options)
  if (known) return known
  const { networkType, channelWise } = options
  const network = PerceptualDistance({ networkType, channelWise })
  const initial = () => network.init(new TorchGenerator(0))
  const given = stateDictOf(options)
  const { states, missing, mismatched } = copyModelState(network, given ? {} : initial(), given ?? {})
  // Counters of batch norms do nothing in evaluation; old files are without.
  const wrong = given
    ? [...missing.filter((key) => !key.endsWith('num_batches_tracked')), ...mismatched.map((of) => of.name)]
    : []
  if (wrong.length > 0)
    throw new OptionError(
      `${name}.pretrainedPath`,
      `${wrong.length} weights of "${networkType}" are missing or of another shape, such as ${shown(wrong.slice(0, 3))}; ${advice(networkType)}`,
    )
  const values = new Map(
    network.weights.flatMap(({ name }) => (name in states ? [[name, constant(asFloats(states[name]))] as const] : [])),
  )
  const distance: Distance = (a, b) => {
    const pass: Pass = { ...forwardPass(), states: new Map(values) }
    return network.forward(pass, a, b)
  }
  made.set(options, distance)
  return distance
}

/** The given weights under the network's names; null for random ones. */
function stateDictOf(options: Options): Record<string, Tensor> | null {
  const { networkType, pretrained, pretrainedPath, pretrainedStateDictKey, weights } = options
  if (weights) return renamed(networkType, weights)
  if (!pretrained) return null
  if (pretrainedPath === null)
    throw new OptionError(
      `${name}.pretrainedPath`,
      `is null, and nothing is downloaded; ${advice(networkType)}, or set pretrained to false for random weights`,
    )
  const files = typeof pretrainedPath === 'string' ? [pretrainedPath] : pretrainedPath
  return Object.assign(
    {},
    ...files.map((path) =>
      renamed(networkType, readWeights(currentFiles().read(path), path, pretrainedStateDictKey).tensors),
    ),
  ) as Record<string, Tensor>
}

function advice(networkType: PerceptualNetwork): string {
  const isLearned = networkType === 'alex' || networkType === 'vgg' || networkType === 'squeeze'
  return isLearned
    ? `give torchvision's file of "${networkType}" and LPIPS' own`
    : `give the file that MONAI would download for "${networkType}"`
}

/** The names of torchvision's and LPIPS' files under those of LPIPS' modules. */
function renamed(networkType: PerceptualNetwork, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const places = new Map<string, string>(
    PerceptualDistance({ networkType }).weights.map(({ name }) => [
      name.replace(/^net\.slice\d+\./, 'features.'),
      name,
    ]),
  )
  return Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      const name = key.replace(/^lin(\d+)\./, 'lins.$1.')
      return [places.get(name) ?? name, tensor]
    }),
  )
}
