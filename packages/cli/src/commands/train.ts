import { bool, count, int, positive, text } from 'volvox/core'
import { command, Interrupted } from '../command.ts'
import { path, patterns } from '../kinds.ts'
import { runOptions, seedOption } from './shared.ts'

export const train = command({
  name: 'train',
  summary: 'Train a segmentation network on a Decathlon data set',
  details:
    'Leaves in the run folder: last.safetensors and best.safetensors (checkpoints), log.jsonl and log.csv, tensorboard/.\n' +
    'Ctrl-C finishes the step, saves and says how to resume; a killed run resumes from its last checkpoint, at most a minute back.',
  args: {},
  options: {
    data: path.opt('Data set: dataset.json or the folder that holds it.', null),
    recipe: text.opt('Plan of the training: hippocampus.', 'hippocampus'),
    out: path.req('Run folder; made when it is not there.'),
    minutes: positive.opt('Train for so long; the learning rate reaches zero when the time is up.', null),
    steps: count.opt('Train for so many steps.', null),
    epochs: positive.opt('Train for so many passes over the training cases.', null),
    resume: bool.opt(
      'Go on with the run in the run folder; data, recipe and seed are those it was started with.',
      false,
    ),
    init: path.opt(
      'Checkpoint of PyTorch, safetensors or a training to begin with: weights whose name and shape match are taken over.',
      null,
    ),
    initKey: text.opt('Where in that file the weights are; found by itself unless several are there.', null),
    initMap: patterns.opt(
      'OLD=NEW: names of its weights that begin with OLD begin with NEW here, e.g. backbone.=; may be given several times.',
      [],
    ),
    freeze: patterns.opt(
      'Weights whose name this regular expression is found in stay as they are, but for running statistics; may be given several times.',
      [],
    ),
    lrScale: patterns.opt(
      'PATTERN=FACTOR: learning rate of the weights that match, as a share of that of the others; may be given several times.',
      [],
    ),
    lrScheduler: text.opt(
      'How the learning rate goes: cosine, poly or constant over the training, or the JSON of a schedule of MONAI or torch, which counts steps, or epochs with "epoch_level": true. The cosine of the recipe unless given.',
      null,
    ),
    seed: seedOption.opt('Decides weights, order and augmentation.', 0),
    workers: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .opt('Threads that augment samples ahead of the network.', 1),
    ...runOptions,
    recompute: bool.opt(
      'Compute activations again in the backward pass instead of keeping them: less memory, more time.',
      false,
    ),
    profile: bool.opt(
      'Print what the operations of the first steps took, and write trace.json (chrome://tracing) into the run folder.',
      false,
    ),
    profileSteps: count.opt('Steps that --profile times, after three that warm up.', 20),
    json: bool.opt('Print the result as JSON.', false),
  },
  examples: [
    [
      'volvox train --data examples/data/hippocampus --minutes 2 --out runs/first',
      'Train on the sample data for two minutes',
    ],
    ['volvox train --data Task04_Hippocampus --recipe hippocampus --minutes 20 --out runs/full', 'The full recipe'],
    ['volvox train --out runs/full --resume', 'Go on with an interrupted run'],
    ['volvox train --data Task04_Hippocampus --steps 25 --out runs/profile --profile', 'See where the time goes'],
    [
      'volvox train --data Task04_Hippocampus --init model.pt --freeze ^input_block --lr-scale downsamples=0.1 --out runs/tuned',
      'Tune weights of another training: the first layer stays, the encoder learns slowly',
    ],
    [
      'volvox train --data Task04_Hippocampus --init ssl.pt --init-key model --init-map encoder.=downsamples. --out runs/tuned',
      'Begin with weights that lie deeper in a file, under other names',
    ],
    [
      'volvox train --data Task04_Hippocampus --epochs 60 --lr-scheduler {"_target_":"StepLR","step_size":20,"epoch_level":true} --out runs/steps',
      'A tenth of the learning rate after 20 and after 40 epochs (quote the JSON as your shell asks)',
    ],
    ['tensorboard --logdir runs', 'Look at the curves in TensorBoard'],
  ],
  async run(options, io) {
    const { shownPath, startTraining } = await import('../segmentation/start.ts')
    const { minutes, steps, epochs, profile, profileSteps, out, json } = options
    const budget = { maxMinutes: minutes, maxSteps: steps, maxEpochs: epochs }
    const print = json ? io.note : io.print // JSON alone is for stdout
    const result = await startTraining(
      { ...options, budget, profileSteps: profile ? profileSteps : null },
      { ...io, print },
    )
    if (json) io.print(JSON.stringify(result))
    if (result.interrupted) throw new Interrupted()
    io.note(`Next: volvox evaluate ${shownPath(out)}`)
  },
})
