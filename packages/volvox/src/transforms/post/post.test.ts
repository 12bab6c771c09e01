import { expect, test } from 'vitest'
import { useFiles, type Files } from '../../core/files.ts'
import { MissingError } from '../../core/errors.ts'
import { image, type Image } from '../../core/image.ts'
import { Compose } from '../compose.ts'
import { Flip, Rotate90 } from '../spatial/index.ts'
import {
  FillHoles,
  Invert,
  LabelToContour,
  MeanEnsemble,
  MeanEnsembled,
  ProbNMS,
  RemoveSmallObjects,
  SaveClassificationd,
  SobelGradients,
  VoteEnsemble,
} from './index.ts'

const labels = (shape: number[], values: number[]) => image('uint8', shape, Uint8Array.from(values))
const plain = (img: Image) => Array.from(img.data as Uint8Array)

test('holes are filled unless a path leads out', () => {
  const ring = [1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1]
  expect(plain(FillHoles()(labels([1, 4, 3], ring)))).toEqual(ring) // a path leads out over corners
  expect(plain(FillHoles({ connectivity: 1 })(labels([1, 4, 3], ring)))).toEqual(ring.with(7, 1))
})

test('the border of a label is left', () => {
  const block = new Array<number>(25).fill(1)
  const border = plain(LabelToContour()(labels([1, 5, 5], block)))
  expect(border).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1])
})

test('small parts go, and the spacing counts by measure', () => {
  const mask = labels([1, 2, 4], [1, 1, 0, 1, 0, 0, 0, 0])
  expect(plain(RemoveSmallObjects({ minSize: 2 })(mask))).toEqual([1, 1, 0, 0, 0, 0, 0, 0])
  const wide = { ...mask, affine: [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] }
  expect(plain(RemoveSmallObjects({ minSize: 6, byMeasure: true })(wide))).toEqual([1, 1, 0, 1, 0, 0, 0, 0])
})

test('several predictions become one, from a list or from keys', () => {
  const [a, b] = [labels([1, 3], [0, 2, 4]), labels([1, 3], [2, 2, 0])]
  expect(plain(MeanEnsemble()([a, b]))).toEqual([1, 2, 2])
  expect(plain(VoteEnsemble({ numClasses: 5 })([a, b, b]))).toEqual([2, 2, 0])
  const out = MeanEnsembled({ keys: ['a', 'b'], outputKey: 'mean', weights: [3, 1] })({ a, b })
  expect(plain(out.mean as Image)).toEqual([0, 2, 3]) // 0.5 is cut off, as in torch
})

test('a pipeline of plain transforms is undone', () => {
  const img = labels([1, 2, 3], [1, 2, 3, 4, 5, 6])
  const pipeline = Compose([Flip({ spatialAxis: 0 }), Rotate90({ k: 1 })])
  expect(plain(Invert({ transform: pipeline })(pipeline(img) as Image))).toEqual(plain(img))
})

test('classes are written as a table', () => {
  const written = new Map<string, string>()
  const memory = {
    read(path: string) {
      const found = written.get(path)
      if (found === undefined) throw new MissingError(path, 'is not there')
      return new TextEncoder().encode(found)
    },
    write: (path: string, bytes: Uint8Array) => void written.set(path, new TextDecoder().decode(bytes)),
  }
  useFiles(memory as unknown as Files)
  const save = SaveClassificationd({ keys: 'pred', outputDir: 'out' })
  save({ pred: [0.25, 1], pred_meta_dict: { filename_or_obj: 'a.nii' } })
  save({ pred: 1e-5 })
  SaveClassificationd({ keys: 'pred', outputDir: 'out', overwrite: false })({ pred: 3 })
  expect(written.get('out/predictions.csv')).toBe('a.nii,0.25,1.0\n1,1e-05\n0,3.0\n')
})

test('one sentence says what is wrong', () => {
  const img = labels([2, 2, 2], [0, 1, 2, 0, 1, 1, 0, 0])
  const wrong: [() => unknown, RegExp][] = [
    [() => FillHoles({ appliedLabels: 7 })(img), /^FillHoles\.appliedLabels: 7 is not a channel of an image with 2; use 0 to 1$/],
    [() => FillHoles({ connectivity: 3 })(img), /^FillHoles\.connectivity: 3 is more than the 2 axes of the image; use 1 to 2$/],
    [() => RemoveSmallObjects({ connectivity: 4 })(img), /^RemoveSmallObjects\.connectivity: 4 is more than the 3 axes/],
    [() => RemoveSmallObjects({ minSize: -1 }), /^RemoveSmallObjects\.minSize: -1 does not fit; give a number of 0 or more$/],
    [() => MeanEnsemble()([img, labels([1, 3], [0, 0, 0])]), /^MeanEnsemble: one image has the shape \[1, 3\], another \[2, 2, 2\]; give images of one shape$/],
    [() => MeanEnsemble()([]), /^MeanEnsemble: was given \[\]; give a list of images$/],
    [() => VoteEnsemble({ numClasses: 2 })([labels([1, 1], [4])]), /^VoteEnsemble\.numClasses: an image holds 4; 2 classes are 0 to 1$/],
    [() => MeanEnsembled({ keys: ['a', 'b'] })({ a: img, b: img }), /^MeanEnsembled\.outputKey: is null for 2 keys; name the key of the result$/],
    [() => ProbNMS()(img), /^ProbNMS\.spatialDims: is 2, the map has the shape \[2, 2, 2\]; give it without a channel axis$/],
    [() => ProbNMS()(image('float32', [1, 2], Float32Array.of(NaN, 1))), /^ProbNMS: the map holds NaN at voxel 0; give finite numbers$/],
    [() => SobelGradients({ kernelSize: 4 }), /^SobelGradients\.kernelSize: 4 does not fit; give an odd whole number of 3 or more$/],
    [() => SobelGradients()(img), /^SobelGradients: the image is uint8, which holds no gradients; cast it to float32 first$/],
    [() => SobelGradients({ kernelSize: 7 })(image('float32', [1, 2, 2], new Float32Array(4))), /^SobelGradients\.kernelSize: 7 reaches beyond axis 0 of \[2, 2\] when reflected; use a smaller kernel/],
  ] // prettier-ignore
  for (const [act, message] of wrong) expect(act).toThrow(message)
})
