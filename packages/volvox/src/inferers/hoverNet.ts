import { OptionError } from '../core/errors.ts'
import { ints, parseOptions } from '../core/options.ts'
import type { FloatTensor } from '../core/tensor.ts'
import { inferer, type InfererComponent } from './component.ts'
import { mapOutputs } from './inferer.ts'
import { slidingWindowInference, type ProcessWindow } from './slidingWindow.ts'
import { checkImage, cropSpatial, paddingTo, padSpatial, type PadMode } from './volume.ts'
import { windowOptions } from './windowOptions.ts'

const name = 'SlidingWindowHoVerNetInferer'

const schema = {
  ...windowOptions,
  extraInputPadding: ints.opt(
    'Voxels around the image, so that its border is predicted too: begin and end of the last axis, then of the one before, ...',
    null,
  ),
}

/**
 * Runs a network whose output covers only the middle of a window, as HoVerNet's does: what is missing around it counts
 * nothing, and voxels that no window predicts are NaN (MONAI SlidingWindowHoVerNetInferer; Graham et al. 2019).
 */
export const SlidingWindowHoVerNetInferer: InfererComponent<typeof schema> = inferer(name, schema, (given) => {
  const { extraInputPadding, ...options } = parseOptions(name, schema, given)
  const { paddingMode, cval } = options
  const windowOptions = { ...options, processFn: middle(paddingMode, cval) }
  return async (inputs, predictor) => {
    checkImage(name, inputs)
    const size = inputs.shape.slice(2)
    const [before, after] = paddings(extraInputPadding ?? [], size.length)
    const image = padSpatial(inputs, before, after, paddingMode, cval)
    const outputs = await slidingWindowInference(image, predictor, windowOptions)
    return mapOutputs(outputs, (output) => cropSpatial(output, before, size))
  }
})

/** Fills up outputs to the size of their windows, and lets the filling count nothing. */
function middle(mode: PadMode, value: number): ProcessWindow {
  return (outputs, windows, weights) => {
    const size = windows.shape.slice(2)
    const { before, after } = paddingTo(size, outputs[0].shape.slice(2))
    const inside = size.map((n, axis) => n - before[axis] - after[axis])
    const known: FloatTensor = { ...weights, shape: [1, 1, ...size] }
    return [
      outputs.map((output) => padSpatial(output, before, after, mode, value)),
      padSpatial(cropSpatial(known, before, inside), before, after, 'constant', 0),
    ]
  }
}

/** torch's order of paddings, the last axis first, as voxels before and after each axis. */
function paddings(pads: readonly number[], axes: number): readonly [before: number[], after: number[]] {
  if (pads.length % 2 !== 0 || pads.length > 2 * axes || pads.some((n) => n < 0))
    throw new OptionError(
      `${name}.extraInputPadding`,
      `[${pads.join(', ')}] does not fit ${axes} spatial axes; give begin and end for each axis, the last one first, 0 or more`,
    )
  const side = (offset: 0 | 1) => Array.from({ length: axes }, (_, axis) => pads[2 * (axes - 1 - axis) + offset] ?? 0)
  return [side(0), side(1)]
}
