// Trains a 3-D U-Net on 16 MRIs of the hippocampus and scores it on 4 others: npm run example
import { fastestExecutor, progressLine, terminal } from '@volvox/cli'
import { nodeFiles, nodeWorkers, runFolder } from '@volvox/node'
import * as v from 'volvox'

v.useFiles(nodeFiles)
const keys = ['image', 'label']
const size = [32, 48, 32]
const load = [v.LoadImaged({ keys, ensureChannelFirst: true }), v.NormalizeIntensityd({ keys: ['image'] })]
const augment = [
  v.SpatialPadd({ keys, spatialSize: size }),
  v.RandSpatialCropd({ keys, roiSize: size }),
  v.RandFlipd({ keys, prob: 0.5, spatialAxis: [0] }),
  v.RandGaussianNoised({ keys: ['image'], prob: 0.2, std: 0.1 }),
]
const cases = (list: string) =>
  v.loadDecathlonDatalist({ dataListFilePath: 'examples/data/hippocampus', dataListKey: list })
const trainData = await v.CacheDataset({ data: cases('training'), transform: [...load, ...augment] })
const valData = await v.CacheDataset({ data: cases('validation'), transform: load })
const trainDataLoader = v.DataLoader({ dataset: trainData, batchSize: 4, shuffle: true, workers: nodeWorkers(1) })

const channels = { inChannels: 1, outChannels: 3, channels: [16, 32, 64], strides: [2, 2] }
const lossFunction = v.DiceCELoss({ toOnehotY: true, softmax: true })
const model = await v.openModel({
  executor: await fastestExecutor(),
  network: v.UNet({ spatialDims: 3, ...channels, numResUnits: 2 }),
  training: { lossFunction, optimizer: v.AdamW({ lr: 3e-3 }), inputShape: [4, 1, ...size] },
  inferenceShape: [1, 1, ...size],
  activation: 'softmax',
})
const evaluator = new v.SupervisedEvaluator({
  predictor: model.predictor,
  valDataLoader: v.DataLoader({ dataset: valData }),
  inferer: v.SlidingWindowInferer({ roiSize: size, overlap: 0.5, mode: 'gaussian' }),
  postprocessing: v.AsDiscreted({ keys: ['pred'], argmax: true }),
  metrics: { Dice: v.DiceMetric({ includeBackground: false, numClasses: 3 }) },
})
const io = terminal()
const trainer = new v.SupervisedTrainer({
  learner: model.learner,
  trainDataLoader,
  maxSteps: Number(process.argv[2] ?? 200),
  trainHandlers: [
    v.LrScheduleHandler(v.cosineSchedule({ warmup: 0.05 })),
    v.ProgressHandler((report) => io.progress(progressLine(report))),
    v.ValidationHandler({ interval: 0.25, unit: 'budget', validate: () => evaluator.run() }),
    v.CheckpointSaver({ folder: runFolder('runs/example'), keyMetric: 'Dice' }),
  ],
})
await trainer.run()
io.settle()
io.print(`Mean Dice ${trainer.metrics.Dice.toFixed(3)} on ${valData.length} cases; weights in runs/example`)
await trainDataLoader.dispose()
await model.dispose()
