import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { registry } from '../../registry.ts'
import { Compose } from '../compose.ts'
import { Flipd } from '../spatial/index.ts'
import {
  AddCoordinateChannels,
  AddExtremePointsChannel,
  ApplyTransformToPointsd,
  ClassesToIndicesd,
  ConcatItemsd,
  CopyItemsd,
  DeleteItemsd,
  FgBgToIndicesd,
  FlattenSubKeysd,
  FromMetaTensord,
  ImageFilter,
  IntensityStatsd,
  Lambda,
  Lambdad,
  LabelToMask,
  MapLabelValue,
  RandLambdad,
  SelectItemsd,
  SplitDimd,
  SqueezeDim,
  ToMetaTensord,
  ToTensord,
  TorchVisiond,
  Transpose,
} from './index.ts'

const ramp = (shape: number[]): Image =>
  image(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  )
const values = (img: unknown) => Array.from((img as Image).data as Float32Array)

test('items of a sample are copied, chosen, deleted, flattened, joined and split', () => {
  const sample = { a: ramp([1, 2, 2]), b: ramp([2, 2, 2]), c: { d: 1, e: { f: 2 } } }
  expect(Object.keys(CopyItemsd({ keys: ['a', 'b'], times: 2 })(sample)).slice(3)).toEqual(['a_0', 'a_1', 'b_0', 'b_1'])
  expect(Object.keys(SelectItemsd({ keys: 'b' })(sample))).toEqual(['b'])
  expect(DeleteItemsd({ keys: ['c.e.f', '^[ab]$'], useRe: [false, true] })(sample)).toEqual({ c: { d: 1, e: {} } })
  expect(FlattenSubKeysd({ keys: 'c', prefix: 'p' })(sample)).toMatchObject({ p_d: 1, p_e: { f: 2 } })
  const joined = ConcatItemsd({ keys: ['a', 'b'], name: 'all' })(sample).all as Image
  expect([joined.shape, values(joined)]).toEqual([
    [3, 2, 2],
    [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7],
  ])
  const split = SplitDimd({ keys: 'b', outputPostfixes: ['x', 'y'] })(sample) as Record<string, unknown>
  expect(values(split.b_y)).toEqual([4, 5, 6, 7])
  const samples = SplitDimd({ keys: 'b', dim: 1, listOutput: true })(sample) as Record<string, unknown>[]
  expect(samples.map(({ b }) => values(b))).toEqual([[0, 1, 4, 5], [2, 3, 6, 7]]) // prettier-ignore
})

test('metadata is laid beside an image and taken in again', () => {
  const sample = { image: { ...ramp([1, 2]), meta: { name: 'x' } } }
  const out = FromMetaTensord({ keys: 'image' })(sample)
  expect(out.image_meta_dict).toMatchObject({ name: 'x', affine: sample.image.affine })
  const back = ToMetaTensord({ keys: 'image' })({
    ...out,
    image: { dtype: 'float32', shape: [1, 2], data: sample.image.data },
  })
  expect(back).toEqual(sample)
})

test('functions of your own are applied, sometimes, and undone', () => {
  const twice = (img: Image): Image => ({ ...img, data: (img.data as Float32Array).map((x) => 2 * x) })
  const half = (img: Image): Image => ({ ...img, data: (img.data as Float32Array).map((x) => x / 2) })
  const plain = Lambda({ func: twice, invFunc: half })
  expect(plain.inverse(plain(ramp([1, 3])) as Image)).toEqual(ramp([1, 3]))
  const pipeline = Compose([
    Flipd({ keys: ['image'], spatialAxis: 0 }),
    Lambdad({
      keys: ['image', 'age'],
      func: [twice, (age: number) => age + 1],
      invFunc: [half, (age: number) => age - 1],
    }),
  ])
  const out = pipeline({ image: ramp([1, 3]), age: 7 }) as Record<string, unknown>
  expect([values(out.image), out.age]).toEqual([[4, 2, 0], 8])
  expect(pipeline.inverse(out)).toEqual({ image: ramp([1, 3]), age: 7 })
  const never = RandLambdad({ keys: 'image', func: twice, prob: 0 })
  const left = never({ image: ramp([1, 3]) })
  expect(never.inverse(left)).toEqual({ image: ramp([1, 3]) })
  expect(Lambdad({ keys: 'image', func: twice, overwrite: 'other' })({ image: ramp([1, 2]) })).toHaveProperty('other')
})

