import { OptionError, shown } from '../core/errors.ts'
import { int, nonNegative, count, instance, parseOptions, type Given } from '../core/options.ts'
import { sizeOf, type Tensor } from '../core/tensor.ts'
import { RandomState } from '../rng/index.ts'

const schema = {
  numObjs: int.where((n) => n >= 0, 'a whole number of 0 or more').opt('How many circles or balls.', 12),
  radMax: count.opt('Radii are below this, in voxels.', 30),
  radMin: count.opt('The least radius, in voxels.', 5),
  noiseMax: nonNegative.opt('Noise is uniform from 0 to this times the number of classes.', 0),
  numSegClasses: count.opt('Classes of the label beside the background; objects of 1 class differ in brightness.', 5),
  channelDim: int.nullable().opt('Where an axis of one channel goes: in front (0) or last (-1); none when null.', null),
  randomState: instance<RandomState>('a RandomState', (value) => value instanceof RandomState).opt(
    'What is drawn from; a new one of seed 0 unless given.',
    null,
  ),
}

/** Options of createTestImage2d and createTestImage3d. */
export type TestImageOptions = Given<typeof schema>

/** Image (float32, 0 to 1) and label (int32, 0 the background). */
export type TestImage = readonly [image: Tensor<Float32Array>, label: Tensor<Int32Array>]

/** Circles of random place, radius and class on 0, for tests and first steps (MONAI `create_test_image_2d`, draw for draw). */
export function createTestImage2d(height: number, width: number, options: TestImageOptions = {}): TestImage {
  return testImage('createTestImage2d', [height, width], options)
}

/** Balls of random place, radius and class on 0 (MONAI `create_test_image_3d`, draw for draw). */
export function createTestImage3d(
  height: number,
  width: number,
  depth: number,
  options: TestImageOptions = {},
): TestImage {
  return testImage('createTestImage3d', [height, width, depth], options)
}

function testImage(name: string, shape: readonly number[], given: TestImageOptions): TestImage {
  const options = parseOptions(name, schema, given)
  const { numObjs, radMax, radMin, noiseMax, numSegClasses, channelDim } = options
  if (radMin >= radMax)
    throw new OptionError(`${name}.radMin`, `${radMin} is not below radMax ${radMax}; give less, or a larger radMax`)
  if (Math.min(...shape) <= 2 * radMax)
    throw new OptionError(name, `${shown(shape)} is too small for radMax ${radMax}; give sizes above ${2 * radMax}`)
  if (channelDim !== null && ![-1, 0, shape.length].includes(channelDim))
    throw new OptionError(`${name}.channelDim`, `${channelDim} is no end of the axes; give 0, -1 or ${shape.length}`)
  const rng = options.randomState ?? new RandomState(0)
  const image = new Float64Array(sizeOf(shape))
  for (let i = 0; i < numObjs; i++) {
    const centre = shape.map((n) => rng.randint(radMax, n - radMax))
    const radius = rng.randint(radMin, radMax)
    const value = rng.rand()
    fillBall(image, shape, centre, radius, numSegClasses > 1 ? Math.ceil(value * numSegClasses) : value * 0.5 + 0.5)
  }
  const label = Int32Array.from(image, Math.ceil)
  const noise = rng.uniform(0, numSegClasses * noiseMax, image.length)
  const noisy = Float32Array.from(image, (x, i) => Math.max(x, noise[i]))
  const full = channelDim === null ? shape : channelDim === 0 ? [1, ...shape] : [...shape, 1]
  return [
    { dtype: 'float32', shape: full, data: rescaled(noisy) },
    { dtype: 'int32', shape: full, data: label },
  ]
}

/** Sets what lies no farther than `radius` from the centre. */
function fillBall(
  image: Float64Array,
  shape: readonly number[],
  centre: readonly number[],
  radius: number,
  value: number,
): void {
  const visit = (axis: number, offset: number, left: number): void => {
    const reach = Math.floor(Math.sqrt(left))
    const last = axis === shape.length - 1
    for (let d = -reach; d <= reach; d++) {
      const at = offset * shape[axis] + centre[axis] + d
      if (last) image[at] = value
      else visit(axis + 1, at, left - d * d)
    }
  }
  visit(0, 0, radius * radius)
}

/** From 0 to 1 in float32; zeros where all values are equal. */
function rescaled(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  let [least, most] = [Infinity, -Infinity]
  for (const x of values) {
    least = Math.min(least, x)
    most = Math.max(most, x)
  }
  if (least === most) return values.fill(0)
  const range = Math.fround(most - least)
  return values.map((x) => Math.fround(x - least) / range)
}
