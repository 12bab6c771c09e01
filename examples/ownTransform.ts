// A transform of one's own: a function and its options. Its other forms follow.
// Run it: npm run example:transform
import {
  dictionary,
  image,
  number,
  random,
  registry,
  RandomState,
  voxels,
  withVoxels,
  type Image,
  type Sample,
} from 'volvox'

/** Air and below becomes air: the function, with options that are checked and explained. */
const LiftAir = voxels({
  name: 'LiftAir',
  options: { air: number.opt('The least value that is left, in Hounsfield units.', -1000) },
  apply: (img, { air }) =>
    withVoxels(img, { data: Float32Array.from(img.data as Float32Array, (x) => Math.max(x, air)) }),
})
const LiftAird = dictionary(LiftAir)

/** The same with a limit that is drawn. */
const RandLiftAir = random(LiftAir, {
  options: { low: number.opt('The least limit.', -1024), high: number.opt('The greatest.', -900) },
  draw: (rng, { low, high }) => ({ air: rng.uniform(low, high) }),
})

const scan = image('float32', [1, 2, 2], Float32Array.of(-2000, -950, 0, 40))
console.log('plain     ', [...LiftAir()(scan).data].join(' '))

const sample: Sample = LiftAird({ keys: ['ct'], air: -960 })({ ct: scan })
console.log('dictionary', [...(sample.ct as Image).data].join(' '))

const drawn = RandLiftAir().setRandomState(7)(scan).data[0]
console.log('random    ', drawn === Math.fround(new RandomState(7).uniform(-1024, -900)))

// A config finds it by the module that it is registered under.
const known = registry().register('clinic.transforms', { LiftAir, LiftAird, RandLiftAir })
const fromConfig = known.create({ _target_: 'clinic.transforms.LiftAir', air: -1 }) as (img: Image) => Image
console.log('config    ', [...fromConfig(scan).data].join(' '))

try {
  LiftAir({ air: 'low' as never })
} catch (error) {
  console.log('mistake   ', (error as Error).message)
}