test('what is no image passes where types are changed', () => {
  const out = ToTensord({ keys: ['image', 'class'], dtype: 'float64' })({ image: ramp([1, 2]), class: 3 })
  expect([(out.image as Image).dtype, out.class]).toEqual(['float64', 3])
})

test('voxels of classes are listed beside the label, and numbers about intensities', () => {
  const label = image('uint8', [1, 4], Uint8Array.of(0, 1, 2, 1))
  const sample = { label, mask: image('bool', [1, 4], Uint8Array.of(1, 1, 0, 0)) }
  const foreground = FgBgToIndicesd({ keys: 'label' })(sample)
  expect([foreground.label_fg_indices, foreground.label_bg_indices]).toEqual([Int32Array.of(1, 2, 3), Int32Array.of(0)])
  const classes = ClassesToIndicesd({ keys: 'label', numClasses: 3 })(sample)
  expect(classes.label_cls_indices).toEqual([Int32Array.of(0), Int32Array.of(1, 3), Int32Array.of(2)])
  const stats = IntensityStatsd({
    keys: 'label',
    ops: ['mean', (x: ArrayLike<number>) => x.length],
    keyPrefix: 'p',
    maskKeys: 'mask',
  })(sample)
  expect(stats.label_meta_dict).toEqual({ p_mean: 0.5, p_custom_0: 2 })
})

test('points move by the matrix of an image, and back', () => {
  const img = { ...ramp([1, 2, 2, 2]), affine: [2, 0, 0, 1, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] }
  const points = image('float32', [1, 1, 3], Float32Array.of(5, 2, 4))
  const move = ApplyTransformToPointsd({ keys: 'points', referKeys: 'image' })
  const out = move({ image: img, points })
  expect(values(out.points)).toEqual([2, 1, 2])
  expect(values(move.inverse(out).points)).toEqual([5, 2, 4])
})

test('one sentence says what is wrong', () => {
  const img = ramp([2, 3, 4])
  const sample = { image: img, other: ramp([1, 3, 3]) }
  const wrong: [() => unknown, RegExp][] = [
    [() => Transpose({ indices: [0, 1, 1] })(img), /^Transpose\.indices: \[0, 1, 1\] is no order of 3 axes; name each from 0 to 2 once$/],
    [() => SqueezeDim()(img), /^SqueezeDim\.dim: axis 0 of \[2, 3, 4\] has 2 entries; only one of size 1 can be dropped$/],
    [() => AddCoordinateChannels({ spatialDims: [2] })(img), /^AddCoordinateChannels\.spatialDims: axis 2 does not exist in 2 spatial axes; use 0 to 1$/],
    [() => LabelToMask({ selectLabels: 5 })(img), /^LabelToMask\.selectLabels: 5 is not a channel of an image with 2; use 0 to 1$/],
    [() => MapLabelValue({ origLabels: [1], targetLabels: [] })(img), /^MapLabelValue\.targetLabels: has 0 values for 1 original ones; give one for each$/],
    [() => ConcatItemsd({ keys: ['image', 'other'], name: 'x' })(sample), /^ConcatItemsd: float32 \[1, 3, 3\] does not join float32 \[2, 3, 4\] along axis 0/],
    [() => CopyItemsd({ keys: 'image', names: ['other'] })(sample), /^CopyItemsd: the sample has a "other" already; choose another name or delete it first$/],
    [() => SelectItemsd({ keys: 'nothing' })(sample), /^SelectItemsd: no "nothing" in the sample \(it has "image", "other"\); fix keys or set allowMissingKeys$/],
    [() => ImageFilter({ filter: 'gauss', filterSize: 3 })(img), /^ImageFilter\.sigma: is null; "gauss" needs a standard deviation$/],
    [() => AddExtremePointsChannel()(img, { label: image('uint8', [1, 3, 4], new Uint8Array(12)) }), /^AddExtremePointsChannel\.label: holds nothing but 0; give one with foreground$/],
    [() => TorchVisiond({ keys: 'image', name: 'ColorJitter' } as never), /^TorchVisiond\.name: "ColorJitter" is a transform of torchvision, which is Python; use the transforms of MONAI for it, or a Lambda$/],
  ] // prettier-ignore
  for (const [act, message] of wrong) expect(act).toThrow(message)
})

test('configs name them by every spelling', () => {
  for (const name of ['LabelToMaskD', 'monai.transforms.LambdaDict', 'monai.transforms.utility.dictionary.CopyItemsd'])
    expect(registry().find(name, 'test').componentName).toMatch(/d$/)
})
