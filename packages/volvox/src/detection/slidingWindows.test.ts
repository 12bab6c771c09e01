// Detection in windows against MONAI 1.4: the numbers are those of its detector with the same predictor.
import { expect, test } from 'vitest'
import { floats, type FloatTensor } from '../core/tensor.ts'
import type { Network } from '../networks/network.ts'
import { AnchorGeneratorWithAnchorShape, RetinaNetDetector } from './index.ts'

const network = {
  layer: {},
  weights: [],
  options: { spatialDims: 2, numClasses: 2, sizeDivisible: 4, numAnchors: 2 },
} as unknown as Network

const shapes = [
  [6, 8],
  [5, 3],
]
const anchorGenerator = AnchorGeneratorWithAnchorShape({ featureMapScales: [1, 2], baseAnchorShapes: shapes })

const image = (height: number, width: number) =>
  floats(
    [1, height, width],
    Array.from({ length: height * width }, (_, i) => Math.sin(i * i * 0.01)),
  )

/** Two levels of scores, two of codes; all depend on the window's mean, so that windows disagree where they overlap. */
const predictor = (batch: FloatTensor): FloatTensor[] => [
  level(batch, 4, 2, 1),
  level(batch, 4, 4, 1),
  level(batch, 8, 2, 0.1),
  level(batch, 8, 4, 0.1),
]

/** Means over squares of `step` voxels, each channel with a factor of its own. */
function level({ shape, data }: FloatTensor, channels: number, step: number, size: number): FloatTensor {
  const [images, , height, width] = shape
  const [rows, columns] = [height / step, width / step]
  const map = floats([images, channels, rows, columns])
  for (let n = 0; n < images; n++) {
    const window = data.subarray(n * height * width, (n + 1) * height * width)
    const mean = window.reduce((a, b) => a + b, 0) / window.length
    for (let i = 0; i < rows * columns; i++) {
      const corner = Math.floor(i / columns) * step * width + (i % columns) * step
      let sum = 0
      for (let j = 0; j < step * step; j++) sum += window[corner + Math.floor(j / step) * width + (j % step)]
      for (let k = 0; k < channels; k++)
        map.data[(n * channels + k) * rows * columns + i] =
          size * ((sum / step ** 2) * (k + 1) + mean * 5) * (k % 2 === 0 ? 1 : -1)
    }
  }
  return map
}

const recorded = [
  {
    mode: 'constant',
    overlap: 0.25,
    found: [
      {
        boxes: [
          [9.1521, 10.053, 11.2959, 18.2179],
          [0.0, 6.7646, 5.821, 8.6434],
          [9.3726, 22.1967, 11.8421, 27.0],
          [7.4088, 18.2075, 9.9347, 24.9596],
        ],
        scores: [0.97185, 0.95325, 0.94328, 0.93598],
        labels: [1, 0, 1, 1],
      },
      {
        boxes: [
          [15.2383, 12.1156, 17.4969, 18.0],
          [17.3413, 12.1653, 19.7417, 18.0],
          [0.0, 6.8287, 5.6554, 8.7482],
          [0.0, 4.1787, 1.9087, 11.0485],
        ],
        scores: [0.96317, 0.94863, 0.94317, 0.93459],
        labels: [1, 1, 0, 1],
      },
    ],
  },
  {
    mode: 'gaussian',
    overlap: 0.5,
    found: [
      {
        boxes: [
          [9.0978, 10.0507, 11.2025, 18.3677],
          [9.3726, 22.1967, 11.8421, 27.0],
          [0.0, 6.7958, 5.7406, 8.6939],
          [7.414, 18.2064, 9.9446, 24.9457],
        ],
        scores: [0.97604, 0.94505, 0.94449, 0.93482],
        labels: [1, 1, 0, 1],
      },
      {
        boxes: [
          [15.2603, 12.1143, 17.5362, 18.0],
          [0.0, 6.8154, 5.6894, 8.7266],
          [17.3485, 12.1642, 19.755, 18.0],
          [0.0, 4.1787, 1.9087, 11.0485],
        ],
        scores: [0.96035, 0.94716, 0.94506, 0.93459],
        labels: [1, 0, 1, 1],
      },
    ],
  },
] as const

test.each(recorded)('windows blended by $mode find the boxes that MONAI finds', async ({ mode, overlap, found }) => {
  const detector = RetinaNetDetector({ network, anchorGenerator })
  detector.setSlidingWindowInferer({ roiSize: [16, 16], swBatchSize: 2, overlap, mode })
  detector.setBoxSelectorParameters({
    scoreThresh: 0.3,
    topkCandidatesPerLevel: 20,
    nmsThresh: 0.2,
    detectionsPerImg: 4,
  })
  const ours = await detector.predict([image(22, 27), image(24, 18)], predictor, { useInferer: true })
  ours.forEach(({ boxes, labels, labels_scores: scores }, n) => {
    expect([...labels.data]).toEqual(found[n].labels)
    found[n].scores.forEach((score, i) => expect(scores.data[i]).toBeCloseTo(score, 4))
    found[n].boxes.flat().forEach((x, i) => expect(boxes.data[i]).toBeCloseTo(x, 3))
  })
})

test('windows of a wrong number of axes get one sentence', async () => {
  const detector = RetinaNetDetector({ network, anchorGenerator })
  detector.setSlidingWindowInferer({ roiSize: [16, 16, 16] })
  await expect(detector.predict([image(22, 27)], predictor, { useInferer: true })).rejects.toThrow(
    /^slidingWindowInference\.roiSize: \[16, 16, 16\] has 3 values; give one, or one for each of the 2 spatial axes$/,
  )
})
