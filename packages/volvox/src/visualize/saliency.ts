import { OptionError } from '../core/errors.ts'
import { int, parseOptions, text } from '../core/options.ts'
import { inferer, type InfererComponent } from '../inferers/component.ts'
import { CAM, GradCAM, GradCAMpp } from './activationMaps.ts'
import { isVisualModel } from './model.ts'

const { nnModule: _, ...mapOptions } = CAM.schema

const schema = {
  ...mapOptions,
  camName: text
    .where(
      (name) => /^(grad)?cam(pp)?$/i.test(name) && name.toLowerCase() !== 'campp',
      '"CAM", "GradCAM" or "GradCAMpp"',
    )
    .req('Which map: "CAM", "GradCAM" or "GradCAMpp".'),
  classIdx: int.opt('The class to explain; the most probable unless given.', null),
}

/** Gives class activation maps in place of predictions; runs a `visualModel` (MONAI SaliencyInferer). */
export const SaliencyInferer: InfererComponent<typeof schema> = inferer('SaliencyInferer', schema, (given) => {
  const { camName, classIdx, fcLayers, ...options } = parseOptions('SaliencyInferer', schema, given)
  return async (inputs, nnModule) => {
    if (!isVisualModel(nnModule))
      throw new OptionError('SaliencyInferer', 'runs a visualModel, whose layers can be looked at; give one')
    const name = camName.toLowerCase()
    if (name === 'cam') return CAM({ ...options, fcLayers, nnModule })(inputs, { classIdx })
    return (name === 'gradcam' ? GradCAM : GradCAMpp)({ ...options, nnModule })(inputs, { classIdx })
  }
})
